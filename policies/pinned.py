"""A call on an offer with pins: they are put in, the record is proven before a write, the answer before it leaves."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from contracts.isolation import Isolation
from contracts.odata import quoted_parameters
from contracts.settings import Bounds
from policies.discard import discard
from policies.fault_refusals import RECORD_NOT_THERE
from policies.hidden import Hidden
from policies.pinned_body import BODY_NOT_PROVEN, settle
from policies.pinned_query import PinnedQuery
from policies.proof import NotProvenError, etag_of, is_own, prove, records_of, without_members
from policies.put_in import put_in
from policies.step import Answer, Body, Call, Header, Problem, Refusal, Route, Runtime, Step

ANSWER_NOT_PROVEN = Problem(
    "answer-not-proven",
    502,
    "Nothing proves that the system's answer is the entity's own",
    "The system is at fault, not the call. For writes look at `effect` before sending it again. Report it with the "
    "correlation id.",
)
PROOF_FAILED = Problem(
    "proof-failed",
    502,
    "The system did not say whose the record is",
    "Nothing was written. Try again later.",
)
CONDITION_NEEDED = Problem(
    "condition-needed",
    428,
    "A change needs a condition",
    "Read the record, and send its ETag as `If-Match`.",
)
RECORD_CHANGED = Problem(
    "record-changed",
    412,
    "The record is another one than the condition says",
    "Read the record again, and decide again.",
)
CONDITION_UNREADABLE = Problem(
    "condition-unreadable",
    400,
    "A condition cannot be read",
    "Send the ETag as it came, with its quotes and a leading `W/` where it has one, or `*`. The detail names the "
    "header.",
)
PINNED_REFUSES = (
    BODY_NOT_PROVEN, RECORD_NOT_THERE, ANSWER_NOT_PROVEN, PROOF_FAILED, CONDITION_NEEDED, CONDITION_UNREADABLE,
    RECORD_CHANGED,
)  # fmt: skip


class Ready(NamedTuple):
    """A message that is ready to go, but for what the system's chain adds. `held`: bytes of the answer to hold."""

    call: Call
    method: str
    target: bytes
    headers: tuple[Header, ...]
    body: Body
    held: int


class Ways(NamedTuple):
    """What `forward` lends."""

    checked: Callable[[Call], bytes]
    """The caller's query with its `?`, once all that is never sent on was refused."""
    head_of: Callable[[Call], tuple[Header, ...]]
    ask: Callable[[Ready], Awaitable[Answer]]
    """Send it; the answer has no header that may not leave."""


_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_CONDITIONS: Final = frozenset(
    {b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range", b"range"}
)
_SPELLED: Final = {b"if-match": "If-Match", b"if-none-match": "If-None-Match"}
_NAME_TAGS: Final = frozenset(_SPELLED)
_TAGS: Final = re.compile(r'\s*+(?:\*|(?:\s*+(?:W/)?"[^"]*+"\s*+,?)++)\s*+')
"""As `_names` reads them: what fits no such list could match nothing."""
_OURS: Final = frozenset({b"if-match"})
_CONTEXT: Final = re.compile(rb'@(?:odata\.)?context"\s*+:\s*+("[^"\\]*+(?:\\.[^"\\]*+)*+")')
"""Where an answer in OData JSON says what it holds, and of whom where the address is pinned."""
_PREFER: Final = re.compile(rb"(?:odata\.)?maxpagesize=[0-9]{1,9}|return=(?:minimal|representation)", re.IGNORECASE)
_LIMITS: Final = frozenset({401, 407, 408, 425, 429})
"""The system's own troubles: they say nothing of the record."""


def bind_pinned(
    route: Route, isolation: Isolation, runtime: Runtime, bounds: Bounds, query: PinnedQuery, ways: Ways
) -> Step:
    """The step of one operation on one pinned offer."""
    return _Pinned(route, isolation, runtime, bounds, query, ways).step


class _Pinned:
    def __init__(
        self, route: Route, isolation: Isolation, runtime: Runtime, bounds: Bounds, query: PinnedQuery, ways: Ways
    ) -> None:
        operation = route.operation
        self._operation = operation
        self._isolation = isolation
        self._runtime = runtime
        self._query = query
        self._ways = ways
        self._held = bounds.answer_body_bytes if isolation.record is not None else operation.answer_bound
        self._depth = bounds.json_depth
        self._off_loop = bounds.off_loop_bytes
        self._template = _pieces(isolation.template, isolation)
        self._parent = _pieces(isolation.parent, isolation) if isolation.parent else None
        self._members = isolation.pins.places.members
        self._pin_head = tuple((name.lower().encode(), value.encode()) for name, value in isolation.pins.header.items())
        says = isolation.record is None and isolation.protocol == "odata-v4"
        self._addresses = Hidden(isolation.pins, isolation.templates) if says else None
        self._by_key = isolation.how == "own" and not isolation.lists and operation.safe

    async def step(self, call: Call) -> Answer:
        isolation = self._isolation
        guarded = isolation.guarded
        if guarded and isolation.asks_condition and b"if-match" not in call.headers:
            raise Refusal(CONDITION_NEEDED, fault="gateway")
        for header in _NAME_TAGS & self._operation.header_names & call.headers.keys():
            if not _TAGS.fullmatch(call.headers[header].decode("latin-1")):
                said = f"{_SPELLED[header]} is no ETag: send it as it came, with its quotes, or `*`."
                raise Refusal(CONDITION_UNREADABLE, said, fault="gateway")
        path = _filled(self._template, self._values(call))
        query = self._query.of(call, self._ways.checked(call)[1:])
        if isinstance(call.body, bytes) and call.body:
            await self._settled(call.body, call)
        parent: Mapping[str, Any] = {}
        more: tuple[Header, ...] = ()
        if self._parent is not None:
            parent, etag = await self._read(call)
            if guarded or (not self._operation.safe and b"if-match" in call.headers):
                more = self._condition(call, etag)
        body = call.body
        if isolation.put_in and isinstance(body, bytes):
            if not body:
                raise Refusal(BODY_NOT_PROVEN, "It is empty, so nothing in it can name the entity.", fault="gateway")
            body = put_in(body, isolation.put_in)
        head = (*self._head(call), *more)
        answer = await self._ways.ask(Ready(call, self._operation.method, path + query, head, body, self._held))
        if isolation.record is None:
            if call.method == "HEAD" and not isinstance(answer.body, bytes):
                await discard(answer.body)
                answer.body = b""
            self._not_anothers(answer)
            return self._stripped(answer)
        return await self._proven(call, answer, parent)

    def _not_anothers(self, answer: Answer) -> None:
        """Its address proves an answer, unless it says itself that it is another entity's. Raises Refusal."""
        if self._addresses is None or answer.status >= 300 or not isinstance(answer.body, bytes):
            return
        for found in _CONTEXT.finditer(answer.body):
            try:
                text = str(json.loads(found[1]))
            except ValueError:
                continue
            if self._addresses.of_another(text.partition("#")[2]):
                raise self._unproven(answer, "It says that it is another entity's.", own=True)

    async def _settled(self, body: bytes, call: Call) -> None:
        if len(body) > self._off_loop:
            await self._runtime.offload(settle, body, call.headers, self._isolation, self._depth)
        else:
            settle(body, call.headers, self._isolation, self._depth)

    def _values(self, call: Call) -> dict[str, bytes]:
        return dict(zip(self._operation.path_names, call.values, strict=True))

    def _head(self, call: Call, *, reads: bool = False) -> tuple[Header, ...]:
        """The outgoing head with pins in it.

        A read goes without conditions, which are judged here once the record is proven; a write with those that can
        only keep it from being carried out.
        """
        head: list[Header] = []
        dropped = _CONDITIONS if reads or self._operation.safe else _OURS if self._parent is not None else frozenset()
        for name, value in self._ways.head_of(call):
            if name == b"prefer":
                kept = b", ".join(_PREFER.findall(value))
                if kept and not reads:
                    head.append((name, kept))
            elif self._isolation.record is None:
                head.append((name, value))
            elif name == b"accept":
                head.append((name, b"application/json"))
            elif name not in dropped and not (reads and name in (b"content-type", b"content-length")):
                head.append((name, value))
        return (*head, *self._pin_head)

    async def _read(self, call: Call) -> tuple[Mapping[str, Any], str]:
        """The record that says whose it is, and its ETag: one exchange of its own. Raises Refusal."""
        isolation = self._isolation
        assert self._parent is not None
        assert isolation.record is not None
        path = _filled(self._parent, self._values(call))
        target = path + self._query.of_proof()
        answer = await self._ways.ask(Ready(call, "GET", target, self._head(call, reads=True), b"", self._held))
        if answer.status >= 500 or answer.status in _LIMITS:
            await discard(answer.body)
            raise Refusal(PROOF_FAILED, fault="system", headers=_wait(answer))
        record: Mapping[str, Any] = {}
        if answer.status == 200 and isinstance(answer.body, bytes):
            try:
                found = records_of(answer.body, isolation, self._depth)
            except NotProvenError:
                found = []
            record = found[0] if len(found) == 1 else {}
        else:
            await discard(answer.body)
        if not is_own(record, isolation.record):
            if record:
                self._note("foreign")
            raise Refusal(RECORD_NOT_THERE, fault="business")
        etag = next((value.decode("latin-1") for name, value in answer.headers if name == b"etag"), "")
        return record, etag or etag_of(record)

    def _condition(self, call: Call, etag: str) -> tuple[Header, ...]:
        """`If-Match` with the ETag of what was proven, whatever the caller's own says."""
        assert self._isolation.record is not None
        stated = call.headers.get(b"if-match")
        if stated is not None and etag and not _names(stated.decode("latin-1"), etag):
            raise Refusal(RECORD_CHANGED, fault="business")
        if etag:
            return ((b"if-match", etag.encode("latin-1")),)
        if self._isolation.record.unchanging and stated is None:
            return ()
        raise Refusal(PROOF_FAILED, "The record has no ETag.", fault="system")

    async def _proven(self, call: Call, answer: Answer, parent: Mapping[str, Any]) -> Answer:
        """The answer, or a refusal that is the same for another entity's record and for none."""
        isolation = self._isolation
        if answer.status >= 300:
            return await self._refused(call, answer)
        body = answer.body
        if not isinstance(body, bytes):
            await discard(body)
            raise self._unproven(answer, "It is too large to be looked through.", own=False)
        if not body.strip():
            if self._by_key:  # a head alone proves nothing
                raise Refusal(RECORD_NOT_THERE, fault="business")
            return answer
        try:
            if len(body) > self._off_loop:
                records = await self._runtime.offload(prove, body, isolation, parent, self._depth)
                answer.rewrite(await self._runtime.offload(without_members, body, self._members))
            else:
                records = prove(body, isolation, parent, self._depth)
                answer.rewrite(without_members(body, self._members))
        except NotProvenError as error:
            raise self._unproven(answer, f"{str(error)[:1].upper()}{str(error)[1:]}.", own=error.own) from None
        return self._conditional(call, answer, records)

    async def _refused(self, call: Call, answer: Answer) -> Answer:
        isolation = self._isolation
        if isolation.guarded and answer.status == 412:
            await discard(answer.body)
            await self._read(call)  # it may have gone to another entity meanwhile
            raise Refusal(RECORD_CHANGED, fault="business")
        trouble = answer.status >= 500 or answer.status in _LIMITS
        if self._by_key and trouble:
            await discard(answer.body)
            raise Refusal(PROOF_FAILED, fault="system", headers=_wait(answer))
        if self._by_key or (answer.status in (404, 410) and (self._parent is not None or isolation.lists)):
            await discard(answer.body)
            raise Refusal(RECORD_NOT_THERE, fault="business")
        return self._stripped(answer)

    def _unproven(self, answer: Answer, reason: str, *, own: bool) -> Refusal:
        if self._by_key and not own:
            self._note("foreign")
            return Refusal(RECORD_NOT_THERE, fault="business")
        self._note("answer")
        record = () if self._operation.safe else tuple(h for h in answer.headers if h[0] == b"location")
        members = {"location": record[0][1].decode("latin-1")} if record else {}
        return Refusal(ANSWER_NOT_PROVEN, reason, headers=record, members=members, fault="system")

    def _stripped(self, answer: Answer) -> Answer:
        """Texts of errors and answers that name no record lose the fields, too, where they are JSON."""
        if self._members and isinstance(answer.body, bytes) and answer.body:
            try:
                answer.rewrite(without_members(answer.body, self._members))
            except NotProvenError:
                return answer
        return answer

    def _conditional(self, call: Call, answer: Answer, records: list[dict[str, Any]]) -> Answer:
        """RFC 9110, section 13, on what was proven: the system was asked without a condition."""
        if not self._by_key or len(records) != 1 or answer.status != 200:
            return answer
        etag = next((value.decode("latin-1") for name, value in answer.headers if name == b"etag"), "")
        etag = etag or etag_of(records[0])
        declared, given = self._operation.header_names, call.headers
        if b"if-match" in declared and b"if-match" in given and not _names(given[b"if-match"].decode("latin-1"), etag):
            raise Refusal(RECORD_CHANGED, fault="business")
        unless = given.get(b"if-none-match", b"") if b"if-none-match" in declared else b""
        if unless and etag and _names(unless.decode("latin-1"), etag):
            return Answer(304, [h for h in answer.headers if h[0] == b"etag"], b"")
        return answer

    def _note(self, what: str) -> None:
        operation = self._operation
        self._runtime.count("isolation", what=what, api=operation.api, operation=operation.operation_id)


def _names(condition: str, etag: str) -> bool:
    """Whether a condition names the ETag. Weak comparison (RFC 9110, 8.8.3.2), as OData's own services compare."""
    if condition.strip() == "*":
        return True
    named = re.findall(r'(?:W/)?("[^"]*")', condition)
    return etag.removeprefix("W/") in named


def _wait(answer: Answer) -> tuple[Header, ...]:
    return tuple(header for header in answer.headers if header[0] == b"retry-after")


_Pieces = tuple[bytes | str, ...]


def _pieces(template: str, isolation: Isolation) -> _Pieces:
    """Literal text as bytes, parameters of the caller by name; pinned values are put in."""
    quoted = quoted_parameters(template)
    found: list[bytes | str] = []
    for at, piece in enumerate(_PARAMETER.split(template)):
        if at % 2 == 0:
            found.append(quote(piece, safe="%:/[]@!$&'()*+,;=~").encode("ascii"))
        elif piece in isolation.pins.path:
            value = isolation.pins.path[piece]
            found.append(quote(value.replace("'", "''") if piece in quoted else value, safe="").encode("ascii"))
        else:
            found.append(piece)
    return tuple(found)


def _filled(pieces: _Pieces, values: Mapping[str, bytes]) -> bytes:
    return b"".join(piece if isinstance(piece, bytes) else values[piece] for piece in pieces)
