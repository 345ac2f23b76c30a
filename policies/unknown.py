"""What a message holds that its contract does not name: taken out, refused, or told, as `policies/modes.yaml` says.

`strip` is no judgement: it holds whatever the modes say. What was asked to be refused goes through the modes like any
violation, under the rule `undeclared`. State: none.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from contracts.described_bodies import ItemLook, Looked, NotToldApartError
from contracts.items import ItemKind
from contracts.judgement import Judgement, Location, Violation
from contracts.judging_values import shown_name
from contracts.modes import Undeclared, UnknownRule
from contracts.parameters import cookies_of
from contracts.rule_names import UNDECLARED
from policies.item_stream import ItemStream
from policies.step import DIGESTS, Answer, Call, Route, Runtime
from policies.strictness import Judged, UnknownSetting, unknown_setting

_CLOSED: Final = frozenset({"additionalProperties", "unevaluatedProperties"})


@dataclass(frozen=True, slots=True)
class Unknown:
    """What was found in one message."""

    refuse: tuple[Violation, ...] = ()
    note: tuple[Violation, ...] = ()
    """To be told, whatever the modes say."""
    unchecked: str = ""
    """Why members could not be told apart."""
    then: Literal["refused", "as the mode says", "let through"] = "let through"
    """What becomes of a message whose members could not be told apart."""
    stripped: bool = False
    items: "Items | None" = None
    """What looks at the items of a stream, one by one."""

    def with_(self, judgement: Judgement) -> Judgement:
        """The judgement with what is to be refused; what the contract itself rules out is told once."""
        known = {v.pointer for v in judgement.violations if v.location == "body" and v.rule in _CLOSED}
        more = tuple(v for v in self.refuse if v.location != "body" or v.pointer not in known)
        reason = judgement.reason or (self.unchecked if self.then == "as the mode says" else "")
        if not more and reason == judgement.reason:
            return judgement
        violations = judgement.violations + more
        return Judgement("violates" if violations else "could_not_check", violations, reason)


@dataclass(frozen=True, slots=True)
class Items:
    """`look` gives what was found in one item, and the bytes that go out."""

    kind: ItemKind
    look: Callable[[bytes], Awaitable[tuple[Unknown, bytes]]]
    too_long: Unknown

    async def watch(self, answer: Answer, most: int, told: Callable[[Unknown], Awaitable[None]]) -> None:
        """Let the answer go out item by item. `told` raises where what was found refuses it."""
        body = answer.body
        if isinstance(body, bytes):
            return

        async def check(piece: bytes) -> bytes:
            found, left = await self.look(piece)
            if found is not NONE:
                await told(found)
            return left

        async def too_long() -> None:
            await told(self.too_long)

        answer.body = stream = ItemStream(body, self.kind, most, check, too_long)
        await stream.begin()


NONE: Final = Unknown()
LookAtRequest = Callable[[Call], Awaitable[Unknown]]
LookAtAnswer = Callable[[Call, Answer, bool], Awaitable[Unknown]]
"""The last says whether the answer is judged; it is stripped in any case."""


def setting_of(unknown: Sequence[UnknownRule], route: Route, judged: Judged) -> UnknownSetting:
    """What holds for one direction of a route. Isolation refuses what it does not know: nothing is cut for it."""
    setting = unknown_setting(unknown, judged)
    if setting.members == "strip" and judged.direction == "request" and route.isolation is not None:
        return replace(setting, members="refuse")
    return setting


def bind_requests(setting: UnknownSetting, route: Route, runtime: Runtime, off_loop: int) -> LookAtRequest | None:
    """None where nothing is asked."""
    operation = route.operation
    if setting.members == "allow" and setting.headers == "strip" and setting.cookies == "strip":
        return None
    bodies = operation.described_requests(route.system.protocol) if setting.members != "allow" else None
    told = _Told(setting, runtime, "request", operation.api, operation.operation_id)
    families, declared, cookies = setting.families, operation.header_names, operation.cookie_names
    at = operation.pointer

    async def look(call: Call) -> Unknown:
        body = call.body if isinstance(call.body, bytes) else None
        found = NONE
        if bodies is not None:
            found, stripped = await told.body(lambda: bodies.look(call.headers, body), len(body or b"") > off_loop)
            if stripped is not None:
                call.body = stripped
        if setting.headers != "strip":
            names = [n.decode("latin-1") for n in call.headers if n.startswith(families) and n not in declared]
            found = _more(found, setting.headers, "header", names, at)
        if setting.cookies != "strip":
            sent = cookies_of(call.headers.get(b"cookie", b""))
            names = [name for name in sent if name.encode("latin-1") not in cookies]
            found = _more(found, setting.cookies, "cookie", names, at)
        return found

    return look


def bind_answers(setting: UnknownSetting, route: Route, runtime: Runtime, off_loop: int) -> LookAtAnswer | None:
    """None where nothing is asked."""
    operation = route.operation
    if setting.members == "allow" and setting.headers == "strip":
        return None
    bodies = operation.described_answers(route.system.protocol) if setting.members != "allow" else None
    told = _Told(setting, runtime, "answer", operation.api, operation.operation_id)
    strips = setting.members == "strip"

    async def look(call: Call, answer: Answer, judged: bool) -> Unknown:
        found = NONE
        if bodies is not None and (judged or strips) and call.method != "HEAD":
            body = answer.body if isinstance(answer.body, bytes) else None
            items = bodies.items(answer.status, answer.headers) if body is None else None
            if items is not None:
                found = Unknown(items=told.items(items, off_loop))
                if strips:
                    answer.headers = [header for header in answer.headers if header[0] not in DIGESTS]
            else:
                found, stripped = await told.body(
                    lambda: bodies.look(answer.status, answer.headers, body), len(body or b"") > off_loop
                )
                if stripped is not None:
                    answer.rewrite(stripped)
        if judged and answer.undeclared:
            names = [name.decode("latin-1") for name in answer.undeclared]
            found = _more(found, setting.headers, "header", names, operation.pointer)
        return found

    return look


class _Told:
    """What is done with what was found in a body, by one setting."""

    def __init__(self, setting: UnknownSetting, runtime: Runtime, direction: str, api: str, operation: str) -> None:
        self._setting = setting
        self._runtime = runtime
        self._names = {"direction": direction, "api": api, "operation": operation}

    async def body(self, look: Callable[[], Looked], large: bool) -> tuple[Unknown, bytes | None]:
        """What was found, and the body without it where it is to be stripped."""
        setting = self._setting

        def work() -> tuple[Looked, bytes | None]:
            looked = look()
            strips = setting.members == "strip" and looked.without is not None
            return looked, looked.without() if strips and looked.without is not None else None

        try:
            looked, stripped = await self._runtime.offload(work) if large else work()
        except NotToldApartError as error:
            return self._not_told_apart(str(error)), None
        if not looked.violations:
            return NONE, None
        if setting.members == "strip" and stripped is None:
            return self._not_told_apart("an unknown member cannot be taken out of a body of this form"), None
        if stripped is not None:
            self._runtime.count("members_stripped", **self._names)
            return Unknown(stripped=True), stripped
        if setting.members == "refuse":
            return Unknown(refuse=looked.violations), None
        return Unknown(note=looked.violations), None

    def items(self, items: ItemLook, off_loop: int) -> Items:
        """As `body`, of each item of a stream."""

        async def look(piece: bytes) -> tuple[Unknown, bytes]:
            found, stripped = await self.body(lambda: items.look(piece), len(piece) > off_loop)
            return found, piece if stripped is None else stripped

        return Items(items.kind, look, self._not_told_apart("an item of the answer is too large to be looked through"))

    def _not_told_apart(self, reason: str) -> Unknown:
        setting = self._setting
        if setting.members == "report" or not setting.refuse_unchecked:
            return Unknown(unchecked=reason)
        return Unknown(unchecked=reason, then="refused" if setting.members == "strip" else "as the mode says")


def _more(found: Unknown, how: Undeclared, location: Location, names: Iterable[str], pointer: str) -> Unknown:
    words = f"the contract does not declare this {location}"
    more = tuple(Violation(location, shown_name(name), UNDECLARED, words, pointer) for name in names)
    if not more:
        return found
    if how == "refuse":
        return replace(found, refuse=found.refuse + more)
    return replace(found, note=found.note + more)
