"""What kinds of values a schema takes, as far as that is plain: how a value is written may depend on nothing else."""

from typing import Any, Final

from governance.diff.walk.reading import Node, Reading

ANY: Final = frozenset(("scalar", "array", "object"))
_DEPTH: Final = 12


def kinds_of(reading: Reading, schema: Node, depth: int = 0) -> frozenset[str]:
    """Some of `scalar`, `array` and `object`; all of them where it cannot be told."""
    node = reading.follow(schema)
    if not isinstance(node.value, dict) or depth > _DEPTH:
        return ANY
    found = _stated(node.value)
    for key in ("anyOf", "oneOf"):
        branches = [kinds_of(reading, item, depth + 1) for item in node.child(key).items()]
        if branches:
            found &= frozenset().union(*branches)
    for item in node.child("allOf").items():
        found &= kinds_of(reading, item, depth + 1)
    return found


def _stated(schema: dict[str, Any]) -> frozenset[str]:
    stated = schema.get("type")
    types = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
    if types:
        return frozenset(kind if kind in ANY else "scalar" for kind in types if isinstance(kind, str))
    values = schema.get("enum")
    if isinstance(values, list) and values:
        return frozenset(_kind(value) for value in values)
    return frozenset((_kind(schema["const"]),)) if "const" in schema else ANY


def _kind(value: Any) -> str:
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "scalar"
