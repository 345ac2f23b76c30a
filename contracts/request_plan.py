"""What judges a request: parameters by place, and the body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.arguments import Argument
from contracts.bodies import BodyEntry
from contracts.definition import Definitions
from contracts.judgement import CONFORMS, Judgement
from contracts.judging import judge_body, match_entry
from contracts.judging_values import Engines, Found, judge_value, shown_name
from contracts.media import MediaTable, read_media_type
from contracts.parameters import MISSING, UnreadableError, cookies_of, pairs_of


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """`path` is in the order of the template. `pointer` is the operation's."""

    path: tuple[Argument, ...]
    query: tuple[Argument, ...]
    headers: tuple[tuple[bytes, Argument], ...]
    cookies: tuple[Argument, ...]
    body: MediaTable[BodyEntry] | None
    body_required: bool
    body_pointer: str
    pointer: str
    names: frozenset[str]
    prefixes: tuple[str, ...]
    open: bool

    def judge(
        self,
        values: tuple[bytes, ...],
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes | None,
        engines: Engines,
        definitions: Definitions,
        *,
        every: bool = False,
    ) -> Judgement:
        """Never raises on what a caller may send."""
        found = Found(every=every)
        if len(values) != len(self.path):
            found.add("path", "", "required", "the path has not as many values as the template", self.pointer)
        for argument, raw in zip(self.path, values, strict=False):
            if raw:
                _judge(argument, raw, engines, definitions, found)
            else:
                found.add("path", argument.name, "required", "it is empty", argument.pointer)
        if query or self.query:
            self._query(query, engines, definitions, found)
        for name, argument in self.headers:
            value = headers.get(name)
            if value is not None:
                _judge(argument, value, engines, definitions, found)
            elif argument.required:
                found.add("header", argument.name, "required", "the header is missing", argument.pointer)
        if self.cookies:
            pairs = cookies_of(headers.get(b"cookie", b""))
            for argument in self.cookies:
                _judge_pairs(argument, pairs, engines, definitions, found, "the cookie is missing")
        self._body(headers, body, engines, definitions, found)
        return found.judgement() if found.violations or found.reason else CONFORMS

    def _query(self, query: bytes, engines: Engines, definitions: Definitions, found: Found) -> None:
        try:
            pairs = pairs_of(query)
        except UnreadableError as error:
            found.add("query", "", error.rule, f"the name of a parameter: {error.words}", self.pointer)
            return
        before = len(found.violations)
        if not self.open:
            for name in pairs:
                if name not in self.names and not (self.prefixes and name.startswith(self.prefixes)):
                    words = "the contract does not declare this query parameter"
                    found.add("query", shown_name(name), "undeclared", words, self.pointer)
        undeclared = len(found.violations) > before
        for argument in self.query:
            if argument.whole and undeclared:
                continue  # its schema would only say the same in other words
            if argument.whole:
                _judge_whole(argument, query, engines, definitions, found)
            elif argument.allow_empty and pairs.get(argument.name) == [b""]:
                continue
            else:
                _judge_pairs(argument, pairs, engines, definitions, found, "the query parameter is missing")

    def _body(
        self,
        headers: Mapping[bytes, bytes],
        body: bytes | None,
        engines: Engines,
        definitions: Definitions,
        found: Found,
    ) -> None:
        if body == b"" or (body is None and _carries_none(headers)):
            if self.body_required:
                found.add("body", "", "required", "the body is missing", self.body_pointer)
            return
        if self.body is None:
            if body is not None or not _carries_none(headers):
                found.add("body", "", "content", "expected no body", self.pointer)
            return
        stated = headers.get(b"content-type")
        named = None if stated is None else read_media_type(stated.decode("latin-1"))
        entry = match_entry(named, stated is not None, self.body, self.body_pointer, found)
        if entry is not None and named is not None:
            judge_body(body, named, entry, engines, definitions, found)


def _carries_none(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the head says that no body follows (RFC 9112, section 6.3)."""
    length = headers.get(b"content-length")
    return b"transfer-encoding" not in headers and (length is None or length.strip(b"0 ") == b"")


def _judge(argument: Argument, raw: Any, engines: Engines, definitions: Definitions, found: Found) -> Any:
    if argument.reason:
        found.unchecked(argument.reason)
        return raw
    return judge_value(
        raw,
        argument.readings,
        argument.key,
        engines,
        definitions,
        argument.place,
        argument.name,
        argument.pointer,
        found,
    )


def _judge_pairs(
    argument: Argument,
    pairs: Mapping[str, list[bytes]],
    engines: Engines,
    definitions: Definitions,
    found: Found,
    words: str,
) -> None:
    before = len(found.violations)
    if argument.reason and not any(name in pairs or _begins(argument, pairs) for name in argument.names):
        value: Any = MISSING
    else:
        value = _judge(argument, pairs, engines, definitions, found)
    if value is MISSING and argument.required and len(found.violations) == before:
        found.add(argument.place, argument.name, "required", words, argument.pointer)


def _begins(argument: Argument, pairs: Mapping[str, list[bytes]]) -> bool:
    return bool(argument.prefixes) and any(name.startswith(argument.prefixes) for name in pairs)


def _judge_whole(argument: Argument, query: bytes, engines: Engines, definitions: Definitions, found: Found) -> None:
    """The whole query is one value (OpenAPI 3.2, `in: querystring`); places in it are told by pointers."""
    if query and argument.reason:
        found.unchecked(argument.reason)
    elif query:
        judge_value(
            query, argument.readings, argument.key, engines, definitions, "query", None, argument.pointer, found
        )
    elif argument.required:
        found.add("query", argument.name, "required", "the query is missing", argument.pointer)
