"""Links of answers: to which operation, and with what."""

from typing import Final

from governance.diff.change import Area, Effect
from governance.diff.walk.facts import Around, Comparison, Two, shared
from governance.diff.walk.reading import Node
from governance.finding import Direction

_TARGET: Final = ("operationId", "operationRef", "parameters", "requestBody", "server")


def compare(comparison: Comparison, response: Two, around: Around) -> None:
    """The links of one answer, by name."""
    holders = response.child("links")
    if holders.old.value is holders.new.value:
        return
    direction = Direction.RESPONSE
    old, new = comparison.old.named(holders.old), comparison.new.named(holders.new)
    for name in sorted(old.keys() | new.keys()):
        inside = around.inside(f"link {name}")
        two = Two(old.get(name, Node(None, holders.old.at)), new.get(name, Node(None, holders.new.at)))
        if name not in old or name not in new:
            effect = Effect.ADDS if name in new else Effect.REMOVES
            comparison.state(Area.LINK, "link", effect, direction, two, inside)
            continue
        inside = shared(holders.child(name), two, inside)
        for key in _TARGET:
            comparison.value(Area.LINK, "target", direction, two.child(key), inside.inside("", key))
        comparison.value(Area.LINK, "description", direction, two.child("description"), inside)
