"""What an answer of a system means: judged by status, head and body, by the rules of its product.

A product's own rules come first, then the generic ones, which read HTTP as it is defined; the first that fits counts.
Before all of them come those that know a page of the product, so that no page is read by another rule.
State: none; rules are made ready once a product.
"""

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.engine import Engine, linear_pattern, make_engine
from policies.products import profile
from policies.products.fault_rules import FaultClass, FaultRule, Member
from policies.step import Body, Effect, Header
from policies.system_faults import effect_of

_GENERIC = "generic"
_LOOKED_INTO_BYTES = 262_144
"""A larger body is not looked into: what it tells is taken from status and head alone. Errors are smaller."""
_ABSENT = object()
PAGE_BYTES = 512
"""How much of a page is looked at to tell whether it is the product's own."""
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer means. `rule` names the rule, with its product where it is not a generic one."""

    rule: str
    kind: FaultClass
    effect: Effect
    renew: bool
    retry: bool
    not_there: bool = False
    """The record that the call names is not there."""
    page: bool = False
    """It was said by an HTML page, which nobody is given."""


class FaultProfile:
    """The rules of one product, made ready."""

    def __init__(self, rules: Sequence[tuple[str, FaultRule]]) -> None:
        """Raises ValueError for a pattern that no linear-time engine takes."""
        ready = [_Ready(name, rule) for name, rule in rules]
        self._rules = (*(rule for rule in ready if rule.page), *(rule for rule in ready if not rule.page))
        self._by_status: dict[int, tuple[_Ready, ...]] = {}
        self.pages: frozenset[int] = frozenset().union(*(rule.statuses for rule in ready if rule.page))
        """Statuses with which the product may send a page of its own."""

    def judge(self, method: str, status: int, headers: Sequence[Header], body: Body) -> Told | None:
        """What the answer means; None where nothing is wrong with it."""
        rules = self._by_status.get(status)
        if rules is None:
            if not 200 <= status < 600:
                return None
            rules = self._by_status[status] = tuple(rule for rule in self._rules if rule.is_about(status))
        if rules:
            look = _Look(method, headers, body)
            for rule in rules:
                if rule.fits(look):
                    return rule.told(status)
        return None

    def is_own_page(self, status: int, start: bytes) -> bool:
        """Whether an HTML page with that status, which begins so, is the product's own."""
        return any(rule.is_about(status) and rule.knows(start) for rule in self._rules)

    def statuses(self, kind: FaultClass) -> frozenset[int]:
        """The statuses of answers that may mean this."""
        return frozenset().union(*(rule.statuses for rule in self._rules if rule.kind == kind))


@functools.cache
def fault_profile(product: str) -> FaultProfile:
    """The rules of a product and the generic ones after them. Raises ValueError where a data file is broken."""
    rules = [(f"{product}/{rule.name}", rule) for rule in profile(product).faults]
    if product != _GENERIC:
        rules += [(f"{_GENERIC}/{rule.name}", rule) for rule in profile(_GENERIC).faults]
    return FaultProfile(rules)


class _Look:
    """One answer, looked at once."""

    __slots__ = ("_tree", "body", "headers", "method")

    def __init__(self, method: str, headers: Sequence[Header], body: Body) -> None:
        self.method = method
        self.headers = headers
        whole = isinstance(body, bytes) and len(body) <= _LOOKED_INTO_BYTES
        self.body: bytes = body if whole and isinstance(body, bytes) else b""
        self._tree: Any = _ABSENT

    def values(self, name: bytes) -> Iterable[str]:
        return (value.decode("latin-1") for given, value in self.headers if given == name)

    @property
    def media(self) -> str:
        for value in self.values(b"content-type"):
            return value.split(";", 1)[0].strip().lower()
        return ""

    def member(self, path: Sequence[str]) -> Any:
        if self._tree is _ABSENT:
            self._tree = _parsed(self.body)
        found = self._tree
        for step in path:
            if isinstance(found, dict):
                found = found.get(step, _ABSENT)
            elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
                found = found[int(step)]
            else:
                return _ABSENT
        return found


class _Ready:
    """One rule, its patterns compiled."""

    __slots__ = ("_headers", "_media", "_members", "_methods", "_name", "_rule", "_statuses", "page")

    def __init__(self, name: str, rule: FaultRule) -> None:
        when = rule.when
        self._name = name
        self._rule = rule
        self._statuses = frozenset(n for status in when.status for n in _range(status))
        self._methods = frozenset(method.upper() for method in when.method)
        self._media = frozenset(media.lower() for media in when.media)
        self._headers = tuple((n.lower().encode("ascii"), _engine(name, p)) for n, p in when.header.items())
        self._members = tuple(_ReadyMember(name, member) for member in when.members)
        self.page = _engine(name, when.page) if when.page else None

    @property
    def kind(self) -> FaultClass:
        return self._rule.kind

    @property
    def statuses(self) -> frozenset[int]:
        return self._statuses

    def is_about(self, status: int) -> bool:
        return status in self._statuses

    def fits(self, look: _Look) -> bool:
        if self._methods and look.method not in self._methods:
            return False
        if self._media and look.media not in self._media:
            return False
        if self.page is not None and not (look.media in HTML_TYPES and self.knows(look.body)):
            return False
        if not all(any(map(engine.is_valid, look.values(name))) for name, engine in self._headers):
            return False
        return all(member.fits(look) for member in self._members)

    def knows(self, start: bytes) -> bool:
        return self.page is not None and self.page.is_valid(start[:PAGE_BYTES].decode("latin-1"))

    def told(self, status: int) -> Told:
        rule = self._rule
        effect: Effect = effect_of(status) if rule.effect == "by_status" else rule.effect
        return Told(self._name, rule.kind, effect, rule.renew, rule.retry, rule.not_there, self.page is not None)


class _ReadyMember:
    __slots__ = ("_engine", "_equals", "_needle", "_path")

    def __init__(self, rule: str, member: Member) -> None:
        self._path = tuple(part.replace("~1", "/").replace("~0", "~") for part in member.at[1:].split("/"))
        # Read before anything is parsed: most answers of a working system hold no such member.
        self._needle = f'"{self._path[0]}"'.encode()
        self._equals = frozenset(map(str, member.equals))
        self._engine = _engine(rule, member.matches) if member.matches else None

    def fits(self, look: _Look) -> bool:
        if self._needle not in look.body:
            return False
        value = look.member(self._path)
        if value is _ABSENT or value is None:
            return False
        if not self._equals and self._engine is None:
            return True
        if isinstance(value, bool) or not isinstance(value, str | int):
            return False
        text = str(value)
        return (not self._equals or text in self._equals) and (self._engine is None or self._engine.is_valid(text))


def _range(status: int | str) -> range:
    return (
        range(int(status[0]) * 100, int(status[0]) * 100 + 100)
        if isinstance(status, str)
        else range(status, status + 1)
    )


def _engine(rule: str, pattern: str) -> Engine:
    form, fault = linear_pattern(pattern)
    if fault:
        raise ValueError(f"the fault rule {rule} has a pattern that cannot be used: {fault}")
    return make_engine({"type": "string", "pattern": form})


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
