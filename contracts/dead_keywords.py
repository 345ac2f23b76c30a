"""Keywords of a contract that can never refuse anything, though they look as if they did: each kind a finding."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.contract import Contract
from contracts.diagnostic import Diagnostic
from contracts.sites import objects, steps_to
from contracts.suggestions import Action, suggested
from contracts.written import pointer_to
from contracts.yaml12 import shown

_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"),
    "object": (
        *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
        *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties"),
    ),
}
"""Keywords by the type of what they judge."""
_TYPE_OF: Final = {keyword: kind for kind, keywords in _OF.items() for keyword in keywords}
_NEEDS: Final[Mapping[str, str]] = {
    "minContains": "contains", "maxContains": "contains", "then": "if", "else": "if",
}  # fmt: skip
JUDGING: Final = frozenset((*_TYPE_OF, "type", "enum", "const", "format", "allOf", "anyOf", "oneOf", "not"))
_WITHOUT_EFFECT: Final[Mapping[str, tuple[Any, ...]]] = {
    "minLength": (0,), "minItems": (0,), "minProperties": (0,), "uniqueItems": (False,),
    "additionalProperties": (True,), "required": ([],), "properties": ({},),
}  # fmt: skip
"""What says nothing wherever it stands, and so misleads nobody."""


def dead_keywords(contract: Contract) -> Iterator[Diagnostic]:
    """One warning for each kind, at its first place, with how many there are."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    old = contract.version == "3.0"
    for file in contract.document.files:
        for node, link in objects(file.tree):
            for keyword, why in _dead(node, old=old):
                found[keyword, why].append(file.under + pointer_to(*steps_to(link), keyword))
    for (keyword, why), places in found.items():
        message = f"`{shown(keyword)}` can never refuse anything: {why}"
        if len(places) > 1:
            message += f" ({len(places)} places)"
        suggestion = suggested(contract.document, Action(places[0], remove=True)) if len(places) == 1 else ""
        remedy = "take it out, or put it where it judges"
        yield contract.document.fault(places[0], "keyword-never-fires", message, remedy, "warning", suggestion)


def _dead(node: dict[str, Any], *, old: bool) -> Iterator[tuple[str, str]]:
    if old and isinstance(node.get("$ref"), str):
        for keyword, value in node.items():
            if keyword in JUDGING and value not in _WITHOUT_EFFECT.get(keyword, ()):
                yield keyword, "it stands beside a `$ref`, where OpenAPI 3.0 passes over it"
        return
    stated = node.get("type")
    types = [name for name in (stated if isinstance(stated, list) else [stated]) if isinstance(name, str)]
    known = {"number" if name == "integer" else name for name in types}
    if known and known <= {*_OF, "boolean", "null"}:
        for keyword, value in node.items():
            kind = _TYPE_OF.get(keyword)
            if kind is not None and kind not in known and value not in _WITHOUT_EFFECT.get(keyword, ()):
                yield keyword, f"it judges {_NAMED[kind]}, and `type` is {_listed(types)}"
    for keyword, other in _NEEDS.items():
        if keyword in node and other not in node and known | JUDGING.intersection(node):
            yield keyword, f"there is no `{other}` beside it"
    if old:
        for keyword, other in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if node.get(keyword) is True and other not in node:
                yield keyword, f"there is no `{other}` beside it"


_NAMED: Final = {"string": "texts", "number": "numbers", "array": "lists", "object": "objects"}


def _listed(types: list[Any]) -> str:
    return " or ".join(f"`{shown(str(name))}`" for name in types)
