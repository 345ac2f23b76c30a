"""What a run made in a system: told by the answers to its own creates, and forgotten by its own deletes.

Only what stands here, and what samples name, is changed or deleted by a run, and only what stands here is cleaned up.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from contracts.contract import Operation
from contracts.odata import decode_quoted, quoted_parameters
from contracts.paths import PathMatcher, canonical
from contracts.raw_path import UnsafePathError
from contracts.templates import InvalidTemplateError
from governance.fuzz.plan import Target
from policies.target import base_path

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_WRAPPERS: Final = ("d", "data", "result", "value", "item")
_GROUP: Final = "made"
_PLAIN_KEYS: Final = ("id", "key", "number", "no", "code", "guid", "uuid")
"""Names that every record has for its own."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the template of its path, and the values in it by name."""

    template: str
    values: Mapping[str, str]

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What tells it from others."""
        return self.template, tuple(self.values[name] for name in _PARAMETER.findall(self.template))


class Paths:
    """The published paths of one version, to find out which record a path is about."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.operations = {op.operation_id: op for op in target.published.operations}
        self._published: PathMatcher[str] = PathMatcher()
        self._described: PathMatcher[str] = PathMatcher()
        self._by_id = {op.operation_id: op for op in target.described.operations}
        self._prefix = base_path(target.system) + target.offer.path.encode("ascii")
        _fill(self._published, (op.path for op in target.published.operations))
        _fill(self._described, (op.path for op in target.described.operations))
        self._twin = {self._by_id[i].path: op.path for i, op in self.operations.items() if i in self._by_id}

    def record(self, path: str) -> Record | None:
        """Of a published path without the base, as it stands on the wire."""
        return _matched(self._published, path)

    def located(self, location: str) -> Record | None:
        """Of a `Location` as the system wrote it: relative or absolute, with the system's own host."""
        path = urlsplit(location).path
        if path.startswith(self.target.base + "/"):
            return self.record(path[len(self.target.base) :])  # rewritten by the gateway
        prefix = self._prefix.decode("ascii")
        if prefix and path.startswith(prefix + "/"):
            path = path[len(prefix) :]
        elif not path.startswith("/"):
            path = f"/{path}"
        found = _matched(self._described, path)
        if found is None:
            return self.record(path)
        template = self._twin.get(found.template)
        if template is None:
            return None
        names = _PARAMETER.findall(template)
        return Record(template, {name: found.values[name] for name in names if name in found.values})

    def created(self, operation: Operation, values: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> (
        Record | None
    ):  # fmt: skip
        """The record that a POST made, by its Location, else by the keys in the answer."""
        location = headers.get("location") or headers.get("odata-entityid", "")
        if location:
            found = self.located(location)
            if found is not None and _PARAMETER.search(found.template):
                return found
        members = _members(body)
        best: Record | None = None
        for other in self.operations.values():
            names = _PARAMETER.findall(other.path)
            if not names or other.path == operation.path or not _below(operation.path, other.path):
                continue
            found_values = {name: key_in(members, name, values, other.path) for name in names}
            if all(value is not None for value in found_values.values()):
                made = Record(other.path, {name: str(value) for name, value in found_values.items()})
                if best is None or len(made.template) < len(best.template):
                    best = made
        return best


@dataclass(slots=True)
class Made:
    """The records of a run, in the order in which they were made."""

    records: dict[tuple[str, tuple[str, ...]], Record] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """It is there now."""
        self.records.setdefault(record.key, record)

    def forget(self, record: Record) -> None:
        """It is gone."""
        self.records.pop(record.key, None)

    def holds(self, record: Record) -> bool:
        """Whether the run made the record, or one around it whose values it repeats."""
        return any(
            one.values.items() <= record.values.items() and _below(one.template, record.template)
            for one in self.records.values()
        )


def _fill(matcher: PathMatcher[str], templates: Iterable[str]) -> None:
    for template in dict.fromkeys(templates):
        try:
            matcher.add("", template, _GROUP, template)
        except InvalidTemplateError:
            continue


def _matched(matcher: PathMatcher[str], path: str) -> Record | None:
    try:
        found = matcher.match(canonical(path.encode("ascii", "replace")))
    except UnsafePathError:
        return None
    for candidate in found:
        at = candidate.of(_GROUP)
        if at is not None:
            template, values = at
            quoted, names = quoted_parameters(template), _PARAMETER.findall(template)
            return Record(template, {name: _decoded(value, quoted=name in quoted) for name, value in
                                     zip(names, values, strict=True)})  # fmt: skip
    return None


def _decoded(value: bytes, *, quoted: bool) -> str:
    return decode_quoted(value).decode("utf-8", "replace") if quoted else unquote(value.decode("ascii", "replace"))


def _below(outer: str, inner: str) -> bool:
    """Whether `inner` lies under `outer`: the same path, one with a key behind it, or one further down."""
    if inner == outer:
        return True
    if inner.startswith((outer + "/", outer + "(")):
        return True
    # In OData an item made under its order has a set of its own: A_Order('1')/to_Item makes an A_OrderItem(...), whose
    # keys are named after the order's. A plain {id} elsewhere is that of something else.
    outer_names, inner_names = set(_PARAMETER.findall(outer)), set(_PARAMETER.findall(inner))
    named = all(f"{name}=" in inner for name in outer_names)
    return bool(outer_names) and outer_names < inner_names and named


def _members(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body) if body else None
    except (ValueError, RecursionError):
        return {}
    for _ in range(2):
        if isinstance(value, dict) and len(value) <= 3:
            inside = next((value[name] for name in _WRAPPERS if isinstance(value.get(name), dict)), None)
            value = value if inside is None else inside
    return value if isinstance(value, dict) else {}


def key_in(members: Mapping[str, Any], name: str, known: Mapping[str, str], near: str) -> Any:
    """What a path parameter is called in a record: by its name, or `id` where it names the record's own id.

    `near` is the template of the record itself; empty for a record from anywhere, whose `id` is that of something else.
    """
    folded = {_fold(key): value for key, value in members.items()}
    plain = _fold(name)
    found = folded.get(plain) if near or plain not in _PLAIN_KEYS else None
    if found is None:
        found = known.get(name)
    if found is None and near:
        last = _fold(near.partition("{" + name + "}")[0].rstrip("/('").rsplit("/", 1)[-1])
        for suffix in _PLAIN_KEYS:
            stem = plain.removesuffix(suffix)
            if plain.endswith(suffix) and stem and last.startswith(stem[:4]):
                found = folded.get(suffix)
                break
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _fold(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
