"""What each operation asks of its callers: the requirement in force, as alternatives of schemes with scopes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from governance.diff.change import Area, Effect
from governance.diff.walk.facts import Around, Comparison, Two
from governance.diff.walk.reading import Node, Reading
from governance.finding import Direction

_NONE: Final = Direction.NONE
_SECURITY: Final = Area.SECURITY
_STAYS_OPEN: Final = "calls without credentials stay allowed"
_NO_MORE: Final = "another alternative asks for no more"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Schemes that are asked for together, each with its scopes; none: everybody may call."""

    node: Node
    scopes: dict[str, frozenset[str]]

    @property
    def key(self) -> frozenset[tuple[str, frozenset[str]]]:
        """Equal for alternatives that ask for the same."""
        return frozenset(self.scopes.items())

    @property
    def text(self) -> str:
        """As a report shows it: `oauth (read, write) and key`."""
        parts = (
            f"{name} ({', '.join(sorted(scopes))})" if scopes else name for name, scopes in sorted(self.scopes.items())
        )
        return " and ".join(parts) or "none"

    def asks_no_more_than(self, other: "Alternative") -> bool:
        """Whether who can satisfy the other can satisfy this one."""
        return all(name in other.scopes and scopes <= other.scopes[name] for name, scopes in self.scopes.items())


@dataclass(frozen=True, slots=True)
class Requirement:
    """The alternatives in force, and where they are stated."""

    holder: Node
    alternatives: tuple[Alternative, ...]
    inherited: bool

    @property
    def is_open(self) -> bool:
        """Whether one of them lets everybody in."""
        return any(not alternative.scopes for alternative in self.alternatives)

    @property
    def text(self) -> str:
        """All of them in words."""
        return " or ".join(sorted(alternative.text for alternative in self.alternatives))


def in_force(reading: Reading, operation: Node, names: dict[str, str] | None, *, inherits: bool = True) -> Requirement:
    """The operation's own requirement, else the document's; nothing stated is an open one.

    `names` gives schemes their old names; `inherits` is false for what the API calls.
    """
    own = operation.child("security")
    inherited = not isinstance(own.value, list)
    holder = own
    if inherited:
        stated = reading.root.child("security")
        holder = stated if inherits and isinstance(stated.value, list) else Node(None, "" if inherits else operation.at)
    found = [_alternative(item, names) for item in holder.items()]
    return Requirement(holder, tuple(found) or (Alternative(holder, {}),), inherited)


def _alternative(item: Node, names: dict[str, str] | None) -> Alternative:
    if not isinstance(item.value, dict):
        return Alternative(item, {"": frozenset()})  # what cannot be read is never open
    found: dict[str, frozenset[str]] = {}
    written: dict[str, Any] = item.value
    for name, stated in written.items():
        scopes = [scope for scope in stated if isinstance(scope, str)] if isinstance(stated, list) else []
        found[name if names is None else names.get(name, name)] = frozenset(scopes)
    return Alternative(item, found)


def compare(comparison: Comparison, operation: Two, outside: Around) -> None:
    """The requirement of one operation. What the document states for all is one fact that reaches them."""
    inherits = not outside.turned
    schemes = comparison.schemes
    old = in_force(comparison.old, operation.old, None, inherits=inherits)
    new = in_force(comparison.new, operation.new, schemes.names, inherits=inherits)
    after = {name for alternative in new.alternatives for name in alternative.scopes}
    for name in sorted({name for alternative in old.alternatives for name in alternative.scopes} & after):
        schemes.used.setdefault(name, []).append(outside)
    if {one.key for one in old.alternatives} == {one.key for one in new.alternatives}:
        return
    around = replace(outside, identity="") if old.inherited and new.inherited else outside
    if old.is_open != new.is_open:
        effect = Effect.NARROWS if old.is_open else Effect.WIDENS
        _requirement(comparison, effect, Two(old.holder, new.holder), around, (old.text, new.text))
        return
    _alternatives(comparison, old, new, around)


def _requirement(
    comparison: Comparison, effect: Effect, two: Two, around: Around, texts: tuple[str, str], holds: str = ""
) -> None:
    comparison.state(
        _SECURITY, "requirement", effect, _NONE, two, around,
        old=texts[0], new=texts[1], subject="security", holds=holds,
    )  # fmt: skip


def _alternatives(comparison: Comparison, old: Requirement, new: Requirement, around: Around) -> None:
    known = {one.key for one in old.alternatives} & {one.key for one in new.alternatives}
    gone, came = (_unknown(side.alternatives, known) for side in (old, new))
    stays_open = _STAYS_OPEN if old.is_open else ""

    def holds(one: Alternative, besides: Alternative | None = None) -> str:
        others = (other for other in new.alternatives if other is not besides)
        return stays_open or (_NO_MORE if any(other.asks_no_more_than(one) for other in others) else "")

    for one in list(gone):
        partners = [other for other in came if other.scopes.keys() == one.scopes.keys()]
        if partners:
            other = max(partners, key=lambda partner: _shared_scopes(one, partner))
            gone.remove(one)
            came.remove(other)
            _scopes(comparison, one, other, around, holds(one, other))
    for one in list(gone):
        nearer = next((other for other in came if _ordered(one, other)), None)
        if nearer is not None:
            gone.remove(one)
            came.remove(nearer)
            effect = Effect.WIDENS if nearer.asks_no_more_than(one) else Effect.NARROWS
            two, texts = Two(one.node, nearer.node), (one.text, nearer.text)
            _requirement(comparison, effect, two, around, texts, holds(one, nearer) if effect is Effect.NARROWS else "")
    for one in gone:
        _alternative_fact(comparison, Effect.REMOVES, Two(one.node, Node(None, new.holder.at)), one, around, holds(one))
    for other in came:
        _alternative_fact(
            comparison, Effect.ADDS, Two(Node(None, old.holder.at), other.node), other, around, stays_open
        )


def _unknown(
    alternatives: Iterable[Alternative], known: set[frozenset[tuple[str, frozenset[str]]]]
) -> list[Alternative]:
    found = {one.key: one for one in alternatives if one.key not in known}
    return sorted(found.values(), key=lambda one: one.text)


def _ordered(one: Alternative, other: Alternative) -> bool:
    return one.asks_no_more_than(other) or other.asks_no_more_than(one)


def _shared_scopes(one: Alternative, other: Alternative) -> int:
    return sum(len(scopes & other.scopes[name]) for name, scopes in one.scopes.items())


def _alternative_fact(
    comparison: Comparison, effect: Effect, two: Two, alternative: Alternative, around: Around, holds: str
) -> None:
    old, new = (alternative.text, None) if effect is Effect.REMOVES else (None, alternative.text)
    comparison.state(
        _SECURITY, "alternative", effect, _NONE, two, around,
        old=old, new=new, subject=f"security {alternative.text}", holds=holds,
    )  # fmt: skip


def _scopes(comparison: Comparison, one: Alternative, other: Alternative, around: Around, holds: str) -> None:
    places = _by_scheme(one, comparison), _by_scheme(other, comparison)
    for name in sorted(one.scopes):
        before, after = places[0][name], places[1][name]
        for scope in sorted(one.scopes[name] ^ other.scopes[name]):
            removed = scope in one.scopes[name]
            two = (
                Two(_item(before, scope), Node(None, after.at))
                if removed
                else Two(Node(None, before.at), _item(after, scope))
            )
            comparison.state(
                _SECURITY, "scope", Effect.REMOVES if removed else Effect.ADDS, _NONE, two, around,
                old=scope if removed else None, new=None if removed else scope,
                subject=f"security {name} scope {scope}", holds="" if removed else holds,
            )  # fmt: skip


def _by_scheme(alternative: Alternative, comparison: Comparison) -> dict[str, Node]:
    node = alternative.node
    names = comparison.schemes.names
    return {
        names.get(name, name) if name not in alternative.scopes else name: node.child(name) for name in node.members
    }


def _item(node: Node, scope: str) -> Node:
    return next((item for item in node.items() if item.value == scope), node)
