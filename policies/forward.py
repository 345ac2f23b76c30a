"""Builds what goes to a system and what comes back from it: a fixed list plus what the contract declares, no more.

State: none. A reload, a restart and a second worker change nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from contracts.modes import UnknownRule
from contracts.sendable import may_be_answered, may_be_sent
from contracts.settings import Settings
from policies.accept import NotAcceptableError, accept_for
from policies.discard import discard
from policies.pinned import PINNED_REFUSES, Ready, Ways, bind_pinned
from policies.pinned_query import CONTINUATION_REFUSED, PinnedQuery
from policies.seal import make_seal
from policies.select import NOT_FOUND
from policies.step import (
    Answer,
    Call,
    Exchange,
    Header,
    Joint,
    Problem,
    Refusal,
    Route,
    Runtime,
    Send,
    Span,
    Step,
)
from policies.strictness import looks_for_members, watched_families
from policies.target import (
    FixedError,
    NotDeclaredError,
    base_path,
    fixed_names,
    fixed_query,
    outgoing_query,
    with_fixed,
)
from policies.trace import attempt_of
from policies.undeclared_query import QUERY_NOT_DECLARED, not_declared

QUERY_FIXED = Problem(
    "query-fixed",
    403,
    "This query parameter is set by the gateway",
    "Leave it out: it chooses whose data the system works on, and the gateway sets it for the entity.",
)
HEADER_NOT_SENDABLE = Problem(
    "header-not-sendable",
    400,
    "A header holds bytes that cannot be sent on",
    "Write the header in UTF-8. The detail names it.",
)
CONDITION_NOT_DECLARED = Problem(
    "condition-not-declared",
    400,
    "The contract knows no such condition",
    "Leave the header out to write whatever the record is by now, or ask for it to be declared in the contract: a "
    "condition that is dropped on the way lets a write overwrite what somebody else wrote.",
)
NOT_ACCEPTABLE = Problem(
    "not-acceptable",
    406,
    "The operation answers in none of the media types that the call takes",
    "Name one that the detail names in Accept, or leave Accept out. Nothing was sent to the system.",
)

ALWAYS_ANSWERED = frozenset({
    b"content-language", b"content-location", b"content-type", b"dataserviceversion", b"etag", b"last-modified",
    b"link", b"location", b"odata-entityid", b"odata-version", b"preference-applied", b"retry-after",
})  # fmt: skip
_CONDITIONS = (b"if-match", b"if-none-match", b"if-unmodified-since")
"""On a write they say when not to carry it out (RFC 9110, section 13.1)."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Of `settings` it takes the bound on what is held of an answer, of `unknown` the headers to tell of."""

    settings: Settings
    unknown: Sequence[UnknownRule] = ()
    refuses: ClassVar[tuple[Problem, ...]] = (
        QUERY_NOT_DECLARED, QUERY_FIXED, HEADER_NOT_SENDABLE, CONDITION_NOT_DECLARED, NOT_ACCEPTABLE, NOT_FOUND,
        CONTINUATION_REFUSED, *PINNED_REFUSES,
    )  # fmt: skip

    def bind(self, route: Route, runtime: Runtime, send: Send) -> Step:
        """The target's fixed parts and the lists of header names are made once."""
        operation, system = route.operation, route.system
        public = len(f"/{operation.api}/v{operation.version.split('.', 1)[0]}")
        prefix = base_path(system) + route.offer.path.encode("ascii")
        fixed, fixed_lower = fixed_query(system.query), fixed_names(system.query)
        # On a pinned offer and to OData only what is declared by its name passes, whatever a schema leaves open.
        opened = operation.query_open and route.isolation is None and system.protocol == "rest"
        declared = None if opened else operation.query_names
        sent_names = tuple(sorted(n for n in operation.header_names if may_be_sent(n)))
        accept = accept_for(operation.media_types_out, operation.success_types)
        method, safe = operation.method, operation.safe
        resources = None if system.protocol == "rest" else operation.template.count("/$")
        conditions = () if safe else tuple(name for name in _CONDITIONS if name not in sent_names)
        families = watched_families(self.unknown, route)
        bound = min(operation.answer_bound, self.settings.bounds.answer_body_bytes)
        # Of an answer that is proven, whose links are followed or whose members are looked for, all is looked through
        # before any of it goes out.
        apart = route.isolation is not None or system.protocol != "rest" or looks_for_members(self.unknown, route)
        at_once = frozenset() if apart else operation.item_types

        def checked(call: Call) -> bytes:
            """The caller's query with its `?`, once all that is never sent on was refused."""
            if resources is not None and call.path.count(b"/$") + call.path.count(b"/%24") > resources:
                raise Refusal(NOT_FOUND, "`$` begins no value of a path here: OData keeps it.", fault="gateway")
            for name in conditions:
                if name in call.headers:
                    raise Refusal(CONDITION_NOT_DECLARED, f"`{name.decode()}` is not declared.", fault="gateway")
            return _query(call.query, declared, fixed_lower)

        async def ask(ready: Ready) -> Answer:
            # HEAD is asked as GET: ERPs answer HEAD badly, and what is judged must be what GET answers.
            call, verb, target, headers, body, held = ready
            target = with_fixed(prefix + target, fixed)
            reads = safe or verb == "GET"
            answer = await send(Exchange(call, verb, target, headers, body, reads, Span(), held, at_once=at_once))
            names = operation.answer_header_names(answer.status)
            if families:
                answer.undeclared = tuple(n for n, _ in answer.headers if n.startswith(families) and n not in names)
            answer.headers = [h for h in answer.headers if _may_be_answered(h[0], names)]
            return answer

        def head_of(call: Call) -> tuple[Header, ...]:
            try:
                return _head(call, sent_names, accept(call.headers.get(b"accept")))
            except NotAcceptableError as error:
                said = f"It answers with {' or '.join(error.types[:8])}."
                raise Refusal(NOT_ACCEPTABLE, said, fault="gateway") from None

        async def forward(call: Call) -> Answer:
            target = call.path[public:] + checked(call)
            answer = await ask(Ready(call, method, target, head_of(call), call.body, bound))
            if call.method == "HEAD" and not isinstance(answer.body, bytes):
                await discard(answer.body)
                answer.body = b""
            return answer

        isolation = route.isolation
        if isolation is None:
            return forward
        names = (route.entity_id.encode(), operation.api.encode(), operation.version.split(".", 1)[0].encode())
        seal = None if isolation.protocol == "rest" else make_seal(runtime, self.settings.key_pepper)
        query = PinnedQuery(isolation, runtime, seal, names)
        ways = Ways(checked, head_of, ask)
        return bind_pinned(route, isolation, runtime, self.settings.bounds, query, ways)


def _query(raw: bytes, declared: frozenset[bytes] | None, fixed: frozenset[bytes]) -> bytes:
    if not raw:
        return b""
    try:
        query = outgoing_query(raw, declared, fixed)
    except FixedError as error:
        raise Refusal(QUERY_FIXED, f"The gateway sets `{error.name}`.", fault="gateway") from None
    except NotDeclaredError as error:
        raise not_declared(error.name, declared or ()) from None
    return b"?" + query if query else b""


def _head(call: Call, names: tuple[bytes, ...], accept: bytes) -> tuple[Header, ...]:
    given = call.headers
    head: list[Header] = [
        (b"accept", accept),
        (b"accept-encoding", b"identity"),
        (b"user-agent", b"tidewaiter"),
        (b"traceparent", attempt_of(call.traceparent)),
        (b"x-correlation-id", call.id.encode("ascii")),
    ]
    if call.body and b"content-type" in given:
        head.append((b"content-type", _sendable(b"content-type", given[b"content-type"])))
    if not isinstance(call.body, bytes) and b"content-length" in given:
        head.append((b"content-length", given[b"content-length"]))
    head += [(name, _sendable(name, given[name])) for name in names if name in given]
    return tuple(head)


def _sendable(name: bytes, value: bytes) -> bytes:
    if not value.isascii():
        try:
            value.decode("utf-8")
        except UnicodeDecodeError:
            raise Refusal(HEADER_NOT_SENDABLE, f"The header {name.decode('ascii')}.", fault="gateway") from None
    return value


def _may_be_answered(name: bytes, declared: frozenset[bytes]) -> bool:
    if name in ALWAYS_ANSWERED:
        return True
    return name in declared and may_be_answered(name)


_guard: type[Joint] = Forward
