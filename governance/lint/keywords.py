"""Keywords that say nothing where they stand, that another version of OpenAPI knows, or that hold no such value."""

from collections.abc import Iterator
from typing import Final

from contracts.contract import Contract
from contracts.dead_keywords import dead_keywords
from contracts.keywords import PLAIN, TYPES
from governance.diff.walk.reading import Node
from governance.finding import Severity
from governance.lint.documents import takes
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject
from governance.lint.words import place

_SINCE_31: Final = frozenset(
    {
        "const", "if", "then", "else", "prefixItems", "contains", "minContains", "maxContains", "patternProperties",
        "propertyNames", "unevaluatedProperties", "unevaluatedItems", "dependentRequired", "dependentSchemas", "$defs",
        "examples", "contentEncoding", "contentMediaType", "$anchor", "$id", "$dynamicRef",
    }
)  # fmt: skip


def _schemas(subject: Subject) -> Iterator[tuple[Node, int]]:
    """Every schema that travels, once, with the uses of all values that it is part of."""
    bits: dict[str, int] = {}
    nodes: dict[str, Node] = {}
    for value in subject.values:
        for node in value.parts:
            nodes[node.at] = node
            bits[node.at] = bits.get(node.at, 0) | value.carried
    yield from ((node, bits[at]) for at, node in nodes.items())


def _without_effect(subject: Subject) -> Iterator[Hit]:
    contract = Contract(subject.document, subject.reading.version, "", "", (), {})
    for fault in dead_keywords(contract):
        keyword = fault.pointer.rpartition("/")[2]
        why = fault.message.partition(" (")[0]
        yield Hit(fault.pointer, f"{place(fault.pointer, '')}: {fault.message}", (), f"{keyword} {why}")


def _of_another_version(subject: Subject) -> Iterator[Hit]:
    old = subject.reading.version == "3.0"
    found: dict[str, tuple[str, int, int]] = {}
    for node, bits in _schemas(subject):
        if old and "$ref" in node.members:
            continue
        foreign = sorted(_SINCE_31 & node.members.keys()) if old else []
        if old and isinstance(node.members.get("type"), list):
            foreign.append("type: a list")
        if not old:
            foreign += ["nullable"] if isinstance(node.members.get("nullable"), bool) else []
            foreign += [k for k in ("exclusiveMinimum", "exclusiveMaximum") if isinstance(node.members.get(k), bool)]
        for keyword in foreign:
            at, count, reach = found.get(keyword, (node.at, 0, 0))
            found[keyword] = (at, count + 1, reach | bits)
    version = subject.reading.version
    for keyword, (at, count, bits) in found.items():
        several = f" ({count} places)" if count > 1 else ""
        message = f"OpenAPI {version} does not know `{keyword}`: readers pass over it{several}"
        pointer = at if " " in keyword else f"{at}/{keyword}"
        yield Hit(pointer, message, subject.values.reach(bits), keyword)


def _malformed(subject: Subject) -> Iterator[Hit]:
    old = subject.reading.version == "3.0"
    for node, bits in _schemas(subject):
        if old and "$ref" in node.members:
            continue
        for keyword, value in node.members.items():
            wants = _wanted(keyword, value, old=old)
            if wants:
                where = place(node.at, subject.values.where(bits))
                message = f"{where}: `{keyword}` takes {wants}"
                yield Hit(f"{node.at}/{keyword}", message, subject.values.reach(bits))


def _wanted(keyword: object, value: object, *, old: bool) -> str:
    """What the keyword takes, where the value is not that; empty where it is."""
    if keyword == "type":
        names = value if isinstance(value, list) else [value]
        return "" if all(isinstance(one, str) and one in TYPES for one in names) and names else "the name of a type"
    if keyword in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, bool):
        return ""  # of 3.0; told by another rule
    if not isinstance(keyword, str) or keyword not in PLAIN or (old and keyword in _SINCE_31):
        return ""
    fits, words = PLAIN[keyword]
    try:
        return "" if fits(value) else words
    except (TypeError, ValueError, OverflowError):
        return words


_W: Final = Severity.WARNING


RULES: Final = (
    LintRule(
        "keyword-without-effect", _W,
        "It looks as if something were checked, and nothing is: a `maxLength` on an object refuses no object.",
        "Take it out, or put it where it judges.",
        Example(takes({"type": "object", "maxLength": 5}), takes({"type": "object", "maxProperties": 5})),
        _without_effect,
    ),
    LintRule(
        "keyword-of-other-version", _W,
        "A keyword that this version of OpenAPI does not know is passed over, by some readers and not by others.",
        "Use what this version has for it, or state another version.",
        Example(takes({"type": "string", "nullable": True}), takes({"type": ["string", "null"]})),
        _of_another_version,
    ),
    LintRule(
        "keyword-malformed", _W,
        "A keyword with a value that it does not take cannot be checked; readers guess, or fail.",
        "Give it a value that it takes.",
        Example(takes({"type": "string", "maxLength": "5"}), takes({"type": "string", "maxLength": 5})), _malformed,
    ),
)  # fmt: skip
