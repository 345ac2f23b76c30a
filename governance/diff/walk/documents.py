"""What a document says of itself, and components that nothing refers to."""

from typing import Final

from governance.diff.change import Area, Effect
from governance.diff.walk import notes
from governance.diff.walk.facts import Around, Comparison, Two
from governance.diff.walk.reading import Node, Reading
from governance.finding import Direction

_NONE: Final = Direction.NONE
_DOCUMENT: Final = Area.DOCUMENT
_INFO: Final = ("title", "summary", "termsOfService", "contact", "license")


def compare(comparison: Comparison) -> None:
    """`openapi`, `info` and what else stands at the root."""
    root = Two(comparison.old.root, comparison.new.root)
    around = Around()
    two = root.child("openapi")
    if str(two.old.value) != str(two.new.value):
        comparison.state(
            _DOCUMENT, "openapi", Effect.CHANGES, _NONE, two, around,
            old=two.old.value, new=two.new.value, subject="openapi",
        )  # fmt: skip
    info = root.child("info")
    two = info.child("version")
    if str(two.old.value) != str(two.new.value):
        comparison.state(
            _DOCUMENT, "version", Effect.CHANGES, _NONE, two, around,
            old=two.old.value, new=two.new.value, subject="info version",
        )  # fmt: skip
    for key in _INFO:
        comparison.value(_DOCUMENT, "info", _NONE, info.child(key), around, f"info {key}")
    comparison.value(_DOCUMENT, "description", _NONE, info.child("description"), around, "info description")
    notes.extensions(comparison, _DOCUMENT, _NONE, info, Around(where="info", identity="info"))
    comparison.value(_DOCUMENT, "externalDocs", _NONE, root.child("externalDocs"), around, "externalDocs")
    for key in ("jsonSchemaDialect", "$self"):
        comparison.value(_DOCUMENT, "dialect" if key != "$self" else "info", _NONE, root.child(key), around, key)
    notes.extensions(comparison, _DOCUMENT, _NONE, root, around)


def unreferenced(comparison: Comparison) -> None:
    """Components that no operation reaches: what is used is compared where it is used."""
    old, new = _unreferenced(comparison, 0), _unreferenced(comparison, 1)
    sides = _components(comparison.old), _components(comparison.new)
    absent = [side.nowhere("components") for side in (comparison.old, comparison.new)]
    for section, name in sorted(sides[0].keys() | sides[1].keys()):
        before, after = (side.get((section, name)) for side in sides)
        unused = (section, name) in old, (section, name) in new
        two = Two(before or absent[0], after or absent[1])
        if before is not None and after is not None:
            if not all(unused) or comparison.unchanged(two):
                continue
            effect = Effect.CHANGES
        elif (before is not None and unused[0]) or (after is not None and unused[1]):
            effect = Effect.REMOVES if before is not None else Effect.ADDS
        else:
            continue
        comparison.state(_DOCUMENT, "component", effect, _NONE, two, Around(), subject=f"component {section} {name}")


def _components(reading: Reading) -> dict[tuple[str, str], Node]:
    """All but security schemes, which are referred to by name."""
    holder = reading.child(reading.root, "components")
    found: dict[tuple[str, str], Node] = {}
    for section in holder.members:
        if section == "securitySchemes" or str(section).startswith("x-"):
            continue
        inner = holder.child(section)
        for name in inner.members:
            found[str(section), str(name)] = inner.child(name)
    return found


def _unreferenced(comparison: Comparison, side: int) -> set[tuple[str, str]]:
    reading, digests = (comparison.old, comparison.new)[side], comparison.digests[side]
    holders = [reading.root.child(key) for key in ("paths", "webhooks", "x-webhooks")]
    starts = [holder.child(name).at for holder in holders for name in holder.members]
    reached: set[tuple[str, str]] = set()
    for pointer in digests.reached(*starts):
        tokens = pointer.split("/")
        if len(tokens) >= 4 and tokens[1] == "components":
            reached.add((_name(tokens[2]), _name(tokens[3])))
    return _components(reading).keys() - reached


def _name(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
