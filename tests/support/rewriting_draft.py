"""A document on its way through the rewriting rules, and what the rules ask about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

from document_places import IN_PLACE, SECTIONS, Place, component, copied, places, target, targets, written

NOTES = frozenset(
    {
        "title",
        "description",
        "default",
        "deprecated",
        "readOnly",
        "writeOnly",
        "example",
        "examples",
        "externalDocs",
        "xml",
        "$comment",
    }
)
"""Keywords of a schema that demand nothing. They stay where they are when the rest is moved."""

_NAMING = ("$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$schema")


def is_note(word: str) -> bool:
    """Whether a keyword demands nothing."""
    return word in NOTES or word.startswith("x-")


@dataclass
class Draft:
    """One document while rules rewrite it. The tree is the draft's own."""

    tree: dict[str, Any]
    random: Random
    numbers: int = field(default=0)

    @property
    def old(self) -> bool:
        """Whether it is OpenAPI 3.0, whose schemas know fewer keywords."""
        return str(self.tree["openapi"]).startswith("3.0")

    def tidy(self, kept: frozenset[tuple[str | int, ...]]) -> None:
        """Take out what nothing uses any more: kept, it would be a component that nobody asked for."""
        self.forget()
        for section in SECTIONS:
            held = self.tree.get("components", {}).get(section, {})
            for name in [name for name in held if (section, name) not in self.used | kept]:
                del held[name]
        self.forget()

    def forget(self) -> None:
        """To be called after each change: what was worked out about the tree may not hold any more."""
        for name in ("places", "targets", "tied", "used"):
            self.__dict__.pop(name, None)

    @cached_property
    def places(self) -> list[Place]:
        """Every place of the document, but for components that nothing uses: of these no message tells."""
        return [p for p in places(self.tree) if p.pointer[0] != "components" or p.pointer[1:3] in self.used]

    @cached_property
    def used(self) -> frozenset[tuple[str | int, ...]]:
        """Section and name of each component that paths and webhooks lead to."""
        found: set[tuple[str | int, ...]] = set()
        waiting = targets({word: self.tree.get(word, {}) for word in ("paths", "webhooks")})
        while waiting:
            _, *steps = (step.replace("~1", "/").replace("~0", "~") for step in waiting.pop().split("/")[:4])
            known = tuple(steps[1:])
            if steps[:1] == ["components"] and len(known) == 2 and known not in found:
                found.add(known)
                waiting |= targets(self.tree["components"].get(known[0], {}).get(known[1]))
        return frozenset(found)

    @cached_property
    def targets(self) -> set[str]:
        """Every pointer that something in the document refers to."""
        return targets(self.tree)

    def pick(self, kind: str, fits: Callable[[Place], bool]) -> Place | None:
        """A random place of a kind that fits."""
        found = [place for place in self.places if place.kind == kind and fits(place)]
        return self.random.choice(found) if found else None

    def pick_schema(self, fits: Callable[[Place, dict[str, Any]], bool]) -> Place | None:
        """A random schema that fits: an object, not a boolean, and none whose shape the names of unions hang on."""
        return self.pick("schema", lambda p: isinstance(p.node, dict) and not self.is_tied(p) and fits(p, p.node))

    def is_free(self, place: Place) -> bool:
        """Whether nothing refers into the place (to a component itself: by its name, which stays)."""
        if _names_itself(place.node):
            return False
        pointer = written(place.pointer)
        named = place.role == "components"
        return not any(t.startswith(pointer + "/") or (t == pointer and not named) for t in self.targets)

    def new_name(self, section: str) -> str:
        """A name that no component of the section has."""
        held = self.tree.get("components", {}).get(section, {})
        while True:
            self.numbers += 1
            name = self.random.choice(("Moved", "Part", "Shared", "_", "a.b-c")) + str(self.numbers)
            if name not in held:
                return name

    def section(self, section: str) -> dict[str, Any]:
        """A section of `components`, made where there is none."""
        found: dict[str, Any] = self.tree.setdefault("components", {}).setdefault(section, {})
        return found

    def is_union_branch(self, place: Place) -> bool:
        """Whether a discriminator knows the schema by its name."""
        return place.role in ("oneOf", "anyOf") and isinstance(place.around, dict) and "discriminator" in place.around

    @cached_property
    def tied(self) -> frozenset[str]:
        """Components that are parents with a discriminator, or children of such a parent."""
        held = self.tree.get("components", {}).get("schemas", {})
        parents = {n for n, s in held.items() if isinstance(s, dict) and "discriminator" in s and not _is_union(s)}
        found = set(parents)
        grown = True
        while grown:
            grown = False
            for name, schema in held.items():
                if name in found or not isinstance(schema, dict):
                    continue
                parts = [schema, *schema.get("allOf", [])]
                if any(isinstance(p, dict) and component(p.get("$ref"), "schemas") in found for p in parts):
                    found.add(name)
                    grown = True
        return frozenset(found)

    def is_tied(self, place: Place) -> bool:
        """Whether the shape of the schema is what a discriminator goes by."""
        node = place.node
        if "discriminator" in node and not _is_union(node):
            return True
        parts = [node, *node.get("allOf", [])]
        if any(isinstance(p, dict) and component(p.get("$ref"), "schemas") in self.tied for p in parts):
            return True
        return place.role == "components" and place.key in self.tied

    def follow(self, node: Any) -> Any:
        """What a schema leads to; None for what leads nowhere or in a circle."""
        for _ in range(20):
            if not isinstance(node, dict) or "$ref" not in node:
                return node
            node = target(self.tree, node["$ref"], "schemas")
        return None

    def reaches(self, node: Any, section: str, name: str) -> bool:
        """Whether a component comes back to the one of that name."""
        seen: set[str] = set()
        stack = [node]
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(value)
            elif isinstance(value, dict):
                stack.extend(value.values())
                found = component(value.get("$ref"), section)
                if found == name:
                    return True
                if found is not None and found not in seen:
                    seen.add(found)
                    stack.append(target(self.tree, value["$ref"], section))
        return False

    def types(self, node: Any) -> frozenset[str] | None:
        """The types that a schema states at its top; None where it states none."""
        node = self.follow(node)
        if not isinstance(node, dict) or "type" not in node:
            return None
        stated = node["type"] if isinstance(node["type"], list) else [node["type"]]
        return frozenset(stated) | (frozenset({"null"}) if node.get("nullable") is True else frozenset())

    def has_unevaluated(self) -> bool:
        """Whether any schema judges what others have not, so that saying nothing differs from saying `anything`."""
        return any(
            p.kind == "schema" and isinstance(p.node, dict) and p.node.keys() & {"unevaluatedProperties", "unevaluatedItems"}
            for p in self.places
        )  # fmt: skip


def stands_alone(place: Place) -> bool:
    """Whether no other schema judges the same value: a tautology about what is unsaid is one here only."""
    return place.role not in IN_PLACE and place.role != "components"


def demands(node: dict[str, Any]) -> dict[str, Any]:
    """What a schema demands, without its notes."""
    return {word: value for word, value in node.items() if not is_note(word)}


def notes(node: dict[str, Any]) -> dict[str, Any]:
    """What a schema says beside its demands."""
    return {word: value for word, value in node.items() if is_note(word)}


def replace(node: dict[str, Any], demanded: dict[str, Any]) -> None:
    """Put other demands in the place of those of a schema; its notes stay."""
    kept = notes(node)
    node.clear()
    node.update(demanded, **kept)


def own(value: Any) -> Any:
    """A copy that shares nothing."""
    return copied(value)


def has_any(node: dict[str, Any], words: Iterable[str]) -> bool:
    """Whether a schema has one of these keywords."""
    return any(word in node for word in words)


def _is_union(node: dict[str, Any]) -> bool:
    return "oneOf" in node or "anyOf" in node


def _names_itself(value: Any) -> bool:
    if isinstance(value, list):
        return any(_names_itself(v) for v in value)
    return isinstance(value, dict) and (any(w in value for w in _NAMING) or any(map(_names_itself, value.values())))
