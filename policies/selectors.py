"""Refuses every selector of an entity that a call names itself, and every way to records that nothing proves.

On offers with pins only, and there whatever the modes say. The pins themselves are put in by `forward`.

State: none. A reload, a restart and a second worker change nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import unquote_to_bytes

from contracts.isolation import Isolation, fold
from contracts.parameters import cookies_of
from contracts.settings import Bounds
from policies.pinned_body import REFERENCE_NOT_PROVEN, look_through
from policies.pinned_options import OPTIONS, judge_option
from policies.pinned_problems import ENTITY_SELECTOR, OPTION_NOT_PROVEN, OPTION_UNREADABLE, beyond, selector
from policies.step import Answer, Call, Policy, Problem, Refusal, Route, Runtime, Step
from policies.undeclared_query import QUERY_NOT_DECLARED, not_declared, shown_name

_USUAL: Final = frozenset({"accept", "connection", "date", "expect", "from", "host", "origin", "prefer", "range",
                           "referer", "te", "upgrade", "user-agent", "via", "warning"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selectors:
    """Of `bounds` it takes the depth of JSON, and the size above which a body is looked through off the loop."""

    bounds: Bounds
    refuses: ClassVar[tuple[Problem, ...]] = (
        ENTITY_SELECTOR, OPTION_NOT_PROVEN, OPTION_UNREADABLE, REFERENCE_NOT_PROVEN, QUERY_NOT_DECLARED,
    )  # fmt: skip

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:
        """The names to look for are folded once."""
        isolation, operation = route.isolation, route.operation
        if isolation is None:
            return inner
        pins = isolation.pins
        names = {fold(name).removeprefix("$") for name in
                 (*pins.path, *pins.query, *pins.header, *pins.places.members)}  # fmt: skip
        in_query = frozenset(names - {fold(name.decode()) for name in operation.query_names})
        in_head = frozenset(names - _USUAL - {fold(name.decode()) for name in operation.header_names})
        in_head |= {fold(name) for name in pins.header}
        off_loop, depth = self.bounds.off_loop_bytes, self.bounds.json_depth

        async def selectors(call: Call) -> Answer:
            try:
                if call.query:
                    _query(call.query, isolation, in_query, operation.query_names)
                _head(call.headers, in_head)
                if call.body and isinstance(call.body, bytes):
                    if len(call.body) > off_loop:
                        await runtime.offload(look_through, call.body, isolation, depth)
                    else:
                        look_through(call.body, isolation, depth)
            except Refusal as refusal:
                runtime.count("pin_refused", api=operation.api, problem=refusal.problem.name)
                raise
            return await inner(call)

        return selectors


def _query(query: bytes, isolation: Isolation, names: frozenset[str], declared: frozenset[bytes]) -> None:
    odata = isolation.protocol != "rest"
    seen: set[str] = set()
    for part in query.split(b"&"):
        raw, _, value = part.partition(b"=")
        if not part:
            continue
        name, text = _decoded(raw), _decoded(value)
        folded = fold(name)
        plain = folded.lstrip("$ ")
        if plain in names or re.split(r"[\[.]", plain, maxsplit=1)[0] in names or "%" in name:
            raise selector(name, "query")
        if not odata:
            continue
        if plain in OPTIONS or folded.startswith(("$", "@")):
            if name != f"${plain}" or name.encode() not in declared or not OPTIONS.get(plain, False):
                raise _not_taken(name, plain, declared)
            if plain in seen:
                raise Refusal(OPTION_UNREADABLE, f"`${plain}` is given more than once: give it once.", fault="gateway")
            seen.add(plain)
            judge_option(plain, text, isolation)


def _not_taken(name: str, plain: str, declared: frozenset[bytes]) -> Refusal:
    """What reaches beyond the record is told as such; any other name, as one that the contract does not know."""
    if not OPTIONS.get(plain, True) or name.startswith("@"):
        return beyond(name)
    taken = (one for one in declared if OPTIONS.get(fold(one.decode()).lstrip("$"), True))
    return not_declared(shown_name(name.encode()), taken)


def _decoded(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(OPTION_UNREADABLE, "The query is not UTF-8.", fault="gateway") from None


def _head(headers: Mapping[bytes, bytes], names: frozenset[str]) -> None:
    for name in headers:
        if fold(name.decode("latin-1")) in names:
            raise selector(name.decode("latin-1"), "head")
    for cookie in cookies_of(headers.get(b"cookie", b"")):
        if fold(cookie).lstrip("$") in names:
            raise selector(cookie, "cookies")


_guard: type[Policy] = Selectors
