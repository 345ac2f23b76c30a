"""An operation made ready to judge bytes: everything costly is done here, once, at load time."""

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Literal
from weakref import WeakValueDictionary

from contracts.annotations import EXEMPT
from contracts.answer_plan import AnswerPlan, ResponsePlan
from contracts.answer_types import media_types_out, success_types
from contracts.arguments import Argument, plan_argument
from contracts.bodies import BodyEntry, nothing_to_check, plan_body
from contracts.contract import Contract, MediaType, Operation, Response, SchemeUse
from contracts.definition import Declined as Declined  # noqa: PLC0414 - raised by this module's functions
from contracts.definition import KeywordNotCheckable
from contracts.described_bodies import AnswerBodies, RequestBodies
from contracts.engine import Engine, EngineRefusedError, make_engine
from contracts.item_judge import ItemJudge
from contracts.judgement import Judgement
from contracts.media import MediaTable
from contracts.odata import quoted_parameters
from contracts.request_plan import RequestPlan
from contracts.schema import Lowering
from contracts.sendable import may_be_answered
from contracts.settings import Bounds
from contracts.validators import Keeper

# Measured over large documents: what the engine takes for one lowered schema, and for a validator as such.
_BYTES_A_NODE: Final = 1_000
_BYTES_A_VALIDATOR: Final = 4_000
_TEMPLATE_NAME = re.compile(r"\{([^{}]+)\}")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_uses = count(1)


@dataclass(frozen=True, slots=True)
class BodyPlan:
    """How the request body is read, fixed at compile time."""

    kind: Literal["none", "buffer", "stream"]
    required: bool
    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Held:
    """One engine, shared by the operations of a contract as long as one of them holds it."""

    engine: Engine


class Compiler:
    """Compiles the operations of one contract; what they share is lowered and built once. Thread-safe."""

    def __init__(self, contract: Contract, bounds: Bounds, *, asserted: bool = True) -> None:
        self.contract = contract
        self.bounds = bounds
        self.request = Lowering(contract.document, contract.version, "request", asserted=asserted)
        self.answer = Lowering(contract.document, contract.version, "answer", asserted=asserted)
        self.lock = threading.Lock()
        self._engines: WeakValueDictionary[tuple[str, str], _Held] = WeakValueDictionary()

    def held(self, lowering: Lowering, key: str) -> _Held:
        """The engine of one definition, built where nobody holds it."""
        name = (lowering.direction, key)
        with self.lock:
            found = self._engines.get(name)
            if found is None:
                found = _Held(make_engine(lowering.plain(key)))
                self._engines[name] = found
            return found

    def compile(self, operation: Operation, api: str, version: str) -> "CompiledOperation":
        """Lower and plan one operation. Raises Declined with every place that cannot be checked."""
        with self.lock:
            return _compile(self, operation, api, version)


@dataclass(slots=True)
class _Built:
    """The engines of an operation, by definition."""

    request: Mapping[str, Engine]
    answer: Mapping[str, Engine]
    held: tuple[_Held, ...]
    refused: Judgement | None = None
    """Where the engine takes a schema not at all, although nothing in it was found wrong at load time."""


@dataclass(slots=True, eq=False)
class CompiledOperation:
    """One operation of one exact version, ready to judge requests and answers."""

    api: str
    version: str
    operation_id: str
    method: str
    template: str
    pointer: str
    safe: bool
    deprecated: bool
    security: tuple[tuple[SchemeUse, ...], ...]
    path_names: tuple[str, ...]
    query_names: frozenset[bytes]
    query_open: bool
    """Whether names that are not declared are for the schema of a parameter to judge."""
    header_names: frozenset[bytes]
    cookie_names: frozenset[bytes]
    body_plan: BodyPlan
    answer_bound: int
    item_types: frozenset[bytes]
    """Media types whose answers come item by item, and are passed on so."""
    media_types_out: tuple[str, ...]
    """Media types of answers, for `Accept`; those of successes first."""
    success_types: tuple[str, ...]
    """Media types of successes; none where one of them has no body."""
    weight: int
    """Estimated bytes of the validators."""
    _compiler: Compiler = field(repr=False)
    _request: RequestPlan = field(repr=False)
    _answer: AnswerPlan = field(repr=False)
    last_used: int = 0
    keeper: Keeper | None = field(default=None, repr=False)
    _built: _Built | None = field(default=None, repr=False)

    @property
    def ready(self) -> bool:
        """Whether the validators are built. A judgement builds them otherwise, which may take a second."""
        return self._built is not None

    def build(self) -> None:
        """Build the validators. Thread-safe and idempotent; costly, so call it off the event loop."""
        self._build()

    def drop(self) -> None:
        """Give the validators up."""
        self._built = None

    def judge_request(
        self,
        values: tuple[bytes, ...],
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes | None,
        *,
        every: bool = False,
    ) -> Judgement:
        """Judge a request; `values` are raw and in the order of the template, header names in lower case.

        `body` is None where it is streamed or was too large to hold: then it could not be checked, unless the plan
        says that there is nothing to check. `every`: each rule that is broken is among the violations, however many.
        Never raises on what a caller may send.
        """
        self.last_used = next(_uses)
        built = self._built or self._build()
        if built.refused is not None:
            return built.refused
        return self._request.judge(values, query, headers, body, built.request, self._compiler.request, every=every)

    def judge_answer(
        self,
        status: int,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes | None,
        *,
        head: bool = False,
        every: bool = False,
        itemwise: bool = False,
    ) -> Judgement:
        """Judge an answer, as `judge_request`; `every` likewise. `head`: the answer is one to HEAD and has no body.

        `itemwise`: the body is a stream, and `item_judge` judges what comes.
        """
        self.last_used = next(_uses)
        built = self._built or self._build()
        if built.refused is not None:
            return built.refused
        return self._answer.judge(
            status, headers, body, built.answer, self._compiler.answer,
            head=head or self.method == "HEAD", every=every, itemwise=itemwise,
        )  # fmt: skip

    def item_judge(
        self, status: int, headers: Sequence[tuple[bytes, bytes]], *, every: bool = False
    ) -> ItemJudge | None:
        """What judges the items of a streamed answer; None where it is none of items, or nothing is asked of them."""
        entry = self._answer.entry(status, headers)
        kind = None if entry is None else entry.items
        if entry is None or kind is None:
            return None
        built = self._built or self._build()
        depth = self._compiler.bounds.json_depth
        return None if built.refused else ItemJudge(kind, depth, entry, built.answer, self._compiler.answer, every)

    def answer_header_names(self, status: int) -> frozenset[bytes]:
        """Names, in lower case, of the headers that the contract declares for answers of this status."""
        response = self._answer.response(status)
        return frozenset() if response is None else response.header_names

    def described_requests(self, protocol: str) -> RequestBodies:
        """Which members the contract names in requests. Load time only: costly."""
        compiler = self._compiler
        with compiler.lock:
            return RequestBodies(self._request, compiler.request, EXEMPT[protocol], compiler.bounds.json_depth)

    def described_answers(self, protocol: str) -> AnswerBodies:
        """As `described_requests`, of answers."""
        compiler = self._compiler
        with compiler.lock:
            return AnswerBodies(self._answer, compiler.answer, EXEMPT[protocol], compiler.bounds.json_depth)

    def _build(self) -> _Built:
        compiler = self._compiler
        held: list[_Held] = []

        def engines(lowering: Lowering, keys: Iterable[str]) -> dict[str, Engine]:
            found = {}
            for key in keys:
                one = compiler.held(lowering, key)
                held.append(one)
                found[key] = one.engine
            return found

        built = self._built
        if built is None:
            try:
                requests = engines(compiler.request, _request_keys(self._request))
                answers = engines(compiler.answer, _answer_keys(self._answer))
                built = _Built(requests, answers, tuple(held))
            except EngineRefusedError as error:
                built = _Built({}, {}, (), Judgement("could_not_check", reason=f"the contract's schema: {error}"))
            self._built = built
            if self.keeper is not None:
                self.keeper.built(self)
        return built


_compilers: WeakValueDictionary[tuple[int, Bounds], Compiler] = WeakValueDictionary()


def compile_operation(
    contract: Contract, operation: Operation, api: str, version: str, bounds: Bounds
) -> CompiledOperation:
    """Make one operation ready. Operations of one contract share what they have in common.

    Raises Declined where something that the contract demands cannot be checked, with every such place.
    """
    # The key stays true while the compiler lives, for it holds the contract; operations hold the compiler.
    name = (id(contract), bounds)
    compiler = _compilers.get(name)
    if compiler is None:
        compiler = _compilers.setdefault(name, Compiler(contract, bounds))
    return compiler.compile(operation, api, version)


def _compile(compiler: Compiler, operation: Operation, api: str, version: str) -> CompiledOperation:
    request = _plan_request(compiler, operation)
    answer = _plan_answer(compiler, operation)
    faults: dict[KeywordNotCheckable, None] = {}
    weight = 0
    counted: set[tuple[str, str]] = set()
    for lowering, keys in (
        (compiler.request, _request_keys(request)), (compiler.answer, _answer_keys(answer)),
    ):  # fmt: skip
        for key in keys:
            if (lowering.direction, key) not in counted:
                counted.add((lowering.direction, key))
                survey = lowering.survey(key)
                faults.update(dict.fromkeys(survey.faults))
                weight += _BYTES_A_VALIDATOR + _BYTES_A_NODE * survey.nodes
    if faults:
        first = next(iter(faults))
        raise Declined(first.reason, first.pointer, tuple(faults))
    entries = _entries(operation, request)
    checked = [
        entry for plan in answer.by_status.values() if plan.body for entry in plan.body if entry.kind != "opaque"
    ]
    return CompiledOperation(
        api=api,
        version=version,
        operation_id=operation.operation_id,
        method=operation.method,
        template=operation.path,
        pointer=operation.pointer,
        safe=operation.method in SAFE_METHODS,
        deprecated=operation.deprecated,
        security=operation.security or (),
        path_names=tuple(argument.name for argument in request.path),
        query_names=frozenset(name.encode() for name in request.names),
        query_open=request.open,
        header_names=frozenset(name for name, _ in request.headers),
        cookie_names=frozenset(name.encode() for argument in request.cookies for name in argument.names),
        body_plan=entries,
        answer_bound=compiler.bounds.answer_body_bytes if checked else 0,
        item_types=answer.item_types(),
        media_types_out=media_types_out(operation.responses),
        success_types=success_types(operation.responses),
        weight=weight,
        _compiler=compiler,
        _request=request,
        _answer=answer,
    )


def _plan_request(compiler: Compiler, operation: Operation) -> RequestPlan:
    lowering, depth = compiler.request, compiler.bounds.json_depth
    template = _TEMPLATE_NAME.findall(operation.path)
    quoted = quoted_parameters(operation.path)
    planned = [
        plan_argument(parameter, lowering, depth, quoted=parameter.location == "path" and parameter.name in quoted)
        for parameter in operation.parameters
    ]
    arguments = [argument for argument in planned if argument is not None]
    by_name = {argument.name: argument for argument in arguments if argument.place == "path"}
    for name in template:
        if name not in by_name:
            raise Declined(f"the template names {{{name}}}, and no path parameter does", operation.pointer)
    query = tuple(argument for argument in arguments if argument.place == "query")
    body = operation.request_body
    content = body.content if body is not None else {}
    return RequestPlan(
        path=tuple(by_name[name] for name in template),
        query=query,
        headers=tuple((a.name.encode(), a) for a in arguments if a.place == "header"),
        cookies=tuple(argument for argument in arguments if argument.place == "cookie"),
        body=_table(content, lowering, compiler.bounds) if content else None,
        body_required=body is not None and body.required and bool(content),
        body_pointer=body.pointer if body is not None else operation.pointer,
        pointer=operation.pointer,
        names=frozenset[str]().union(*(argument.names for argument in query)),
        prefixes=tuple(prefix for argument in query for prefix in argument.prefixes),
        open=any(argument.absorbs for argument in query),
    )


def _plan_answer(compiler: Compiler, operation: Operation) -> AnswerPlan:
    plans = {}
    for status, response in operation.responses.items():
        plans[status if status == "default" else status.upper()] = _plan_response(compiler, response)
    return AnswerPlan(plans, operation.pointer)


def _plan_response(compiler: Compiler, response: Response) -> ResponsePlan:
    lowering, depth = compiler.answer, compiler.bounds.json_depth
    headers: list[tuple[bytes, Argument]] = []
    for header in response.headers.values():
        argument = plan_argument(header, lowering, depth)
        if argument is not None and may_be_answered(argument.name.encode()):
            headers.append((argument.name.encode(), argument))
    table = _table(response.content, lowering, compiler.bounds) if response.content else None
    entries = tuple(table) if table is not None else ()
    return ResponsePlan(
        response.pointer,
        tuple(headers),
        table,
        frozenset(name for name, _ in headers),
        bool(entries) and all(entry.kind == "json" for entry in entries),
    )


def _table(content: Mapping[str, MediaType], lowering: Lowering, bounds: Bounds) -> MediaTable[BodyEntry]:
    return MediaTable((name, plan_body(name, media, lowering, bounds)) for name, media in content.items())


def _entries(operation: Operation, plan: RequestPlan) -> BodyPlan:
    if plan.body is None or operation.request_body is None:
        return BodyPlan("none", False, ())
    kind: Literal["buffer", "stream"] = "stream" if nothing_to_check(plan.body) else "buffer"
    return BodyPlan(kind, plan.body_required, plan.body.names)


def _keys(arguments: Iterable[Argument]) -> list[str]:
    return [argument.key for argument in arguments if argument.key is not None]


def _entry_keys(table: MediaTable[BodyEntry] | None) -> list[str]:
    entries = [] if table is None else list(table)
    entries += [variant for entry in entries if entry.variants is not None for variant in entry.variants.values()]
    return list(dict.fromkeys(key for entry in entries for key in entry.keys))


def _request_keys(plan: RequestPlan) -> list[str]:
    headers = [argument for _, argument in plan.headers]
    return _keys((*plan.path, *plan.query, *headers, *plan.cookies)) + _entry_keys(plan.body)


def _answer_keys(plan: AnswerPlan) -> list[str]:
    found = []
    for response in plan.by_status.values():
        found += _keys(argument for _, argument in response.headers) + _entry_keys(response.body)
    return found
