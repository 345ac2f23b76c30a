"""Schemas of a document judged by python's `jsonschema`, which shares no code with the engine that is tested.

A sender's schema may be closed first: an object of which members are named, and of which nothing is said about others,
has no others.
"""

from functools import cached_property
from random import Random
from typing import Any

from document_places import IN_PLACE, component, copied, schemas, target
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from rewriting_documents import as_3_1
from rewriting_draft import Draft

_SAID = ("additionalProperties", "patternProperties", "unevaluatedProperties")
_NAME = "urn:document"
_CLOSED = "~0closed"
_FLOWING = ("allOf", "anyOf", "oneOf")
FORMATS = Draft202012Validator.FORMAT_CHECKER


class Oracle:
    """One document, its schemas read as JSON Schema 2020-12. `closed`: read as its sender is."""

    def __init__(self, tree: dict[str, Any], *, closed: bool = False) -> None:
        draft = Draft(copied(tree), Random(0))
        as_3_1(draft)
        self.tree = draft.tree
        if closed:
            self._close()
        _absolute(self.tree)
        self._validators: dict[str, Draft202012Validator] = {}

    @cached_property
    def registry(self) -> Registry[Any]:
        """The document under a name of its own."""
        resource: Resource[Any] = Resource(contents=self.tree, specification=DRAFT202012)
        registry: Registry[Any] = Registry()
        return registry.with_resource(_NAME, resource)

    def accepts(self, pointer: str, value: Any) -> bool:
        """Whether a value keeps to the schema at a pointer."""
        return not any(True for _ in self._validator(pointer).iter_errors(value))

    def accepts_as(self, node: Any, value: Any) -> bool:
        """Whether a value keeps to a schema of this document."""
        validator = Draft202012Validator(node, registry=self.registry, format_checker=FORMATS)
        return not any(True for _ in validator.iter_errors(value))

    def _validator(self, pointer: str) -> Draft202012Validator:
        if pointer not in self._validators:
            schema = {"$ref": f"{_NAME}#{_quoted(pointer)}"}
            self._validators[pointer] = Draft202012Validator(schema, registry=self.registry, format_checker=FORMATS)
        return self._validators[pointer]

    def _close(self) -> None:
        """At each value that a sender's schema names members of and says nothing about others: no others.

        An alternative that names none, beside none that are named, goes on taking all; so does one with members by
        pattern.
        """
        held = self.tree.get("components", {}).get("schemas", {})
        written = frozenset(held)
        held.update({name + "~closed": copied(schema) for name, schema in held.items()})
        opened, shut = [], []
        beside: dict[int, bool] = {}
        for place in schemas(self.tree):
            # What stands under `not` or `if` is not what is sent: it stays as it is written.
            if (
                place.negated
                or not isinstance(place.node, dict)
                or (place.pointer[1] == "schemas" and place.pointer[2] in written)
            ):
                continue
            name = component(place.node.get("$ref"), "schemas")
            if name in written:
                place.node["$ref"] += _CLOSED
            if place.role in ("anyOf", "oneOf"):
                opened.append(place)
            elif place.role not in IN_PLACE | {"components", "$defs"}:
                self._look(place.node, beside, named=False)
                if self._names(place.node):
                    shut.append(place)
        opened = [place for place in opened if self._is_open(place.node, named=beside.get(id(place.node), False))]
        for place in reversed([*opened, *shut]):
            node = place.holder[place.key]
            place.put(
                {**node, "additionalProperties": True}
                if place in opened
                else {"allOf": [node], "unevaluatedProperties": False}
            )

    def _names(self, node: Any) -> bool:
        """Whether a schema, with all that judges the same value, names members and itself says nothing about others."""
        if any(word in part for part in self.in_place(node, flowing=("allOf",)) for word in _SAID):
            return False
        return any(part.get("properties") for part in self.in_place(node))

    def _look(self, node: Any, beside: dict[int, bool], *, named: bool) -> None:
        """Note for each alternative whether members are named beside it, wherever the value is judged by it."""
        parts = self.in_place(node, flowing=("allOf",))
        named = named or any(part.get("properties") for part in parts)
        for branch in (b for part in parts for word in ("anyOf", "oneOf") for b in part.get(word, ())):
            if beside.get(id(branch)) is not True and beside.get(id(branch)) is not named:
                beside[id(branch)] = named
                self._look(branch, beside, named=named)

    def _is_open(self, node: dict[str, Any], *, named: bool) -> bool:
        if "additionalProperties" in node:
            return False
        parts = self.in_place(node, flowing=("allOf",))
        if any("patternProperties" in p for p in parts) and not any("additionalProperties" in p for p in parts):
            return True
        return not named and not any(p.get("properties") or "anyOf" in p or "oneOf" in p for p in parts)

    def in_place(self, node: Any, *, tests: bool = False, flowing: tuple[str, ...] = _FLOWING) -> list[dict[str, Any]]:
        """A schema with those that judge the same value, by these lists; `tests`: also those under `not` and `if`."""
        found: list[dict[str, Any]] = []
        stack = [node]
        while stack:
            part = stack.pop()
            if not isinstance(part, dict) or any(part is known for known in found):
                continue
            found.append(part)
            if isinstance(part.get("$ref"), str):
                stack.append(self.at(part["$ref"]))
            for word in flowing:
                stack.extend(part.get(word, []))
            if "anyOf" in flowing:
                stack.extend(part.get(word) for word in ("then", "else", *(("not", "if") if tests else ())))
                stack.extend(part.get("dependentSchemas", {}).values())
        return found

    def at(self, reference: str) -> Any:
        """What a reference or a pointer leads to; None where it leads nowhere."""
        pointer = reference.removeprefix(_NAME).removeprefix("#")
        if pointer.startswith("/components/schemas/") and pointer.count("/") == 3:
            return target(self.tree, "#" + pointer, "schemas")
        value: Any = self.tree
        for token in pointer.split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            value = value[int(name)] if isinstance(value, list) else (value or {}).get(name)
        return value


def _quoted(pointer: str) -> str:
    return pointer.replace("%", "%25").replace("{", "%7B").replace("}", "%7D").replace(" ", "%20").replace("^", "%5E")


def _absolute(value: Any) -> None:
    """References by the document's name, so that each part of it can be judged by itself."""
    if isinstance(value, list):
        for part in value:
            _absolute(part)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            value["$ref"] = _NAME + value["$ref"]
        for part in value.values():
            _absolute(part)
