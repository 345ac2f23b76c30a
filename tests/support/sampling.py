"""Random values near what schemas say: at their bounds, just inside and just outside."""

import re._constants as tokens
import re._parser as regex
from random import Random
from typing import Any

from schema_oracle import Oracle

FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T10:00:00Z",
    "time": "10:00:00Z",
    "email": "a@b.example",
    "uuid": "6f8a2f0e-8a0c-4a53-9a0e-3c6b5b7b9f01",
    "uri": "https://a.example/",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "hostname": "a.example",
}

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
_TEXTS = ("", "a", "b", "ab", "abc", "1", "A1", "aaaaaa", " ", "äö")
_UNNAMED = "zz"

Seen = list[tuple[Oracle, Any]]
"""Schemas that speak about one value, each with the document that it stands in."""


class Sampler:
    """Makes values that schemas may or may not accept."""

    def __init__(self, random: Random, *, depth: int = 4) -> None:
        self.random = random
        self.depth = depth

    def value(self, schemas: Seen, depth: int = 0) -> Any:
        """One value near what the schemas say; one that they accept more often than chance would have it."""
        if not schemas or self.random.random() < 0.15:
            return self._value(schemas, depth)
        oracle, node = self.random.choice(schemas)
        value = None
        for _ in range(6 if depth == 0 else 3):
            value = self._value(schemas, depth)
            if oracle.accepts_as(node, value):
                break
        return value

    def _value(self, schemas: Seen, depth: int) -> Any:
        parts = [(oracle, part) for oracle, node in schemas for part in oracle.in_place(node, tests=True)]
        if self.random.random() < 0.35:
            given = [v for _, p in parts for v in (*p.get("enum", ()), *((p["const"],) if "const" in p else ()))]
            if given:
                return self.random.choice(given)
        stated = [t for _, p in parts for t in _listed(p.get("type", []))]
        stated += ["object"] * any("properties" in p or "required" in p for _, p in parts)
        stated += ["array"] * any("items" in p or "prefixItems" in p or "contains" in p for _, p in parts)
        kind = self.random.choice(stated) if stated and self.random.random() < 0.93 else self.random.choice(TYPES)
        return getattr(self, "_" + kind)(parts, depth)

    def _null(self, parts: Seen, depth: int) -> Any:
        return None

    def _boolean(self, parts: Seen, depth: int) -> Any:
        return self.random.random() < 0.5

    def _number(self, parts: Seen, depth: int) -> Any:
        value = self._integer(parts, depth)
        return value + self.random.choice((0, 0, 0.5, -0.5, 0.25, 0.01))

    def _integer(self, parts: Seen, depth: int) -> Any:
        near: list[float] = [0, 1, -1, 7, 1000]
        for _, part in parts:
            for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
                bound = part.get(word)
                if isinstance(bound, int | float) and not isinstance(bound, bool):
                    near += [bound - 1, bound, bound + 1] * 2
            step = part.get("multipleOf")
            if isinstance(step, int | float):
                near += [step, 2 * step, 3 * step, step * 100, step / 2]
        value = self.random.choice(near)
        return int(value) if value == int(value) else value

    def _string(self, parts: Seen, depth: int) -> Any:
        texts = list(_TEXTS)
        for _, part in parts:
            if isinstance(part.get("pattern"), str):
                texts += [matching(part["pattern"], self.random) for _ in range(6)]
            if part.get("format") in FORMATS:
                texts += [FORMATS[part["format"]]] * 6
        text = self.random.choice(texts)
        lengths = [p[w] for _, p in parts for w in ("minLength", "maxLength") if w in p and p[w] < 300]
        if lengths and self.random.random() < 0.7:
            length = max(0, int(self.random.choice(lengths)) + self.random.choice((-1, 0, 0, 1)))
            text = (text or "a") * (length // max(1, len(text)) + 1)
            text = text[:length]
        return text

    def _array(self, parts: Seen, depth: int) -> Any:
        lengths = [0, 1, 2, 3]
        for _, part in parts:
            for word in ("minItems", "maxItems", "minContains", "maxContains"):
                if word in part and part[word] < 20:
                    lengths += [max(0, int(part[word]) + d) for d in (-1, 0, 0, 1)]
            lengths += [len(part.get("prefixItems", ()))] * 2
        length = self.random.choice(lengths) if depth < self.depth else 0
        made: list[Any] = []
        for i in range(length):
            inside: Seen = []
            for oracle, part in parts:
                first = part.get("prefixItems", [])
                inside += [(oracle, first[i])] if i < len(first) else [(oracle, part.get("items"))]
                if self.random.random() < 0.5:
                    inside.append((oracle, part.get("contains")))
            same = made and self.random.random() < 0.2
            made.append(self.random.choice(made) if same else self.value(_said(inside), depth + 1))
        return made

    def _object(self, parts: Seen, depth: int) -> Any:
        members: dict[str, Seen] = {}
        for oracle, part in parts:
            for name, schema in part.get("properties", {}).items():
                members.setdefault(name, []).append((oracle, schema))
            asked = [
                part.get("required", ()),
                *part.get("dependentRequired", {}).values(),
                part.get("dependentRequired", ()),
            ]
            for name in (n for names in asked for n in names):
                members.setdefault(name, [])
            for name in part.get("dependentSchemas", {}):
                members.setdefault(name, [])
            for pattern, schema in part.get("patternProperties", {}).items():
                members.setdefault(matching(pattern, self.random), []).append((oracle, schema))
            names = part.get("propertyNames")
            if isinstance(names, dict) and isinstance(names.get("pattern"), str):
                members.setdefault(matching(names["pattern"], self.random), [])
            others = part.get("additionalProperties")
            if isinstance(others, dict) or others is True or self.random.random() < 0.15:
                members.setdefault(_UNNAMED, []).append((oracle, others))
        required = {name for _, part in parts for name in part.get("required", ())}
        if depth >= self.depth:
            chosen = [name for name in members if name in required]
        else:
            rate = self.random.choice((0.2, 0.5, 0.9))
            chosen = [n for n in members if self.random.random() < (0.92 if n in required else rate)]
        return {name: self.value(_said(members[name]), depth + 1) for name in chosen}


def _said(schemas: Seen) -> Seen:
    return [(oracle, schema) for oracle, schema in schemas if isinstance(schema, dict)]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def matching(pattern: str, random: Random) -> str:
    """A text that the pattern finds itself in, mostly; what it cannot follow gives any text."""
    try:
        return _walk(regex.parse(pattern), random)
    except (re_error, RecursionError):
        return random.choice(_TEXTS)


re_error = regex.error  # type: ignore[attr-defined]


def _walk(parsed: Any, random: Random) -> str:
    made = ""
    for op, value in parsed:
        if op is tokens.LITERAL:
            made += chr(value)
        elif op is tokens.NOT_LITERAL:
            made += "b" if chr(value) == "a" else "a"
        elif op is tokens.ANY:
            made += random.choice("ab1")
        elif op is tokens.IN:
            made += _one_of(value, random)
        elif op in (tokens.MAX_REPEAT, tokens.MIN_REPEAT):
            low, high, inner = value
            for _ in range(random.randint(low, min(int(high), low + 3))):
                made += _walk(inner, random)
        elif op is tokens.SUBPATTERN:
            made += _walk(value[3], random)
        elif op is tokens.BRANCH:
            made += _walk(random.choice(value[1]), random)
    return made


def _one_of(choices: Any, random: Random) -> str:
    if choices[0][0] is tokens.NEGATE:
        return random.choice("~ aB1")
    op, value = random.choice(choices)
    if op is tokens.LITERAL:
        return chr(value)
    if op is tokens.RANGE:
        return chr(random.randint(value[0], min(value[1], value[0] + 40)))
    return {tokens.CATEGORY_DIGIT: "7", tokens.CATEGORY_WORD: "w", tokens.CATEGORY_SPACE: " "}.get(value, "-")
