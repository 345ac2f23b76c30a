"""Answers of one operation: status, headers and body, one try after the other, the contract's examples first.

Nothing here is judged: a mock sends the first try that the compiled plan takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Literal

from contracts.answers.bodies import written
from contracts.answers.stated import Example, examples_of
from contracts.answers.values import AnswerValues
from contracts.contract import Contract, MediaType, Operation, Response
from contracts.media import essence_of, is_json, is_xml
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.probe.sent import header
from contracts.sendable import may_be_answered
from contracts.views import Parameter

Header = tuple[bytes, bytes]
Source = Literal["example", "generated"]
_NO_BODY: Final = frozenset({204, 205, 304})
_HEADER_TRIES: Final = 4


class NoAnswerError(Exception):
    """No answer can be made. `str` says why and holds no value; `pointer` is a place of the contract."""

    def __init__(self, reason: str, pointer: str) -> None:
        super().__init__(reason)
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the answer. `seed` None: plain values, the same each time."""

    example: str | None = None
    dynamic: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """One try."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    source: Source


PLAIN: Final = Wanted()


class AnswerMaker:
    """Makes answers of one operation. Holds nothing that changes."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._contract = contract
        self._operation = operation
        self._raw = Raw(contract.document.tree, contract.version == "3.0", "answer")
        self.default = _default(operation.responses)
        """The status that is answered where none is asked for; 0 where the contract names none."""

    @property
    def statuses(self) -> tuple[str, ...]:
        """Those that the contract names."""
        return tuple(self._operation.responses)

    def response(self, status: int) -> Response | None:
        """The exact status before its range before `default`."""
        found = {name.upper(): response for name, response in self._operation.responses.items()}
        return found.get(str(status)) or found.get(f"{status // 100}XX") or found.get("DEFAULT")

    def example_names(self, status: int) -> tuple[str, ...]:
        """Names of the examples of a status."""
        response = self.response(status)
        content = response.content.values() if response is not None else ()
        names = [example.name for media in content for example in examples_of(self._contract, media)]
        return tuple(dict.fromkeys(name for name in names if name))

    def tries(self, status: int, wanted: Wanted = PLAIN, accepted: Sequence[str] = ()) -> Iterator[Made]:
        """Answers of a status, best first. Raises NoAnswerError after the last, or where there is none.

        `accepted` are media types or ranges in the order in which they are liked; empty for any.
        """
        response = self.response(status)
        if response is None:
            raise NoAnswerError("the contract names no answer of the operation", f"{self._operation.pointer}/responses")
        values = AnswerValues(self._raw, self._lot(status, wanted))
        heads = self._heads(response, values)
        if not response.content or status in _NO_BODY or status < 200 or self._operation.method == "HEAD":
            types = () if status in _NO_BODY else tuple(_chosen(response.content, accepted))[:1]
            typed = tuple((b"content-type", sent.encode()) for _, sent, _ in types)
            yield from (Made(status, (*typed, *head), b"", "generated") for head in heads)
            raise NoAnswerError("no headers were found that keep to their schemas", response.pointer)
        failed: NoAnswerError | None = None
        for _, sent, media in _chosen(response.content, accepted):
            try:
                for body, source in self._bodies(essence_of(sent), media, wanted, values):
                    for head in heads:
                        yield Made(status, ((b"content-type", sent.encode("latin-1", "replace")), *head), body, source)
            except NoAnswerError as error:
                failed = failed or error
        raise failed or NoAnswerError("no answer was found", response.pointer)

    def _lot(self, status: int, wanted: Wanted) -> Random | None:
        """Apart for each operation and status, so that the order of calls does not matter."""
        if wanted.seed is None:
            return None
        return Random(f"{wanted.seed} {self._operation.pointer} {status}")  # noqa: S311 - no secret

    def _bodies(
        self, essence: str, media: MediaType, wanted: Wanted, values: AnswerValues
    ) -> Iterator[tuple[bytes, Source]]:
        if not wanted.dynamic:
            for example in examples_of(self._contract, media):
                if wanted.example in (None, example.name):
                    yield from ((body, "example") for body in _example(essence, example))
        if wanted.example is not None:
            raise NoAnswerError("that example is not there, or does not keep to the contract", media.pointer)
        for value in self._generated(essence, media, values):
            yield from ((body, "generated") for body in written(essence, value))

    def _generated(self, essence: str, media: MediaType, values: AnswerValues) -> Iterator[Any]:
        """Values for a body; raises NoAnswerError after the last."""
        if is_xml(essence):
            raise NoAnswerError("XML is not generated: give the media type an example", media.pointer)
        if media.schema is None and media.item_schema is None:
            yield {} if is_json(essence) else "text\n"
            raise NoAnswerError("the contract has no schema to make it from", media.pointer)
        name = "schema" if media.schema is not None else "itemSchema"
        schema = media.schema if media.schema is not None else media.item_schema
        try:
            for value in values.tries(Place(schema, f"{media.pointer}/{name}")):
                yield value if name == "schema" else [value]
        except UnknownError as error:
            raise NoAnswerError(str(error), f"{media.pointer}/{name}") from None

    def _heads(self, response: Response, values: AnswerValues) -> tuple[tuple[Header, ...], ...]:
        """All headers that can be made, then only those that must be there."""
        made: dict[bytes, tuple[bytes, bool]] = {}
        for name, described in response.headers.items():
            lower = name.lower().encode("latin-1", "replace")
            if lower == b"content-type" or not may_be_answered(lower):
                continue
            value = self._header(described, values)
            if value is not None:
                made[lower] = value, described.required
        every = tuple((name, value) for name, (value, _) in made.items())
        needed = tuple((name, value) for name, (value, required) in made.items() if required)
        return (every,) if every == needed else (every, needed)

    def _header(self, described: Parameter, values: AnswerValues) -> bytes | None:
        """None where none can be made."""
        media = MediaType(described.schema, None, {}, described.pointer)
        for example in examples_of(self._contract, media):
            try:
                return header(example.value)
            except UnknownError:
                continue
        if described.schema is None:
            return None
        try:
            for number, value in enumerate(values.tries(Place(described.schema, f"{described.pointer}/schema"))):
                text = _header_text(value)
                if text is not None:
                    return text
                if number > _HEADER_TRIES:
                    break
        except UnknownError:
            pass
        return None


def _header_text(value: Any) -> bytes | None:
    try:
        return header(value) or None
    except UnknownError:
        return None


def _example(essence: str, example: Example) -> Iterator[bytes]:
    if example.text:
        yield str(example.value).encode()
    else:
        yield from written(essence, example.value)


def _default(responses: Mapping[str, Response]) -> int:
    """The first success, else what stands for it, else the first redirect, else the first of all."""
    names = [name.upper() for name in responses]
    order = sorted(
        (name for name in names if name[:1].isdigit() and name[:1] != "1"),
        key=lambda name: (name[0] != "2", name.endswith("XX") and name[0] == "2", name),
    )
    if order and order[0][0] == "2":
        return _code(order[0])
    if "DEFAULT" in names:
        return 200
    return _code(order[0]) if order else 0


def _code(name: str) -> int:
    return int(name.replace("X", "0"))


def _chosen(content: Mapping[str, MediaType], accepted: Sequence[str]) -> Iterator[tuple[str, str, MediaType]]:
    """(as the contract names it, as it is sent, entry) in the order in which they are liked; all where none fits."""
    ordered = sorted(content, key=lambda name: not is_json(essence_of(name)))
    found: dict[tuple[str, str], None] = {}
    for one in accepted:
        for name in ordered:
            sent = _sent(name, one)
            if sent is not None:
                found[name, sent] = None
    if not found:
        found = {(name, str(_sent(name, "*/*"))): None for name in ordered}
    return ((name, sent, content[name]) for name, sent in found)


def _sent(name: str, accepted: str) -> str | None:
    """What to send of an entry for an accepted type or range; None where they do not meet."""
    essence = essence_of(name)
    if essence.endswith("/*"):
        whole = {"application/*": "application/json", "text/*": "text/plain", "*/*": "application/json"}
        if accepted.endswith("/*"):
            return whole.get(essence, "application/octet-stream") if _meet(essence, accepted) else None
        return accepted if _meet(essence, accepted) else None
    return name.strip() if _meet(accepted, essence) else None


def _meet(one: str, other: str) -> bool:
    if "*/*" in (one, other) or one == other:
        return True
    return (one.endswith("/*") and other.startswith(one[:-1])) or (other.endswith("/*") and one.startswith(other[:-1]))
