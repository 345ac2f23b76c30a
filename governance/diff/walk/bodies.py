"""Request bodies."""

from dataclasses import replace

from governance.diff.change import Area, Effect
from governance.diff.walk import media, notes
from governance.diff.walk.facts import Around, Comparison, Two, shared


def compare(comparison: Comparison, operation: Two, around: Around) -> None:
    """The body of a request: whether there is one, whether it must be sent, and what it holds."""
    written = operation.child("requestBody")
    two = comparison.child(operation, "requestBody")
    if two.old.value is two.new.value:
        return
    direction = around.sent
    needed = (two.old if two.old.there else two.new).members.get("required") is True
    inside = around.inside("request body", "body", replace(around.traits, required=needed))
    if not two.old.there or not two.new.there:
        effect = Effect.REMOVES if two.old.there else Effect.ADDS
        comparison.state(Area.BODY, "body", effect, direction, two, inside)
        return
    inside = shared(written, two, inside)
    notes.required(comparison, Area.BODY, two, inside, direction)
    notes.described(comparison, Area.BODY, direction, two, inside, ("description",))
    media.compare_content(comparison, two.child("content"), inside, direction)
