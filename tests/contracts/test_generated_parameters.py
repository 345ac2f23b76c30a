"""Laws over generated parameters: in every location, style and explode, what is written by the rules is accepted, and
each mutation is refused by the keyword that it breaks.
"""  # fmt: skip

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from keyword_cells import written
from laws import tried

from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.document import parse_document
from contracts.settings import Bounds

STYLES = [
    ("path", "simple"), ("path", "label"), ("path", "matrix"), ("header", "simple"), ("cookie", "form"),
    ("query", "form"), ("query", "spaceDelimited"), ("query", "pipeDelimited"), ("query", "deepObject"),
]  # fmt: skip
CASES = [
    (location, style, explode)
    for location, style in STYLES
    for explode in (False, True)
    # Others have no meaning by the specification (OpenAPI 3.1.1, "Style Values").
    if not (style in ("spaceDelimited", "pipeDelimited") and explode)
    and not (style == "deepObject" and not explode)
    and not (location == "cookie" and explode)
]


def pairs(value, between, glue):
    return glue.join(f"{name}{between}{text(child)}" for name, child in value.items())


def text(value):
    return quote(str(value), safe="")


def serialised(style, explode, value):
    """By RFC 6570, as OpenAPI's table of styles has it."""
    if isinstance(value, dict):
        flat = pairs(value, ",", ",")
        return {
            "form": pairs(value, "=", "&") if explode else f"p={flat}",
            "deepObject": "&".join(f"p[{name}]={text(child)}" for name, child in value.items()),
            "simple": pairs(value, "=", ",") if explode else flat,
            "label": "." + (pairs(value, "=", ".") if explode else flat),
            "matrix": ";" + (pairs(value, "=", ";") if explode else f"p={flat}"),
        }[style]
    items = [text(child) for child in (value if isinstance(value, list) else [value])]
    return {
        "form": "&".join(f"p={item}" for item in items) if explode else "p=" + ",".join(items),
        "spaceDelimited": "p=" + "%20".join(items),
        "pipeDelimited": "p=" + "%7C".join(items),
        "simple": ",".join(items),
        "label": "." + ("." if explode else ",").join(items),
        "matrix": "".join(f";p={item}" for item in items) if explode else ";p=" + ",".join(items),
    }[style]


@st.composite
def numbers(draw):
    value, room = draw(st.integers(-(10**20), 10**20)), draw(st.integers(0, 3))
    schema = {"type": "integer", "minimum": value - room, "maximum": value + room}
    return schema, value, [("minimum", value - room - 1), ("maximum", value + room + 1), ("type", "x")]


@st.composite
def words(draw, letters):
    value = draw(st.text(st.sampled_from(letters), min_size=1, max_size=5))
    schema = {"type": "string", "minLength": len(value), "maxLength": len(value)}
    return schema, value, [("minLength", value[1:] or None), ("maxLength", value + "a")]


@st.composite
def values(draw, scalars, kinds):
    """A schema, a value and its mutations; None in a mutation is what cannot be written."""
    kind = draw(st.sampled_from(kinds))
    schema, value, broken = draw(scalars)
    if kind == "scalar":
        return schema, value, broken
    if kind == "list":
        count = draw(st.integers(1, 4))
        whole = {"type": "array", "items": schema, "minItems": count, "maxItems": count}
        more = [("maxItems", [value] * (count + 1))] + ([("minItems", [value] * (count - 1))] if count > 1 else [])
        return whole, [value] * count, more + [(keyword, [value] * (count - 1) + [v]) for keyword, v in broken if v is not None]  # fmt: skip
    other, second, wrong = draw(scalars)
    whole = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {"a": schema, "b": other},
        "additionalProperties": False,
    }
    more = [("required", {"a": value}), ("additionalProperties", {"a": value, "b": second, "c": 1})]
    return whole, {"a": value, "b": second}, more + [(keyword, {"a": value, "b": v}) for keyword, v in wrong if v is not None]  # fmt: skip


def judge(location, style, explode, schema):
    parameter = {
        "name": "p", "in": location, "style": style, "explode": explode, "required": True, "schema": schema,
    }  # fmt: skip
    path = "/t/{p}" if location == "path" else "/t"
    operation = {
        "operationId": "t",
        "security": [],
        "parameters": [parameter],
        "responses": {"200": {"description": "d"}},
    }
    whole = {"openapi": "3.1.1", "info": {"title": "t", "version": "1"}, "paths": {path: {"get": operation}}}
    contract = read_contract(parse_document(written(whole).encode(), "t.json"))
    compiled = compile_operation(contract, contract.operations[0], "t", "1", Bounds())

    def judgement(value):
        raw = serialised(style, explode, value).encode()
        return compiled.judge_request(
            (raw,) if location == "path" else (),
            raw if location == "query" else b"",
            {b"p": raw} if location == "header" else {b"cookie": raw} if location == "cookie" else {},
            None,
        )

    return judgement


@pytest.mark.parametrize(("location", "style", "explode"), CASES)
@given(data=st.data())
@tried(20, HealthCheck.too_slow)
def test_what_is_written_by_the_rules_is_accepted_and_each_mutation_refused(data, location, style, explode):
    # Headers are not percent-encoded; every other place is, so that a value may hold what divides values.
    letters = "abz09-_" if location == "header" else "ab é,;=&+%/.|[]?#\U0001f600"
    # What divides values in these styles has no other form when it is encoded.
    letters = letters.translate(str.maketrans("", "", {"label": ".", "spaceDelimited": " ", "pipeDelimited": "|"}.get(style, "")))  # fmt: skip
    kinds = {"spaceDelimited": ["list"], "pipeDelimited": ["list"], "deepObject": ["object"]}
    scalars = st.one_of(numbers(), words(letters))
    schema, value, mutations = data.draw(values(scalars, kinds.get(style, ["scalar", "list", "object"])))
    judgement = judge(location, style, explode, schema)
    found = judgement(value)
    assert found.outcome == "conforms", (serialised(style, explode, value), found)
    for keyword, broken in mutations:
        if broken is not None:
            found = judgement(broken)
            told = {violation.rule for violation in found.violations}
            if location == "query" and explode and keyword == "additionalProperties":
                keyword = "undeclared"  # noqa: PLW2901 - there a member is a query parameter, or named like one
            assert keyword in told, (serialised(style, explode, broken), found)
