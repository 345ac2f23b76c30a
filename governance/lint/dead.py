"""What nobody uses and what can say nothing: components, required names, values of an enum."""

from collections.abc import Iterator
from typing import Any, Final

from contracts.contract import Contract
from contracts.document import UnresolvedReferenceError
from contracts.references import References, UnresolvedError
from contracts.satisfiable import unsatisfied
from contracts.sites import sites
from contracts.written import pointer_to
from governance.diff.same import canonical
from governance.diff.walk.reading import Node
from governance.diff.wording import shown
from governance.finding import Severity
from governance.lint.documents import answers, document, takes
from governance.lint.examples import Judge, Stated
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject
from governance.lint.values import Value
from governance.lint.words import place

_KINDS: Final = (
    "schemas", "responses", "parameters", "requestBodies", "headers", "examples", "links", "callbacks", "pathItems",
    "mediaTypes",
)  # fmt: skip
_COMPONENT: Final = 3


def _component(pointer: str) -> str:
    """The component that a pointer leads into; empty for none."""
    tokens = pointer.split("/")
    return "/".join(tokens[: _COMPONENT + 1]) if tokens[1:2] == ["components"] and len(tokens) > _COMPONENT else ""


def _unused(subject: Subject) -> Iterator[Hit]:
    if not subject.every_operation:
        return  # components that other documents refer to
    uses: dict[str, set[str]] = {"": set()}
    for site in sites(subject.document.tree):
        if site.kind in ("id", "anchor"):
            return  # what is named may be referred to in ways that are not followed here
        if site.kind not in ("ref", "mapping"):
            continue
        holder = _component(site.pointer)
        target = site.value if "/" in site.value else f"#/components/schemas/{site.value}"
        try:
            uses.setdefault(holder, set()).add(_component(subject.document.step(target)[1]))
        except UnresolvedReferenceError:
            continue
        if target.startswith("#/components/"):
            uses[holder].add(_component(target[1:]))
    used: set[str] = set()
    waiting = list(uses[""])
    while waiting:
        component = waiting.pop()
        if component and component not in used:
            used.add(component)
            waiting += uses.get(component, ())
    used |= _chosen_by_name(subject, used, uses)
    for kind in _KINDS:
        for name in subject.components(kind):
            at = f"/components/{kind}{pointer_to(name)}"
            if at not in used:
                yield Hit(at, f"nothing refers to {kind}/{name}")


def _chosen_by_name(subject: Subject, used: set[str], uses: dict[str, set[str]]) -> set[str]:
    """Schemas that a discriminator chooses by their name: they refer to the schema that has it."""
    choosing = {
        f"/components/schemas{pointer_to(name)}" for name, node in subject.components("schemas").items()
        if "discriminator" in node.members
    }  # fmt: skip
    found: set[str] = set()
    waiting = [component for component, named in uses.items() if not named.isdisjoint(choosing & used)]
    while waiting:
        component = waiting.pop()
        if component and component not in found:
            found.add(component)
            waiting += uses.get(component, ())
            waiting += [other for other, named in uses.items() if component in choosing and component in named]
    return found


def _broken(subject: Subject) -> Iterator[Hit]:
    named: References | None = None
    for site in sites(subject.document.tree):
        if site.kind != "ref":
            continue
        try:
            if site.value == "#" or site.value.startswith("#/"):
                subject.document.follow(*subject.document.step(site.value))
                continue
            named = named or References(subject.document, named=subject.reading.version != "3.0")
            named.find(site.value, site.pointer)
        except UnresolvedReferenceError as error:
            if not error.circular:
                yield Hit(site.pointer, f"the reference {site.value} leads nowhere", (), f"{site.pointer} {site.value}")
        except (UnresolvedError, ValueError):
            yield Hit(site.pointer, f"the reference {site.value} leads nowhere", (), f"{site.pointer} {site.value}")


def _unsatisfiable(subject: Subject) -> Iterator[Hit]:
    contract = Contract(subject.document, subject.reading.version, "", "", (), {})
    for fault in unsatisfied(contract):
        if fault.code == "not-looked-at":
            subject.limits[fault.message] = None
        else:
            yield Hit(fault.pointer, f"{place(fault.pointer, '')}: {fault.message}")


def _names(value: Value, seen: set[int]) -> tuple[set[str], bool]:
    """The property names that a value knows anywhere, and whether a name that none of them is has a schema, too."""
    found: set[str] = set()
    loose = not value.known
    seen.add(id(value))
    for node in value.all:
        found |= {str(name) for name in node.child("properties").members}
        loose = loose or isinstance(node.members.get("additionalProperties"), dict)
        loose = loose or not {"patternProperties", "not", "if", "$dynamicRef"}.isdisjoint(node.members)
        loose = loose or node.members.get("additionalProperties") is True
    for one in value.alternatives:
        if id(one) not in seen:
            more, also = _names(one, seen)
            found, loose = found | more, loose or also
    return found, loose


def _required(subject: Subject) -> Iterator[Hit]:
    told: set[str] = set()
    whole: dict[str, list[Value]] = {}
    for value in subject.values:
        for node in value.parts:
            if isinstance(node.members.get("required"), list):
                whole.setdefault(node.at, []).append(value)
    for at, values in whole.items():
        known = [_names(value, set()) for value in values]
        if any(loose or not names for names, loose in known):
            continue
        node = next(part for part in values[0].parts if part.at == at)
        for name in node.members["required"]:
            if isinstance(name, str) and all(name not in names for names, _ in known) and f"{at} {name}" not in told:
                told.add(f"{at} {name}")
                bits = 0
                for value in values:
                    bits |= value.carried
                where = place(at, subject.values.where(bits))
                message = f"{where} requires {name}, and no property is called that"
                yield Hit(f"{at}/required", message, subject.values.reach(bits), f"{at} {name}")


def _enums(subject: Subject) -> Iterator[tuple[Node, list[Any], int]]:
    bits: dict[str, int] = {}
    nodes: dict[str, Node] = {}
    for value in subject.values:
        for node in value.parts:
            if isinstance(node.members.get("enum"), list):
                nodes[node.at] = node
                bits[node.at] = bits.get(node.at, 0) | value.carried
    yield from ((node, node.members["enum"], bits[at]) for at, node in nodes.items())


def _refused(subject: Subject) -> Iterator[Hit]:
    judge = Judge(subject)
    beside = {
        "type", "pattern", "maxLength", "minLength", "minimum", "maximum", "format", "allOf", "anyOf", "oneOf", "const",
        "multipleOf", "exclusiveMinimum", "exclusiveMaximum", "not",
    }  # fmt: skip
    for node, listed, bits in _enums(subject):
        says = beside & node.members.keys()
        if not says or (says == {"type"} and _fits(node.members["type"], listed)):
            continue
        for number, value in enumerate(listed):
            stated = Stated(value, f"{node.at}/enum/{number}", node, "answer", (), "example")
            wrong, _ = judge.fault(stated)
            if wrong:
                message = (
                    f"{place(node.at, subject.values.where(bits))}: {shown(value)} of the enum is refused: {wrong}"
                )
                identity = f"{node.at} {canonical(value)}"
                yield Hit(f"{node.at}/enum/{number}", message, subject.values.reach(bits), identity)


def _fits(stated: object, listed: list[Any]) -> bool:
    if stated == "string":
        return all(isinstance(one, str) for one in listed)
    return stated == "integer" and all(isinstance(one, int) and not isinstance(one, bool) for one in listed)


def _twice(subject: Subject) -> Iterator[Hit]:
    for node, listed, bits in _enums(subject):
        seen: set[str] = set()
        for number, value in enumerate(listed):
            text = canonical(value)
            if text in seen:
                message = f"{place(node.at, subject.values.where(bits))}: the enum lists {shown(value)} twice"
                yield Hit(f"{node.at}/enum/{number}", message, subject.values.reach(bits), f"{node.at} {text}")
            seen.add(text)


_W, _I = Severity.WARNING, Severity.INFO
_REF: Final = {"$ref": "#/components/schemas/Order"}
_ORDER: Final = {"components": {"schemas": {"Order": {"type": "object"}}}}


def _object(*required: str) -> dict[str, Any]:
    return takes({"type": "object", "properties": {"id": {"type": "integer"}}, "required": list(required)})


RULES: Final = (
    LintRule(
        "reference-broken", Severity.BREAKING,
        "A reference that leads nowhere is a hole: what stands there cannot be read.",
        "Correct the reference, or add what it names.",
        Example(takes(_REF), takes(_REF, **_ORDER)), _broken,
    ),
    LintRule(
        "component-unused", _I,
        "What nothing refers to is read, reviewed and kept up for nobody.",
        "Take it out, or refer to it.",
        Example(document(**_ORDER), answers(_REF) | _ORDER), _unused,
    ),
    LintRule(
        "schema-unsatisfiable", _W,
        "No value keeps to the schema: what it stands for can never be sent or answered.",
        "Widen one of the keywords that exclude each other.",
        Example(
            takes({"type": "integer", "minimum": 5, "maximum": 4}),
            takes({"type": "integer", "minimum": 4, "maximum": 5}),
        ), _unsatisfiable,
    ),
    LintRule(
        "required-unknown", _W,
        "A name that is required and that no property has is mostly a slip: callers must send what nobody reads.",
        "Correct the name, or add the property.",
        Example(_object("idd"), _object("id")), _required,
    ),
    LintRule(
        "enum-value-refused", _W,
        "A value that the enum offers and another keyword refuses looks allowed and is not.",
        "Correct the value, or the keyword beside it.",
        Example(
            takes({"type": "string", "enum": ["open", 1]}), takes({"type": "string", "enum": ["open", "1"]})
        ), _refused,
    ),
    LintRule(
        "enum-value-twice", _I,
        "A value that is listed twice is mostly a slip for another one; some generators fail on it.",
        "Take one out.",
        Example(takes({"type": "string", "enum": ["a", "a"]}), takes({"type": "string", "enum": ["a", "b"]})), _twice,
    ),
)  # fmt: skip
