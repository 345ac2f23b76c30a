"""What the walk gathers. A fact about a part that many operations share is one change that reaches them all."""

from dataclasses import dataclass, replace
from typing import Any, Final

from contracts.bundle import MEMBER
from governance.diff.change import NO_TRAITS, Area, Change, Effect, Outcome, Traits
from governance.diff.digests import Digests
from governance.diff.same import same
from governance.diff.sites import SchemaSite, Walked
from governance.diff.walk.reading import Node, Reading
from governance.diff.walk.scheme_pairs import SchemePairs
from governance.finding import Direction, Use

_SHORT: Final = 200
_COMPONENT: Final = 4
"""Tokens of `/components/parameters/limit`, with the empty one at its front."""
_STABLE: Final = {"draft": 0, "alpha": 1, "beta": 2}


@dataclass(frozen=True, slots=True)
class Two:
    """What stands at one place of the contract, in each document."""

    old: Node
    new: Node

    def child(self, key: str) -> "Two":
        """A member on both sides, as it is written."""
        return Two(self.old.child(key), self.new.child(key))


@dataclass(frozen=True, slots=True)
class Around:
    """What a fact is about: the operation, and the way from there."""

    method: str = ""
    path: str = ""
    """Of the newer document; both are empty outside of operations."""
    where: str = ""
    """Which message and which part of it, as `Use.where` says it."""
    identity: str = ""
    """The way by names that stay: no numbers of lists, no names of path parameters."""
    traits: Traits = NO_TRAITS
    turned: bool = False
    """In callbacks and webhooks: what is sent there is what callers of the API receive."""

    @property
    def sent(self) -> Direction:
        """The direction of requests."""
        return Direction.RESPONSE if self.turned else Direction.REQUEST

    @property
    def received(self) -> Direction:
        """The direction of answers."""
        return Direction.REQUEST if self.turned else Direction.RESPONSE

    def inside(self, words: str, names: str = "", traits: Traits | None = None) -> "Around":
        """A part further inside; `names` where what identifies it is not what people read."""
        where = f"{self.where} {words}".strip()
        identity = f"{self.identity} {names or words}".strip()
        return replace(self, where=where, identity=identity, traits=self.traits if traits is None else traits)

    def use(self, direction: Direction) -> tuple[Use, ...]:
        """The operation as a change reaches it; none outside of operations."""
        return (Use(self.method, self.path, direction, self.where),) if self.method or self.path else ()


def shared(before: Two, after: Two, around: Around) -> Around:
    """Behind references on both sides a fact is named by the component, whichever operation comes first."""
    tokens = after.old.at.split("/")
    if before.old.at == after.old.at or before.new.at == after.new.at or tokens[-1].isdecimal():
        return around
    if tokens[1] == "components" and len(tokens) == _COMPONENT:
        return replace(around, identity=" ".join(tokens[2:]))
    return replace(around, identity=f"file {tokens[-1]}") if tokens[1] == MEMBER else around


_Key = tuple[Area, str, Effect, Direction, str, str]


class Comparison:
    """Both documents, and what was found between them so far."""

    def __init__(self, old: Reading, new: Reading, digests: tuple[Digests, Digests]) -> None:
        self.old = old
        self.new = new
        self.digests = digests
        self.walked = Walked()
        self.schemes = SchemePairs(old, new)
        self.stated = 0
        """How many facts were stated, each as often as it was met."""
        self.quiet: set[tuple[object, ...]] = set()
        """Places that were found to be the same, for those who meet them often."""
        self.alike = old.version == new.version and all(
            same(old.root.value.get(key), new.root.value.get(key)) for key in ("jsonSchemaDialect", "$self")
        )
        """Whether equal text means the same in both documents."""
        self._found: dict[_Key, tuple[Change, dict[Use, None]]] = {}

    def follow(self, two: Two) -> Two:
        """References followed on both sides."""
        return Two(self.old.follow(two.old), self.new.follow(two.new))

    def child(self, two: Two, key: str) -> Two:
        """A mapping on both sides, references followed."""
        return Two(self.old.child(two.old, key), self.new.child(two.new, key))

    def unchanged(self, two: Two) -> bool:
        """Whether both sides are known to state the same, with everything that they reach."""
        return self.alike and self.digests[0].of(two.old.at) == self.digests[1].of(two.new.at)

    def state(
        self,
        area: Area,
        kind: str,
        effect: Effect,
        direction: Direction,
        two: Two,
        around: Around,
        *,
        old: Any = None,
        new: Any = None,
        subject: str = "",
        names: str = "",
        holds: str = "",
    ) -> None:
        """One fact. `subject` is what people read, `names` what identifies it there, a space for nothing but `around`.

        Both are asked for where it is about more than `around` says. `holds`: why nobody fails.
        """
        self.stated += 1
        key = (area, kind, effect, direction, two.old.at, two.new.at)
        use = around.use(direction)
        if key in self._found:
            change, reach = self._found[key]
            for one in use:
                reach[one] = None
            together = combined(change.traits, around.traits)
            if together != change.traits:
                self._found[key] = (replace(change, traits=together), reach)
            return
        identity = " ".join(part for part in (around.identity, names.strip() if names else subject, kind) if part)
        change = Change(
            area, kind, effect, direction, two.old.at, two.new.at, short(old), short(new),
            subject or around.where or f"{around.method} {around.path}".strip(), (), around.traits,
            outcome=Outcome.HOLDS if holds else Outcome.NOT_ASKED, reason=holds, identity=identity,
        )  # fmt: skip
        self._found[key] = (change, dict.fromkeys(use))

    def value(self, area: Area, kind: str, direction: Direction, two: Two, around: Around, subject: str = "") -> None:
        """A value that was added, removed or changed; nothing where it is the same."""
        if not same(two.old.value, two.new.value):
            self.state(
                area, kind, effect_of(two), direction, two, around,
                old=two.old.value, new=two.new.value, subject=subject,
            )  # fmt: skip

    def schema(self, two: Two, direction: Direction, around: Around, *, text: bool = False) -> None:
        """A place where schemas are to be compared; none where neither side states one, or both state the same."""
        old, new = (node.at if node.there else None for node in (two.old, two.new))
        if (old is None and new is None) or (old is not None and new is not None and self.unchanged(two)):
            return
        use = Use(around.method, around.path, direction, around.where)
        self.walked.sites.append(SchemaSite(direction, old, new, use, text, around.traits))

    def finish(self) -> Walked:
        """All that was found."""
        self.walked.changes = [replace(change, reach=tuple(reach)) for change, reach in self._found.values()]
        return self.walked


def effect_of(two: Two) -> Effect:
    """What happened to something that differs."""
    if not two.old.there:
        return Effect.ADDS
    return Effect.CHANGES if two.new.there else Effect.REMOVES


def short(value: Any) -> Any:
    """The value where a report can show it; None for a long one."""
    if isinstance(value, str):
        return value if len(value) <= _SHORT else f"{value[: _SHORT - 1]}…"
    if isinstance(value, dict | list):
        return value if len(repr(value)) <= _SHORT else None
    return value


def combined(one: Traits, other: Traits) -> Traits:
    """What can be said of two operations that share a part: the stricter of the two."""
    if one == other:
        return one
    return Traits(
        deprecated_old=one.deprecated_old and other.deprecated_old,
        deprecated_new=one.deprecated_new and other.deprecated_new,
        sunset_old=one.sunset_old if one.sunset_old == other.sunset_old else "",
        sunset_new=one.sunset_new if one.sunset_new == other.sunset_new else "",
        stability_old=_steadier(one.stability_old, other.stability_old),
        stability_new=_steadier(one.stability_new, other.stability_new),
        tags=tuple(dict.fromkeys((*one.tags, *other.tags))),
        required=one.required or other.required,
        has_default=one.has_default and other.has_default,
        read_only=one.read_only and other.read_only,
        write_only=one.write_only and other.write_only,
    )


def _steadier(one: str, other: str) -> str:
    """What promises more; nothing said promises as much as `stable`."""
    return max((one, other), key=lambda level: _STABLE.get(level, 3))
