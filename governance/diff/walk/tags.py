"""Tags: their definitions, and which operations carry them."""

from governance.diff.change import Area, Effect
from governance.diff.walk.facts import Around, Comparison, Two
from governance.diff.walk.reading import Node
from governance.finding import Direction


def of(operation: Node) -> dict[str, Node]:
    """The tags of an operation with their places."""
    return {item.value: item for item in operation.child("tags").items() if isinstance(item.value, str)}


def compare_uses(comparison: Comparison, two: Two, around: Around) -> None:
    """The tags of one operation, as a set."""
    old, new = of(two.old), of(two.new)
    gone = (two.old.child("tags").at, two.new.child("tags").at)
    for name in sorted(old.keys() ^ new.keys()):
        effect = Effect.REMOVES if name in old else Effect.ADDS
        place = Two(old.get(name, Node(None, gone[0])), new.get(name, Node(None, gone[1])))
        comparison.state(
            Area.TAG, "operation-tag", effect, Direction.NONE, place, around.inside("", f"tag {name}"),
            old=place.old.value, new=place.new.value, subject=f"tag {name}",
        )  # fmt: skip


def compare_definitions(comparison: Comparison) -> None:
    """The tags that the documents define, by name."""
    old, new = _defined(comparison.old.root), _defined(comparison.new.root)
    gone = Node(None, "/tags" if old else ""), Node(None, "/tags" if new else "")
    for name in sorted(old.keys() | new.keys()):
        two = Two(old.get(name, gone[0]), new.get(name, gone[1]))
        around = Around(identity=f"tag {name}", where=f"tag {name}")
        if name not in old or name not in new:
            effect = Effect.ADDS if name in new else Effect.REMOVES
            comparison.state(Area.TAG, "tag", effect, Direction.NONE, two, around)
            continue
        for key in sorted(two.old.members.keys() | two.new.members.keys()):
            inside = around.inside("", key)
            comparison.value(Area.TAG, "description", Direction.NONE, two.child(key), inside, f"tag {name} {key}")


def _defined(root: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for item in root.child("tags").items():
        name = item.members.get("name")
        if isinstance(name, str):
            found.setdefault(name, item)
    return found
