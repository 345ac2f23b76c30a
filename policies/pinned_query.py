"""The query that goes to a system from a pinned offer: the caller's options with the pin in them."""

from typing import Final
from urllib.parse import quote, unquote_to_bytes

from contracts.isolation import Isolation
from contracts.odata_query.printer import conjoin, print_filter
from contracts.odata_query.tree import Binary, Literal, Path
from contracts.pins import RecordPin, Same
from contracts.published import CONTINUATION
from contracts.systems import Protocol
from policies.pinned_options import filter_tree
from policies.seal import Seal, SealError
from policies.step import Call, Problem, Refusal, Runtime
from policies.target import fixed_query, name_of

CONTINUATION_REFUSED = Problem(
    "continuation-refused",
    400,
    "This is no continuation of yours",
    "Follow the link to the next page as it came, with the same credential, within the hour; otherwise ask for the "
    "first page again.",
)
_SAFE: Final = "(),'/*-._~"


class PinnedQuery:
    """For one operation."""

    def __init__(self, isolation: Isolation, runtime: Runtime, seal: Seal | None, names: tuple[bytes, ...]) -> None:
        self._isolation = isolation
        self._runtime = runtime
        self._seal = seal
        self._names = names
        self._pins = fixed_query(isolation.pins.query)
        self._pin = None if isolation.record is None else pin_node(isolation.record, isolation.protocol)

    def of(self, call: Call, query: bytes) -> bytes:
        """With its `?`. Raises Refusal for a continuation that is not this caller's."""
        parts = [part for part in query.split(b"&") if part]
        isolation = self._isolation
        if isolation.protocol == "rest":
            return self._joined(parts)
        by_name: dict[str, bytes] = {}
        for part in parts:
            by_name.setdefault(name_of(part).decode("utf-8", "replace"), part)
        if CONTINUATION in by_name:
            return self._joined([self._opened(call, by_name)])
        if isolation.how == "address" or self._pin is None:
            return self._joined(parts)
        made = [part for part in parts if name_of(part) not in (b"$filter", b"$select")]
        if isolation.how == "own" and isolation.lists:
            tree = filter_tree(_text(by_name["$filter"]), isolation) if "$filter" in by_name else None
            made.append(_option("$filter", conjoin(self._pin, tree)))
        elif "$filter" in by_name:
            made.append(_option("$filter", print_filter(filter_tree(_text(by_name["$filter"]), isolation))))
        if "$select" in by_name:
            made.append(
                _option("$select", self._selected(_text(by_name["$select"]), _text(by_name.get("$expand", b""))))
            )
        return self._joined(made)

    def of_proof(self) -> bytes:
        """Of the read that says whose a record is."""
        isolation = self._isolation
        if isolation.protocol == "rest" or isolation.record is None:
            return self._joined([])
        return self._joined([_option("$select", ",".join(dict.fromkeys([isolation.record.field, *isolation.same])))])

    def _selected(self, text: str, expanded: str) -> str:
        """`$select` with what the proof needs."""
        isolation = self._isolation
        names = [name.strip() for name in text.split(",")]
        if "*" in names:
            return text
        needed = [*isolation.same]
        if isolation.how == "own" and isolation.record is not None:
            needed.append(isolation.record.field)
        for name in expanded.split(","):
            how = isolation.nested.get(name.strip())
            needed += how.same if isinstance(how, Same) else ()
        return ",".join(dict.fromkeys([*names, *needed]))

    def _opened(self, call: Call, by_name: dict[str, bytes]) -> bytes:
        if self._seal is None or set(by_name) - {CONTINUATION, "$format"}:
            raise Refusal(CONTINUATION_REFUSED, "Nothing may stand beside it.", fault="gateway")
        try:
            return self._seal.open(
                _text(by_name[CONTINUATION]), bound_to(call, self._names, call.path), self._runtime.now()
            )
        except SealError:
            raise Refusal(CONTINUATION_REFUSED, fault="gateway") from None

    def _joined(self, parts: list[bytes]) -> bytes:
        made = b"&".join([*[part for part in parts if part], *([self._pins] if self._pins else [])])
        return b"?" + made if made else b""


def bound_to(call: Call, names: tuple[bytes, ...], path: bytes) -> tuple[bytes, ...]:
    """For whom and what a continuation is: consumer, entity, api and operation by its very address."""
    return (call.identity.consumer.encode(), *names, path)


def pin_node(record: RecordPin, protocol: Protocol) -> Binary:
    """The condition that every record of a list must meet."""
    value = record.value
    if record.type == "number":
        literal = Literal("number", value)
    elif record.type == "guid":
        literal = Literal("guid", f"guid'{value}'" if protocol == "odata-v2" else value)
    else:
        literal = Literal("string", "'" + value.replace("'", "''") + "'")
    return Binary("eq", Path((record.field,)), literal)


def _text(part: bytes) -> str:
    return unquote_to_bytes(part.partition(b"=")[2].replace(b"+", b" ")).decode("utf-8", "replace")


def _option(name: str, text: str) -> bytes:
    return f"{name}={quote(text, safe=_SAFE)}".encode("ascii")
