"""Names that classes had in an earlier package: a schema that got another name keeps its old one as well.

Giving an inline schema a name, or a component another one, changes no message; code that names its class goes on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Final, Literal

from codegen.description import ClientDescription, Operation
from codegen.shapes.shape import ListOf, MapOf, Named, ObjectShape, OneOf, Shape

Space = Literal["models", "inputs", "enums"]
Former = Mapping[Space, Mapping[str, str]]
"""By module: the former name, and the present one."""
NONE: Final[Former] = {}


@dataclass(slots=True)
class _Walk:
    """Both descriptions side by side, from what operations send and get."""

    old: Mapping[str, ObjectShape]
    new: Mapping[str, ObjectShape]
    space: Space
    met: dict[tuple[str, str], None] = field(default_factory=dict)
    found: dict[Space, dict[str, str]] = field(default_factory=dict)

    def pair(self, old: Shape | None, new: Shape | None) -> None:
        """Follow one place of both."""
        waiting: list[tuple[Shape | None, Shape | None]] = [(old, new)]
        while waiting:
            one, other = waiting.pop()
            if isinstance(one, Named) and isinstance(other, Named) and one.of == other.of:
                self._named(one, other, waiting)
            elif isinstance(one, ListOf) and isinstance(other, ListOf):
                waiting.append((one.item, other.item))
            elif isinstance(one, MapOf) and isinstance(other, MapOf):
                waiting.append((one.value, other.value))
            elif isinstance(one, OneOf) or isinstance(other, OneOf):
                waiting += _alike(one, other)

    def _named(self, one: Named, other: Named, waiting: list[tuple[Shape | None, Shape | None]]) -> None:
        key = (one.name, other.name)
        if key in self.met:
            return
        self.met[key] = None
        space: Space = "enums" if one.of == "enum" else self.space
        if one.name != other.name:
            self.found.setdefault(space, {}).setdefault(one.name, other.name)
        if one.of == "object":
            after = {member.wire: member.shape for member in self.new[other.name].members}
            waiting += [(member.shape, after.get(member.wire)) for member in self.old[one.name].members]


def _alike(one: Shape | None, other: Shape | None) -> Iterator[tuple[Shape | None, Shape | None]]:
    """Alternatives of the same kind, in their order."""
    olds = one.parts if isinstance(one, OneOf) else (one,)
    news = other.parts if isinstance(other, OneOf) else (other,)
    for kind in (Named, ListOf, MapOf):
        yield from zip(
            [part for part in olds if isinstance(part, kind)], [part for part in news if isinstance(part, kind)],
            strict=False,
        )  # fmt: skip


def former_names(old: ClientDescription, new: ClientDescription, kept: Former = NONE) -> Former:
    """What classes were called before; `kept` are names of packages before that one."""
    received = _Walk({one.name: one for one in old.received}, {one.name: one for one in new.received}, "models")
    sent = _Walk({one.name: one for one in old.sent}, {one.name: one for one in new.sent}, "inputs")
    after = {(one.method, one.path): one for one in new.operations}
    for before in old.operations:
        now = after.get((before.method, before.path))
        if now is not None:
            _operation(before, now, received, sent)
    found: dict[Space, dict[str, str]] = {}
    for space, names in (*received.found.items(), *sent.found.items()):
        found.setdefault(space, {}).update(names)
    for space, earlier in kept.items():
        step = found.get(space, {})
        for name, present in earlier.items():
            found.setdefault(space, {}).setdefault(name, step.get(present, present))
    return still_free(found, new)


def still_free(former: Former, description: ClientDescription) -> Former:
    """Those whose own name nobody has now, and whose present name somebody has."""
    present: Mapping[Space, set[str]] = {
        "models": {one.name for one in description.received},
        "inputs": {one.name for one in description.sent},
        "enums": {one.name for one in description.enums},
    }
    return {
        space: {
            name: now
            for name, now in sorted(names.items())
            if name.isidentifier() and not iskeyword(name) and name not in present[space] and now in present[space]
        }
        for space, names in sorted(former.items())
        if space in present
    }


def _operation(before: Operation, now: Operation, received: _Walk, sent: _Walk) -> None:
    arguments = {(one.location, one.wire): one.shape for one in now.arguments}
    for argument in before.arguments:
        sent.pair(argument.shape, arguments.get((argument.location, argument.wire)))
    if before.payload is not None and now.payload is not None:
        sent.pair(before.payload.shape, now.payload.shape)
    for olds, news in ((before.successes, now.successes), (before.failures, now.failures)):
        shapes = {one.status: one.shape for one in news}
        for outcome in olds:
            received.pair(outcome.shape, shapes.get(outcome.status))
