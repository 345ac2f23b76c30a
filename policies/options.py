"""OData query options by their grammar and by what the contract allows; the page size is capped.

For systems that speak OData. No mode loosens it: what does not parse reaches no system. The query keeps its bytes
unless a page size has to be put in.

State: none; counts go to the runtime. A reload, a restart and a second worker change nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from contracts.contract import Contract
from contracts.odata_query.allowed import Allowed, derive
from contracts.odata_query.described import Describer
from contracts.odata_query.filter import parse_literal
from contracts.odata_query.options import Options as Parsed
from contracts.odata_query.options import parse_options
from contracts.odata_query.query import Part, UnknownOptionError, options_of, parts_of, with_value
from contracts.odata_query.tokens import Dialect, ODataSyntaxError
from policies.step import Answer, Call, Policy, Problem, Refusal, Route, Runtime, Step
from policies.undeclared_query import QUERY_NOT_DECLARED, not_declared, shown_name

QUERY_OPTION_REFUSED = Problem(
    "query-option-refused",
    400,
    "An OData query option cannot be read, or is not allowed here",
    "The member of `errors` names the option, the character in it, and what is expected there. Options may name what "
    "the contract declares; `+` in a value must be written `%2B`.",
)

_DIALECTS: Final[Mapping[str, Dialect]] = {"odata-v2": "v2", "odata-v4": "v4"}
_PAGE: Final = re.compile(
    rb"(?:^|[,;\s])(?:odata\.)?maxpagesize\s*+=\s*+\"?([0-9]{1,10})\"?(?=[,;\s]|$)", re.IGNORECASE
)
_PAGE_NAME: Final = re.compile(rb"maxpagesize", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Options:
    """`contracts` by (api, exact version). What an operation allows is derived once, whoever offers it.

    A page size is asked for with `Prefer` where a V4 contract declares that header, for then the system pages and
    nothing is left out; else with `$top`, where that is declared.
    """

    contracts: Mapping[tuple[str, str], Contract]
    refuses: ClassVar[tuple[Problem, ...]] = (QUERY_OPTION_REFUSED, QUERY_NOT_DECLARED)
    _describers: dict[tuple[str, str], Describer] = field(default_factory=dict, repr=False, compare=False)
    _allowed: dict[tuple[str, str, str, Dialect], Allowed] = field(default_factory=dict, repr=False, compare=False)

    def allowed(self, route: Route) -> Allowed | None:
        """What the operation allows; None for a system that speaks no OData. Load time only."""
        dialect = _DIALECTS.get(route.system.protocol)
        if dialect is None:
            return None
        operation = route.operation
        version = (operation.api, operation.version)
        key = (*version, operation.pointer, dialect)
        if key not in self._allowed:
            if version not in self._describers:
                self._describers[version] = Describer(self.contracts[version])
            describer = self._describers[version]
            self._allowed[key] = derive(describer, describer.operations[operation.pointer], dialect)
        return self._allowed[key]

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:  # noqa: ARG002 - no state
        """What the contract allows is looked up once."""
        allowed = self.allowed(route)
        if allowed is None:
            return inner
        spelled = {**allowed.spelled, **{name: name for name in allowed.options if name.startswith("@")}}
        taken = tuple(name.encode() for name in spelled.values())
        cap = allowed.page_size
        prefers = allowed.dialect == "v4" and b"prefer" in route.operation.header_names
        top = None if prefers else allowed.spelled.get("$top")

        async def options(call: Call) -> Answer:
            if not call.query and cap is None:
                return await inner(call)
            try:
                parts = parts_of(call.query)
                given = options_of(parts, spelled, allowed.own)
                parsed = _judge(allowed, given) if given else Parsed()
            except UnknownOptionError as error:
                raise not_declared(shown_name(error.name.encode("utf-8", "replace")), taken) from None
            except ODataSyntaxError as error:
                raise _refusal(error) from None
            if cap is not None and "$skiptoken" not in given:
                if prefers:
                    _cap_preference(call, cap)
                elif top is not None:
                    _cap_top(call, parts, top, parsed.top, cap)
            return await inner(call)

        return options


def _judge(allowed: Allowed, given: Mapping[str, Part]) -> Parsed:
    """Raises ODataSyntaxError."""
    texts = {option: part.text() for option, part in given.items()}
    for option, text in texts.items():
        if option.startswith("@"):
            parse_literal(text, allowed.dialect, option)
    parsed = parse_options({o: t for o, t in texts.items() if not o.startswith("@")}, allowed.dialect)
    allowed.check(parsed)
    return parsed


def _cap_top(call: Call, parts: list[Part], name: str, asked: int | None, cap: int) -> None:
    """`$top` ends the whole list, so the caller is told (RFC 7240, section 3): `$skip` goes on from there."""
    if asked is None or asked > cap:
        call.query = with_value(parts, name, str(cap).encode())
        call.answer_headers.append((b"preference-applied", b"odata.maxpagesize=%d" % cap))


def _cap_preference(call: Call, cap: int) -> None:
    """`Prefer: odata.maxpagesize` (OData 4.01 protocol, section 8.2.8.5): the system pages, nothing is left out."""
    stated = call.headers.get(b"prefer", b"")
    found = _PAGE.findall(stated)
    if len(found) == 1 and len(_PAGE_NAME.findall(stated)) == 1 and 0 < int(found[0]) <= cap:
        return
    kept = [one.strip() for one in stated.split(b",") if one.strip() and not _PAGE_NAME.search(one)]
    preference = b", ".join((*kept, b"odata.maxpagesize=%d" % cap))
    call.headers = {**call.headers, b"prefer": preference}


def _refusal(error: ODataSyntaxError) -> Refusal:
    """Says where and what is expected, never what was sent."""
    option = error.option or "query"
    message = f"character {error.position + 1}: {error.message}"
    member = {"pointer": option, "location": "query", "rule": "odata", "message": message}
    return Refusal(QUERY_OPTION_REFUSED, f"{option}, {message}.", errors=(member,), fault="gateway")


_guard: type[Policy] = Options
