"""Schemas with a value that keeps to them and mutations, each of which breaks one keyword at one place."""

import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from keyword_rows import FORMATS


@dataclass(frozen=True)
class Mutation:
    """A value that breaks `keyword` at `pointer`."""

    keyword: str
    pointer: str
    value: Any
    directions: tuple[str, ...] = ("request", "answer")


@dataclass(frozen=True)
class Sample:
    """A schema, a value that keeps to it, and what breaks it. `uses` names what others are known to judge otherwise."""

    schema: Any
    value: Any
    mutations: tuple[Mutation, ...]
    uses: frozenset[str] = frozenset()
    schemas: dict[str, Any] = field(default_factory=dict)

    def inside(self, wrap, at: str) -> tuple[Mutation, ...]:
        """Its mutations where it stands at `at` of a larger value."""
        return tuple(replace(m, pointer=at + m.pointer, value=wrap(m.value)) for m in self.mutations)


def other_type(value: Any) -> Mutation:
    return Mutation("type", "", value)


@st.composite
def integers(draw, version):
    step = draw(st.sampled_from([1, 3, 10**20]))
    value = step * draw(st.integers(-(10**6), 10**6))
    low, high = value - step * draw(st.integers(0, 3)), value + step * draw(st.integers(0, 3))
    schema = {"type": "integer", "multipleOf": step, "minimum": low, "maximum": high}
    mutations = [other_type("x"), other_type(Decimal("0.5")), other_type(True), Mutation("maximum", "", high + step)]
    if step > 1:
        mutations.append(Mutation("multipleOf", "", high - 1 if high > low else low - 1))
    if draw(st.booleans()):
        bound = low - step
        del schema["minimum"]
        schema |= {"minimum": bound, "exclusiveMinimum": True} if version == "3.0" else {"exclusiveMinimum": bound}
        mutations.append(Mutation("exclusiveMinimum", "", bound))
    else:
        mutations.append(Mutation("minimum", "", low - step))
    return Sample(schema, value, tuple(mutations))


@st.composite
def amounts(draw, version):
    cents = draw(st.integers(-(10**12), 10**12))
    value = Decimal(cents) / 100
    more = Mutation("multipleOf", "", Decimal(cents * 10 + 5) / 1000)
    return Sample({"type": "number", "multipleOf": 0.01}, value, (more, other_type("1")), frozenset({"decimals"}))


@st.composite
def texts(draw, version):
    value = draw(st.text(st.sampled_from("ab\U0001f600"), max_size=5))
    least, most = draw(st.integers(0, len(value))), len(value) + draw(st.integers(0, 2))
    schema = {"type": "string", "pattern": "^[ab\U0001f600]*$", "minLength": least, "maxLength": most}
    mutations = [other_type(1), Mutation("maxLength", "", "\U0001f600" * (most + 1))]
    if least:
        mutations.append(Mutation("minLength", "", "a" * (least - 1)))
    if value:
        mutations.append(Mutation("pattern", "", "z" + value[1:]))
    return Sample(schema, value, tuple(mutations))


@st.composite
def formats(draw, version):
    row = draw(st.sampled_from([row for row in FORMATS if row.good]))
    kind = {"type": "string" if isinstance(row.good[0], str) else "number"}
    return Sample(kind | row.schema, row.good[0], (Mutation("format", "", row.bad),), frozenset({"formats"}))


@st.composite
def choices(draw, version):
    values = draw(
        st.lists(st.sampled_from([0, 1, 2.5, "a", "b", True, False, None, [1], {"a": 1}]), min_size=1, max_size=4)
    )
    value = draw(st.sampled_from(values))
    out = [Mutation("enum", "", wrong) for wrong in ("c", 3, [True], {"a": 1.5})]
    if version != "3.0" and draw(st.booleans()):
        return Sample({"const": value}, value, tuple(replace(mutation, keyword="const") for mutation in out))
    return Sample({"enum": values}, value, tuple(out), frozenset({"equality"}))


def excluded(version):
    broken = (Mutation("not", "", "a"),)
    return st.sampled_from([1, None, True, []]).map(lambda value: Sample({"not": {"type": "string"}}, value, broken))


def nullable(version):
    schema = {"type": "string", "nullable": True} if version == "3.0" else {"type": ["string", "null"]}
    return st.sampled_from([None, "a"]).map(lambda value: Sample(schema, value, (other_type(1),)))


@st.composite
def lists(draw, version, inner):
    item = draw(inner)
    count = draw(st.integers(1, 3))
    most = count + draw(st.integers(0, 1))
    schema = {"type": "array", "items": item.schema, "minItems": count, "maxItems": most}
    value = [item.value] * count
    mutations = [
        other_type({}), Mutation("minItems", "", value[1:]), Mutation("maxItems", "", [item.value] * (most + 1)),
        *item.inside(lambda changed: [*value[1:], changed], f"/{count - 1}"),
    ]  # fmt: skip
    kind = draw(st.sampled_from(["plain", "unique", "contains", "places"]))
    if kind == "unique":
        schema, value = {"items": item.schema, "uniqueItems": True}, [item.value]
        mutations = [Mutation("uniqueItems", "", value * 2), *item.inside(lambda changed: [changed], "/0")]
    elif kind == "contains" and version != "3.0":
        schema, value = {"contains": item.schema, "maxContains": 1}, [item.value]
        mutations = [Mutation("contains", "", []), Mutation("maxContains", "", value * 2)]
    elif kind == "places" and version != "3.0":
        schema, value = {"prefixItems": [item.schema], "items": False}, [item.value]
        mutations = [Mutation("items", "/1", [item.value, 1]), *item.inside(lambda changed: [changed], "/0")]
    return Sample(schema, value, tuple(mutations), item.uses, item.schemas)


KINDS = (
    "open", "closed", "minProperties", "maxProperties", "readOnly", "writeOnly", "additional",
    "propertyNames", "dependentRequired", "dependentSchemas", "patternProperties", "unevaluated", "condition",
)  # fmt: skip


@st.composite
def objects(draw, version, inner):
    parts = draw(st.dictionaries(st.sampled_from(["a", "b", "c/d", "items"]), inner, min_size=1, max_size=3))
    value = {name: part.value for name, part in parts.items()}
    required = sorted(draw(st.sets(st.sampled_from(sorted(parts)))))
    schema: dict[str, Any] = {"type": "object", "properties": {name: part.schema for name, part in parts.items()}}
    if required:
        schema["required"] = required
    mutations = [other_type([]), *(Mutation("required", "", without(value, name)) for name in required)]
    for name, part in parts.items():
        at = "/" + name.replace("/", "~1")
        mutations += part.inside(lambda changed, name=name: value | {name: changed}, at)
    more = value | {"more": 1}
    kind = draw(st.sampled_from(KINDS[:7] if version == "3.0" else KINDS))
    uses = frozenset({kind}).union(*(part.uses for part in parts.values()))
    if kind == "closed":
        schema["additionalProperties"] = False
        mutations.append(Mutation("additionalProperties", "/more", more))
    elif kind == "additional":
        schema["additionalProperties"] = {"type": "string"}
        mutations.append(Mutation("type", "/more", more))
    elif kind == "minProperties":
        schema["minProperties"] = len(value)
        mutations.append(Mutation("minProperties", "", without(value, min(value))))
    elif kind == "maxProperties":
        schema["maxProperties"] = len(value)
        mutations.append(Mutation("maxProperties", "", more))
    elif kind in ("readOnly", "writeOnly"):
        schema["properties"]["own"] = {kind: True}
        way = "request" if kind == "readOnly" else "answer"
        mutations.append(Mutation(kind, "/own", value | {"own": 1}, (way,)))
    elif kind == "propertyNames":
        schema["propertyNames"] = {"maxLength": 5}
        mutations.append(Mutation("propertyNames", "", value | {"longer": 1}))
    elif kind == "dependentRequired":
        schema["dependentRequired"] = {"more": ["most"]}
        mutations.append(Mutation("dependentRequired", "", more))
    elif kind == "dependentSchemas":
        schema["dependentSchemas"] = {"more": False}
        mutations.append(Mutation("dependentSchemas", "", more))
    elif kind == "patternProperties":
        schema["patternProperties"] = {"^mo": False}
        mutations.append(Mutation("patternProperties", "/more", more))
    elif kind == "unevaluated":
        schema = {"allOf": [schema], "unevaluatedProperties": False}
        mutations.append(Mutation("unevaluatedProperties", "/more", more))
    elif kind == "condition":
        schema |= {"if": {"required": ["more"]}, "then": {"maxProperties": 0}, "else": {"minProperties": 0}}
        mutations.append(Mutation("maxProperties", "", more))
    schemas = {name: held for part in parts.values() for name, held in part.schemas.items()}
    return Sample(schema, value, tuple(mutations), uses, schemas)


def without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: child for key, child in value.items() if key != name}


NEVER = {"type": "string", "enum": ["never"]}


@st.composite
def composed(draw, version, inner):
    sample = draw(inner)
    kind = draw(st.sampled_from(["allOf", "$ref", "anyOf", "oneOf", "discriminator"]))
    if kind == "allOf":
        return replace(sample, schema={"allOf": [{}, sample.schema]})
    if kind in ("anyOf", "oneOf"):
        mutations = tuple(replace(m, keyword=kind, pointer="") for m in sample.mutations)
        return replace(sample, schema={kind: [NEVER, sample.schema]}, mutations=mutations)
    if kind == "$ref":
        name = name_of(sample.schema)
        schemas = sample.schemas | {name: sample.schema}
        return replace(sample, schema={"$ref": f"#/components/schemas/{name}"}, schemas=schemas)
    held = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "x": sample.schema}}
    name = name_of(held)
    value = {"kind": name, "x": sample.value}
    schema = {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"}, {"$ref": "#/components/schemas/Never"}],
        "discriminator": {"propertyName": "kind"},
    }
    mutations = (
        Mutation("discriminator", "/kind", value | {"kind": "nobody"}),
        Mutation("discriminator", "", {"x": sample.value}),
        *sample.inside(lambda changed: value | {"x": changed}, "/x"),
    )
    never = {"type": "object", "required": ["kind", "never"], "properties": {"kind": {"type": "string"}}}
    return Sample(schema, value, mutations, sample.uses | {kind}, sample.schemas | {name: held, "Never": never})


def name_of(schema: Any) -> str:
    return "S" + format(abs(hash(json.dumps(schema, default=str))), "x")


def samples(version: str) -> st.SearchStrategy[Sample]:
    """Samples of one OpenAPI version."""
    leaves = st.one_of(*(make(version) for make in (integers, amounts, texts, formats, choices, excluded, nullable)))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(lists(version, inner), objects(version, inner), composed(version, inner)),
        max_leaves=5,
    )
