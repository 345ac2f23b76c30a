"""What judges an answer: its status, headers and body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.arguments import Argument
from contracts.bodies import BodyEntry
from contracts.definition import Definitions
from contracts.items import item_kind
from contracts.judgement import CONFORMS, Judgement
from contracts.judging import judge_body, match_entry
from contracts.judging_values import Engines, Found, judge_value
from contracts.media import MediaTable, essence_of, read_media_type


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """One response of the contract. `body` is None where it states no content."""

    pointer: str
    headers: tuple[tuple[bytes, Argument], ...]
    body: MediaTable[BodyEntry] | None
    header_names: frozenset[bytes]
    has_text: bool
    """Whether an empty body cannot keep to any entry of `content`."""


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """`by_status` has `200`, `2XX` and `default`."""

    by_status: Mapping[str, ResponsePlan]
    pointer: str

    def response(self, status: int) -> ResponsePlan | None:
        """The exact status before its range before `default`."""
        plans = self.by_status
        return plans.get(str(status)) or plans.get(f"{status // 100}XX") or plans.get("default")

    def entry(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> BodyEntry | None:
        """The entry of `content` that an answer falls under."""
        plan = self.response(status)
        stated = next((value for name, value in headers if name.lower() == b"content-type"), None)
        named = None if stated is None else read_media_type(stated.decode("latin-1"))
        if plan is None or plan.body is None:
            return None
        return match_entry(named, stated is not None, plan.body, plan.pointer, Found())

    def item_types(self) -> frozenset[bytes]:
        """Media types of items that are judged one by one, or by nothing: an answer of them need not be held."""
        entries = [entry for plan in self.by_status.values() if plan.body is not None for entry in plan.body]
        held = {essence_of(entry.media_type) for entry in entries if entry.items is None and entry.kind != "opaque"}
        loose = {essence_of(entry.media_type) for entry in entries} - held
        return frozenset(essence.encode("latin-1") for essence in loose if item_kind(essence) is not None)

    def judge(
        self,
        status: int,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes | None,
        engines: Engines,
        definitions: Definitions,
        *,
        head: bool,
        every: bool = False,
        itemwise: bool = False,
    ) -> Judgement:
        """Never raises on what a system may answer. `itemwise`: the items of a stream are judged as they come."""
        plan = self.response(status)
        found = Found(every=every)
        if plan is None:
            found.add(
                "status", str(status), "responses", "the contract names no such answer", f"{self.pointer}/responses"
            )
            return found.judgement()
        held: dict[bytes, bytes] = {}
        for name, value in headers:
            lower = name.lower()
            held[lower] = (
                f"{held[lower].decode('latin-1')}, {value.decode('latin-1')}".encode("latin-1")
                if lower in held
                else value
            )
        for name, argument in plan.headers:
            sent = held.get(name)
            if sent is None:
                if argument.required:
                    found.add("header", argument.name, "required", "the header is missing", argument.pointer)
            elif argument.reason:
                found.unchecked(argument.reason)
            else:
                judge_value(
                    sent,
                    argument.readings,
                    argument.key,
                    engines,
                    definitions,
                    "header",
                    argument.name,
                    argument.pointer,
                    found,
                )
        if head or status in (204, 304) or status < 200:
            if body and not head:
                found.add("body", "", "content", f"an answer of {status} has no body", plan.pointer)
        else:
            self._body(plan, held, body, engines, definitions, found, itemwise=itemwise)
        return found.judgement() if found.violations or found.reason else CONFORMS

    def _body(
        self,
        plan: ResponsePlan,
        headers: Mapping[bytes, bytes],
        body: bytes | None,
        engines: Engines,
        definitions: Definitions,
        found: Found,
        *,
        itemwise: bool,
    ) -> None:
        table = plan.body
        if table is None:
            if body or (body is None and headers.get(b"content-length") != b"0"):
                found.add("body", "", "content", "the contract states no body for this answer", plan.pointer)
            return
        stated = headers.get(b"content-type")
        if body == b"" and (stated is None or plan.has_text):
            if plan.has_text:
                found.add("body", "", "content", "the body is missing", plan.pointer)
            return
        named = None if stated is None else read_media_type(stated.decode("latin-1"))
        entry = match_entry(named, stated is not None, table, plan.pointer, found)
        if entry is not None and named is not None:
            judge_body(body, named, entry, engines, definitions, found, itemwise=itemwise)
