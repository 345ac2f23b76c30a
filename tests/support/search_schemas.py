"""Strategies of Hypothesis for plain JSON Schemas over few names, texts and numbers, so that they meet each other."""

from random import Random
from typing import Any

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "x-a")
PATTERNS = ("^a", "b$", "^[a-c]+$", "^x-", "a|b", "[0-9]")
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 12), st.sampled_from([0.5, 1.5, -0.1]), st.sampled_from(["", "a", "ab", "9", "abc"])
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
)


def _keywords(**keywords: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Up to three of these keywords."""
    names = st.lists(st.sampled_from(sorted(keywords)), max_size=3, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: keywords[name] for name in chosen}))


def _typed(kind: Any, **keywords: Any) -> st.SearchStrategy[dict[str, Any]]:
    return _keywords(**keywords).map(lambda found: {"type": kind, **found})


def _alone(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    numbers: dict[str, Any] = {
        "minimum": st.sampled_from([0, 1, -1.5, 5]),
        "maximum": st.sampled_from([3, 7.5, 10]),
        "exclusiveMinimum": st.integers(-2, 2),
        "exclusiveMaximum": st.integers(4, 9),
        "multipleOf": st.sampled_from([2, 3, 0.5, 1.5]),
    }
    by_name = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    names = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
    small = st.integers(0, 3)
    return st.one_of(
        _typed("integer", **numbers),
        _typed("number", **numbers),
        _typed("string", minLength=small, maxLength=st.integers(2, 5), pattern=st.sampled_from(PATTERNS)),
        _typed(
            "array",
            items=inner,
            prefixItems=st.lists(inner, min_size=1, max_size=2),
            minItems=st.integers(0, 2),
            maxItems=st.integers(1, 4),
            uniqueItems=st.just(value=True),
            contains=inner,
        ),
        _typed(
            "object",
            properties=by_name,
            required=names,
            additionalProperties=st.booleans() | inner,
            patternProperties=st.dictionaries(st.sampled_from(PATTERNS), inner, max_size=1),
            minProperties=st.integers(0, 2),
            maxProperties=st.integers(1, 4),
            propertyNames=st.fixed_dictionaries({"maxLength": st.integers(1, 3)}),
            dependentRequired=st.dictionaries(st.sampled_from(NAMES), names, max_size=1),
            dependentSchemas=st.dictionaries(st.sampled_from(NAMES), inner, max_size=1),
        ),
        st.fixed_dictionaries({"enum": st.lists(values, min_size=1, max_size=4)}),
        st.fixed_dictionaries({"const": values}),
        st.sampled_from([{}, {"type": ["string", "null"]}, {"type": "boolean"}, {"type": ["integer", "object"]}]),
    )


def _composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    branches = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        _alone(inner),
        st.fixed_dictionaries({"allOf": branches}),
        st.fixed_dictionaries({"anyOf": branches}),
        st.fixed_dictionaries({"oneOf": branches}),
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"if": inner, "then": inner, "else": inner}),
        st.tuples(_alone(inner), st.fixed_dictionaries({"anyOf": branches})).map(lambda pair: pair[0] | pair[1]),
    )


schemas: st.SearchStrategy[dict[str, Any]] = st.recursive(_alone(st.just({})), _composed, max_leaves=8)


def pool(count: int, seed: int = 1) -> list[Any]:
    """So many values over the same names, texts and numbers, the same ones on every call."""
    random = Random(seed)

    def value(depth: int) -> Any:
        kind = random.randrange(8 if depth else 5)
        if kind < 5:
            return random.choice([None, True, False, *range(-3, 13), 0.5, 1.5, 2.25, "", "a", "ab", "b", "9", "abc"])
        if kind == 5:
            return [value(depth - 1) for _ in range(random.randint(0, 3))]
        return {name: value(depth - 1) for name in random.sample(NAMES, random.randint(0, 3))}

    return [value(3) for _ in range(count)]
