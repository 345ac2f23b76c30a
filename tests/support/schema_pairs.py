"""Pairs of small schemas over the keywords of JSON Schema, the second one drawn apart or made of the first by edits."""

from random import Random
from typing import Any

from document_places import copied, schemas
from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c"])
COUNTS = st.integers(0, 4)
NUMBERS = st.integers(-2, 6)
PATTERNS = st.sampled_from(["^a", "^[a-c]+$", "^[a-z]*$", "b$", "^[0-9]{2}$"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["a", "b", "ab", "12", 0.5]))
RECURSIVE = {"$ref": "#/components/schemas/R"}


def _some(**keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keywords)


_TEXT = _some(
    minLength=COUNTS,
    maxLength=COUNTS,
    pattern=PATTERNS,
    enum=st.lists(st.sampled_from(["a", "b", "ab", "12", ""]), min_size=1, max_size=3, unique=True),
)
_NUMBER = _some(minimum=NUMBERS, maximum=NUMBERS, exclusiveMinimum=NUMBERS, multipleOf=st.sampled_from([1, 2, 3, 0.5]))


def _typed(name: Any, strategy: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return strategy.map(lambda found: {"type": name, **found})


LEAVES = st.one_of(
    _typed("string", _TEXT),
    _typed("integer", _NUMBER),
    _typed("number", _NUMBER),
    _typed(["string", "null"], _TEXT),
    st.sampled_from([{}, {"type": "boolean"}, {"type": "null"}, {"type": ["integer", "string"]}, True, False]),
    st.lists(SCALARS, min_size=1, max_size=4).map(lambda values: {"enum": values}),
    SCALARS.map(lambda value: {"const": value}),
    _TEXT,
)


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.dictionaries(NAMES, inner, max_size=3)
    names = st.lists(NAMES, max_size=2, unique=True)
    objects = _some(
        properties=members, required=names, additionalProperties=inner, minProperties=COUNTS, maxProperties=COUNTS,
        patternProperties=st.dictionaries(PATTERNS, inner, max_size=1), propertyNames=_TEXT,
        dependentRequired=st.dictionaries(NAMES, names, max_size=1),
    )  # fmt: skip
    lists = _some(
        items=inner, prefixItems=st.lists(inner, min_size=1, max_size=2), minItems=COUNTS, maxItems=COUNTS,
        uniqueItems=st.just(True), contains=inner,
    )  # fmt: skip
    composed = st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"oneOf": parts}),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"allOf": parts}),
        inner.map(lambda part: {"not": part}),
        st.tuples(inner, inner, inner).map(lambda parts: dict(zip(("if", "then", "else"), parts, strict=True))),
        st.tuples(objects, inner).map(lambda parts: {**parts[0], "anyOf": [parts[1], {}]}),
    )
    return st.one_of(
        _typed("object", objects),
        _typed("array", lists),
        _typed("object", members.map(lambda m: {"properties": m})),
        composed,
        st.just(RECURSIVE),
    )


SCHEMAS = st.recursive(LEAVES, _grown, max_leaves=6)


def _edited(schema: Any, seed: int) -> Any:
    """The schema with one or two keywords dropped, taken from elsewhere, or moved by one."""
    random = Random(seed)
    tree: dict[str, Any] = {"components": {"schemas": {"S": copied(schema)}}}
    for _ in range(random.randint(1, 2)):
        place = random.choice([p for p in schemas(tree) if p.node is not None])
        node = place.node
        if not isinstance(node, dict) or not node:
            place.put(random.choice([{"type": "string"}, {"type": "integer", "minimum": 1}, {}, {"enum": ["a", 1]}]))
            continue
        word = random.choice(sorted(node))
        value = node[word]
        if isinstance(value, bool):
            node[word] = not value if word != "uniqueItems" else True
        elif isinstance(value, int | float) and word not in ("const", "multipleOf"):
            node[word] = max(0, value + random.choice((-1, 1)))
        elif isinstance(value, list) and len(value) > 1 and random.random() < 0.6:
            value.pop(random.randrange(len(value)))
        elif word == "$ref" or random.random() < 0.5:
            del node[word]
        else:
            node[random.choice(["minLength", "minimum", "minItems", "maxProperties"])] = random.randint(1, 3)
    return tree["components"]["schemas"]["S"]


EDITED = st.tuples(SCHEMAS, st.integers(0, 2**16)).map(lambda drawn: (drawn[0], _edited(*drawn)))
PAIRS = st.one_of(EDITED, EDITED, st.tuples(SCHEMAS, SCHEMAS))
"""Pairs of schemas; two in three differ in little."""
