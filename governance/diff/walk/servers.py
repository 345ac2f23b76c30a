"""Where an operation is called: the servers in force, by host, base path, scheme and variables."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from governance.diff.change import Area, Effect
from governance.diff.same import same
from governance.diff.walk import notes
from governance.diff.walk.facts import Around, Comparison, Two
from governance.diff.walk.paths import Item, plain_names, shape
from governance.diff.walk.reading import Node, Reading
from governance.finding import Direction

_NONE: Final = Direction.NONE
_SERVER: Final = Area.SERVER
_URL: Final = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)", re.DOTALL)
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_PORTS: Final = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Server:
    """One entry of `servers`. Its parts are those with the defaults of variables put in."""

    node: Node
    written: str
    scheme: str
    host: str
    base: str
    """The path, without a slash at the end."""

    @property
    def parts(self) -> tuple[str, str, str]:
        """What a call needs."""
        return self.scheme, self.host, self.base


@dataclass(frozen=True, slots=True)
class _Servers:
    """The servers in force; none where nothing is stated, which means `/`."""

    holder: Node
    servers: tuple[Server, ...]
    inherited: bool


def server_of(node: Node) -> Server:
    """Read one entry."""
    written = node.child("url").text
    variables = node.child("variables")

    def default(found: re.Match[str]) -> str:
        stated = variables.child(found[1]).child("default").value
        return found[0] if stated is None else str(stated)

    match = _URL.fullmatch(_VARIABLE.sub(default, written))
    scheme, host, path = match.groups() if match is not None else ("", "", written)
    scheme = (scheme or "").lower()
    host = (host or "").lower().removesuffix(_PORTS.get(scheme, "/"))
    base = path.removeprefix("./").strip("/")
    return Server(node, written, scheme, host, f"/{base}" if base and base != "." else "")


def in_force(reading: Reading, item: Item | None, operation: Node | None, *, inherits: bool = True) -> _Servers:
    """The servers of the operation, else of the path item, else of the document."""
    own = [operation.child("servers")] if operation is not None else []
    if item is not None:
        own.append(item.member("servers"))
    for holder in own:
        found = _listed(holder)
        if found:
            return _Servers(holder, _stated(found), inherited=False)
    root = reading.root.child("servers") if inherits else Node(None, operation.at if operation is not None else "")
    return _Servers(root, _stated(_listed(root)), inherited=True)


def _stated(servers: tuple[Server, ...]) -> tuple[Server, ...]:
    """None where they say what holds without them: one server at `/` (OpenAPI 3.1, 4.8.1)."""
    plain = len(servers) == 1 and servers[0].parts == ("", "", "") and servers[0].node.members.keys() == {"url"}
    return () if plain else servers


def _listed(holder: Node) -> tuple[Server, ...]:
    return tuple(server_of(item) for item in holder.items() if isinstance(item.members.get("url"), str))


def bases(comparison: Comparison) -> tuple[str, str]:
    """The base path of each document where all its servers have one, else empty."""
    found = []
    for reading in (comparison.old, comparison.new):
        all_bases = {server.base for server in in_force(reading, None, None).servers}
        found.append(all_bases.pop() if len(all_bases) == 1 else "")
    return found[0], found[1]


def compare_roots(comparison: Comparison) -> None:
    """The servers of the documents where there is no operation to compare them for."""
    old, new = in_force(comparison.old, None, None), in_force(comparison.new, None, None)
    _Pairing(comparison, old, new, Around(), ("", "")).state()


def compare(comparison: Comparison, items: tuple[Item, Item], operation: Two, outside: Around) -> None:
    """The servers of one operation. Where paths differ too, the whole address is what counts."""
    inherits = not outside.turned
    old = in_force(comparison.old, items[0], operation.old, inherits=inherits)
    new = in_force(comparison.new, items[1], operation.new, inherits=inherits)
    paths = items[0].path, items[1].path
    tails = (
        ("", "")
        if paths[0] == paths[1] or shape(paths[0]) == shape(paths[1])
        else (plain_names(paths[0]), plain_names(paths[1]))
    )
    key = (old.holder.at, new.holder.at, tails)
    if key in comparison.quiet:
        return
    before = comparison.stated
    around = replace(outside, identity="") if old.inherited and new.inherited else outside
    _Pairing(comparison, old, new, around, tails).state()
    if comparison.stated == before:
        comparison.quiet.add(key)


class _Pairing:
    """Two lists of servers for one operation: those that are the same, those that changed, those left over."""

    def __init__(
        self, comparison: Comparison, old: _Servers, new: _Servers, around: Around, tails: tuple[str, str]
    ) -> None:
        self.comparison = comparison
        self.old = old
        self.new = new
        self.around = around
        self.tails = tails

    def state(self) -> None:
        """All facts about them."""
        gone, came = list(self.old.servers), list(self.new.servers)
        tests: tuple[Callable[[Server, Server], bool], ...] = (
            lambda one, other: one.written == other.written and self._whole(one, 0) == self._whole(other, 1),
            lambda one, other: one.parts[:2] == other.parts[:2] and self._whole(one, 0) == self._whole(other, 1),
            lambda one, other: one.host == other.host and one.scheme == other.scheme,
            lambda one, other: one.host == other.host,
            lambda one, other: self._whole(one, 0) == self._whole(other, 1),
            lambda one, other: True,  # noqa: ARG005 - what is left is paired in its order
        )
        for test in tests:
            for one in list(gone):
                other = next((other for other in came if test(one, other)), None)
                if other is not None:
                    gone.remove(one)
                    came.remove(other)
                    self._pair(one, other)
        for one in gone:
            two = Two(one.node, Node(None, self.new.holder.at))
            self._fact(_kind(one, self.new), Effect.REMOVES, two, one.written, None, one.written)
        for other in came:
            two = Two(Node(None, self.old.holder.at), other.node)
            self._fact(_kind(other, self.old), Effect.ADDS, two, None, other.written, other.written)

    def _whole(self, server: Server, side: int) -> str:
        return server.base + self.tails[side]

    def _pair(self, one: Server, other: Server) -> None:
        two = Two(one.node, other.node)
        variables = _variables(two)
        if one.written != other.written or not variables:
            url = two.child("url")
            for kind, old, new in (("scheme", one.scheme, other.scheme), ("host", one.host, other.host)):
                if old != new:
                    effect = Effect.ADDS if not old else Effect.CHANGES if new else Effect.REMOVES
                    self._fact(kind, effect, url, old or None, new or None, one.written)
            if self._whole(one, 0) != self._whole(other, 1):
                self._fact("base-path", Effect.CHANGES, url, one.base or "/", other.base or "/", one.written)
        for name in variables:
            self._variable(name, two.child("variables").child(name), one.written)
        if not same(one.node.value, other.node.value):
            around = replace(
                self.around,
                identity=f"{self.around.identity} server {one.written}".strip(),
                where=f"server {other.written}",
            )
            notes.described(self.comparison, _SERVER, _NONE, two, around, ("description", "name"))

    def _variable(self, name: str, two: Two, url: str) -> None:
        if two.old.there != two.new.there:
            effect = Effect.ADDS if two.new.there else Effect.REMOVES
            self._fact("variable", effect, two, two.old.value, two.new.value, f"{url} variable {name}")
            return
        for key in ("default", "enum"):
            inner = two.child(key)
            old, new = _set(inner.old.value), _set(inner.new.value)
            if not same(old, new):
                self._fact("variable", Effect.CHANGES, inner, old, new, f"{url} variable {name} {key}")
        inner = two.child("description")
        if not same(inner.old.value, inner.new.value):
            effect = (
                Effect.CHANGES
                if inner.old.there and inner.new.there
                else Effect.ADDS
                if inner.new.there
                else Effect.REMOVES
            )
            self._fact("description", effect, inner, inner.old.value, inner.new.value, f"{url} variable {name}")

    def _fact(self, kind: str, effect: Effect, two: Two, old: object, new: object, words: str) -> None:
        self.comparison.state(
            _SERVER, kind, effect, _NONE, two, self.around, old=old, new=new, subject=f"server {words}"
        )


def _set(value: object) -> object:
    """The order of an enum is none."""
    return sorted(value, key=str) if isinstance(value, list) else value


def _variables(two: Two) -> list[str]:
    return sorted({str(name) for node in (two.old, two.new) for name in node.child("variables").members})


def _kind(server: Server, others: _Servers) -> str:
    """What is new about a server that the other document lacks."""
    if server.host not in {other.host for other in others.servers}:
        return "host"
    return "base-path" if server.base not in {other.base for other in others.servers} else "scheme"
