"""What is wrong inside a vendor's document and keeps nothing from being served: each with the action that mends it."""

import contextlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, unquote

from contracts.bundle import origin
from contracts.contract import Contract, Operation
from contracts.diagnostic import Diagnostic
from contracts.direction import Members
from contracts.document import Document, UnresolvedReferenceError
from contracts.engine import Engine, EngineRefusedError, first_error, make_engine
from contracts.formats import is_asserted
from contracts.path_text import quoted
from contracts.read_parts import kind_of
from contracts.references import References
from contracts.schema import Lowering
from contracts.sites import objects, steps_to
from contracts.suggestions import Action, path_of, suggested
from contracts.written import pointer_to
from contracts.yaml12 import shown

LARGEST: Final = 4_000
"""So many schemas may judge a default or an example; larger ones take more memory than the finding is worth."""

_COMPOSED: Final = ("allOf", "oneOf", "anyOf")
_SCHEMA: Final = frozenset(
    (
        "type",
        "enum",
        "const",
        "format",
        "properties",
        "items",
        "pattern",
        "nullable",
        "additionalProperties",
        *_COMPOSED,
    )
)
_ANY_TEXT: Final = re.compile(r"password|binary|html|commonmark|markdown|sf-[a-z]+")
"""Formats of the OpenAPI registry that say how a text is meant, not which texts are good."""
_IN_COMPOSITION: Final = re.compile(r"(?:/(?:allOf|oneOf|anyOf)/\d+)+$")


_IN_ONES_OWN: Final[Mapping[str, str]] = {
    "example-not-valid": "write one that keeps to it",
    "default-not-valid": "write one that keeps to it",
    "nullable-without-effect": "take it out, or write `anyOf` of the reference and of null",
}
"""What is told of one's own document too, with what to do about it."""


def vendor_faults(contract: Contract) -> Iterator[Diagnostic]:
    """Every such fault of a vendor's document; of one's own what misleads its readers, to be corrected where it is."""
    for fault in _Faults(contract).all():
        if contract.document.is_vendors:
            yield fault
        elif fault.code in _IN_ONES_OWN:
            yield replace(fault, remedy=_IN_ONES_OWN[fault.code])


def security_suggestion(contract: Contract, operation: Operation) -> str:
    """What lets an operation of a vendor's document be served: a scheme that a caller can prove."""
    tree = contract.document.tree
    components = tree.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    known = schemes if isinstance(schemes, dict) else {}
    mapped = _mapped(operation, known)
    if mapped:
        return suggested(contract.document, *mapped)
    proven = (name for name, scheme in known.items() if isinstance(scheme, dict) and kind_of(scheme) != "unsupported")
    name = next(proven, None)
    actions: list[Action] = []
    if name is None:
        name = next(name for name in ("callers", "tidewaiter-callers") if name not in known)
        scheme = {"type": "http", "scheme": "bearer"}
        actions.append(Action("", {"components": {"securitySchemes": {name: scheme}}}))
    stated: dict[str, Any] = {"security": [{name: []}]}
    if all(other.security is None for other in contract.operations):
        return suggested(contract.document, *actions, Action("", stated))
    if "security" in contract.document.resolve(operation.pointer):
        actions.append(Action(f"{operation.pointer}/security", remove=True))
    return suggested(contract.document, *actions, Action(operation.pointer, stated))


def _mapped(operation: Operation, known: dict[str, Any]) -> list[Action]:
    """Each scheme that no caller can prove, taken as a bearer token: one action for all operations that ask for it."""
    uses = next((alternative for alternative in operation.security or () if alternative), ())
    unsupported = [use for use in uses if use.kind == "unsupported"]
    if not unsupported or not all(use.name for use in uses) or any(use.kind == "api_key" for use in uses):
        return []
    bearer = {"type": "http", "scheme": "bearer"}
    return [
        Action(pointer_to("components", "securitySchemes", use.name), bearer)
        if use.name in known
        else Action("", {"components": {"securitySchemes": {use.name: bearer}}})
        for use in unsupported
    ]


class _Faults:
    """Looks through one document once."""

    def __init__(self, contract: Contract) -> None:
        self.document: Document = contract.document
        self.old = contract.version == "3.0"
        self.lowering = Lowering(contract.document, contract.version, "answer")
        # As written, for no direction: an example may show what only one of them carries.
        names = References(contract.document, named=not self.old)
        self.lowering.members = Members(contract.document.tree, names, "", self.old)
        self.read = {pointer_to("paths", operation.path) for operation in contract.operations}
        self.engines: dict[str, Engine | None] = {}
        self.formats: dict[str, list[str]] = defaultdict(list)
        self.examples: set[str] = set()
        """Examples that were told; several places may refer to one."""

    def all(self) -> Iterator[Diagnostic]:
        """In the order of the document; formats last."""
        for file in self.document.files:
            for node, link in objects(file.tree):
                steps = steps_to(link)
                # What stands in a path that is left out goes with it.
                if steps[:1] != ["paths"] or file.under or pointer_to(*steps[:2]) in self.read:
                    yield from self._object(node, file.under + pointer_to(*steps))
        for name, places in self.formats.items():
            yield self._format(name, places)

    def _object(self, node: dict[str, Any], at: str) -> Iterator[Diagnostic]:
        if isinstance(node.get("schema"), dict):
            yield from self._values(node, at, node["schema"], f"{at}/schema")
            return
        if "$ref" in node and isinstance(node["$ref"], str) and "nullable" in node:
            yield from self._nullable(node, at)
        if self.old and "$ref" in node:
            return
        if not _SCHEMA.isdisjoint(node) or "$ref" in node:
            if "default" in node:
                yield from self._value("default", node["default"], f"{at}/default", node, at)
            yield from self._values(node, at, node, at)
            yield from self._required(node, at)
        name = node.get("format")
        if isinstance(name, str) and "type" in node and not is_asserted(name) and not _ANY_TEXT.fullmatch(name):
            self.formats[name].append(f"{at}/format")

    def _values(self, node: dict[str, Any], at: str, schema: dict[str, Any], schema_at: str) -> Iterator[Diagnostic]:
        """`example` and `examples`, of a schema or beside one."""
        if "example" in node:
            yield from self._value("example", node["example"], f"{at}/example", schema, schema_at)
        examples = node.get("examples")
        if isinstance(examples, list) and not self.old:
            yield from self._list(examples, f"{at}/examples", schema, schema_at)
        for name, example in examples.items() if isinstance(examples, dict) else ():
            place = f"{at}/examples{pointer_to(name)}"
            try:
                found, place = self.document.follow(example, place)
            except UnresolvedReferenceError:
                continue
            if isinstance(found, dict) and "value" in found and place not in self.examples:
                self.examples.add(place)
                # What is referred to stays, without its value.
                action = Action(f"{place}/value" if found is not example else place, remove=True)
                yield from self._value("example", found["value"], place, schema, schema_at, action)

    def _list(self, values: list[Any], at: str, schema: dict[str, Any], schema_at: str) -> Iterator[Diagnostic]:
        """Examples in a list: each by what it is, or the list, for an index changes when another item is taken out."""
        wrong = [number for number, value in enumerate(values) if self._error(value, schema, schema_at)]
        whole = any(isinstance(values[number], dict | list) for number in wrong)
        for number in wrong[:1] if whole else wrong:
            action = Action(at if whole else f"{at}/{number}", remove=True)
            yield from self._value("example", values[number], f"{at}/{number}", schema, schema_at, action)

    def _value(
        self, what: str, value: Any, at: str, schema: dict[str, Any], schema_at: str, action: Action | None = None
    ) -> Iterator[Diagnostic]:
        broken = self._error(value, schema, schema_at)
        if broken:
            message = f"the {what} does not keep to its own schema{broken}"
            remedy = "take it out by the overlay, or put one in that keeps to it"
            yield self._told(at, f"{what}-not-valid", message, remedy, action or Action(at, remove=True))

    def _error(self, value: Any, schema: dict[str, Any], schema_at: str) -> str:
        """Where a value does not keep to a schema and the keyword that it breaks; empty where it does."""
        engine = self._engine(schema, schema_at)
        error = first_error(engine, _exact(value)) if engine is not None else None
        if error is None:
            return ""
        inside = pointer_to(*error.instance_path)
        rule = next((str(step) for step in reversed(error.schema_path) if isinstance(step, str)), "its schema")
        return (f" at `{shown(inside)}`" if inside else "") + f": `{shown(rule)}`"

    def _engine(self, schema: dict[str, Any], at: str) -> Engine | None:
        """What judges values of a schema; None where it cannot, which the operations that use it tell."""
        key = self.lowering.root(schema, at)
        if key not in self.engines:
            survey = self.lowering.survey(key)
            self.engines[key] = None
            if not survey.faults and survey.nodes <= LARGEST:
                with contextlib.suppress(EngineRefusedError):
                    self.engines[key] = make_engine(self.lowering.plain(key))
        return self.engines[key]

    def _required(self, node: dict[str, Any], at: str) -> Iterator[Diagnostic]:
        """Names in `required` that nothing describes; only where the schema is about what it describes."""
        required = node.get("required")
        if not isinstance(required, list) or not isinstance(node.get("properties"), dict):
            return
        around = _IN_COMPOSITION.sub("", at)
        try:
            whole = self.document.step(around)[0]
        except UnresolvedReferenceError:
            whole = node
        known = self._described(whole, set())
        if known is None:
            return
        for name in dict.fromkeys(name for name in required if isinstance(name, str)):
            if name not in known:
                message = f"`required` names `{shown(name)}`, which no property describes"
                remedy = "take it out by the overlay, or describe the property"
                path = f"{path_of(self.document, f'{at}/required')}[?@ == {quoted(name)}]"
                place = f"{at}/required/{required.index(name)}"
                yield self._told(place, "required-not-described", message, remedy, Action("", remove=True, path=path))

    def _described(self, schema: Any, seen: set[int]) -> set[str] | None:
        """Names that a schema describes, through references and composition; None where it may describe any."""
        names: set[str] = set()
        waiting = [schema]
        while waiting:
            node = waiting.pop()
            if not isinstance(node, dict) or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node.get("additionalProperties"), dict) or "patternProperties" in node:
                return None
            properties = node.get("properties")
            names.update(properties if isinstance(properties, dict) else ())
            for keyword in _COMPOSED:
                waiting += node[keyword] if isinstance(node.get(keyword), list) else []
            if "$ref" in node:
                try:
                    waiting.append(self.document.follow(node, "")[0])
                except UnresolvedReferenceError:
                    return None
        return names

    def _nullable(self, node: dict[str, Any], at: str) -> Iterator[Diagnostic]:
        message, remedy = "`nullable` beside `$ref` has no effect", "take it out by the overlay"
        actions = [Action(f"{at}/nullable", remove=True)]
        if node["nullable"] is True:
            message += ": null is refused"
            remedy = "say by the overlay that it is one or the other"
            null = {"type": "string", "nullable": True, "enum": [None]} if self.old else {"type": "null"}
            actions.append(Action(f"{at}/$ref", remove=True))
            actions.append(Action(at, {"anyOf": [{"$ref": self._from(at, node["$ref"])}, null]}))
        yield self._told(f"{at}/nullable", "nullable-without-effect", message, remedy, *actions)

    def _from(self, at: str, reference: str) -> str:
        """A reference as the file that a place lies in would write it."""
        if not reference.startswith("#"):
            return reference
        file = origin(self.document.files, at)[0]
        target, inside = origin(self.document.files, unquote(reference[1:]))
        path = "" if target is file else posixpath.relpath(target.name, posixpath.dirname(file.name) or ".")
        return f"{quote(path)}#{inside}"

    def _format(self, name: str, places: list[str]) -> Diagnostic:
        message = f"the format `{shown(name)}` is not known here, and not checked"
        action = Action(places[0], remove=True)
        if len(places) > 1:
            message += f" ({len(places)} places)"
            action = Action("", remove=True, path=f"$..[?@.format == {quoted(name)}].format")
        remedy = "take it out by the overlay, or say what is meant by `pattern`"
        return self._told(places[0], "format-not-checked", message, remedy, action)

    def _told(self, at: str, code: str, message: str, remedy: str, *actions: Action) -> Diagnostic:
        suggestion = suggested(self.document, *actions)
        return self.document.fault(at, code, message, remedy, "warning", suggestion)


def _exact(value: Any) -> Any:
    """The value with its numbers as a call would carry them: 19.99 is a multiple of 0.01."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {key: _exact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    return value
