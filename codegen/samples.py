"""Values that keep to a contract: for first calls, for the tests of a package, for the answers of a test double."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from codegen.description import Operation, Paging
from codegen.last_page import as_last_page
from codegen.runtime.read import json_value
from contracts.answers.maker import AnswerMaker, Made, NoAnswerError
from contracts.answers.stated import examples_of
from contracts.answers.values import AnswerValues
from contracts.contract import Contract, MediaType
from contracts.contract import Operation as Declared
from contracts.document import UnresolvedReferenceError
from contracts.engine import EngineRefusedError, make_engine
from contracts.media import essence_of, is_json
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.schema import Lowering

_TRIES: Final = 8


class Samples:
    """Finds values by the contract: its examples first, then made ones, each judged by its schema."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        old = contract.version == "3.0"
        self._values = AnswerValues(Raw(contract.document.tree, old, "request"))
        self.requests = Lowering(contract.document, contract.version, "request")
        self._answers = Lowering(contract.document, contract.version, "answer")

    def arguments(self, declared: Declared, operation: Operation) -> dict[str, Any] | None:
        """JSON values by the names of arguments, of what is required; None where one cannot be made."""
        found: dict[str, Any] = {}
        by_place = {(one.location, one.name): one for one in declared.parameters}
        for argument in operation.arguments:
            if not argument.required:
                continue
            parameter = by_place[argument.location, argument.wire]
            schema, pointer = parameter.schema, f"{parameter.pointer}/schema"
            for media in parameter.content.values():
                schema, pointer = media.schema, f"{media.pointer}/schema"
            stated = self._stated(parameter.pointer)
            value = self._first(schema, pointer, stated)
            if value is None:
                return None
            found[argument.name] = value
        return found

    def body(self, declared: Declared, operation: Operation) -> Any:
        """A JSON value for the body; None where none can be made, or where it is no JSON."""
        payload = operation.payload
        if payload is None or declared.request_body is None or payload.kind != "json":
            return None
        for name, media in declared.request_body.content.items():
            if is_json(essence_of(name)):
                return self._first(media.schema, f"{media.pointer}/schema", self._examples(media))
        return None

    def answer(self, declared: Declared, status: int | None = None, paging: Paging | None = None) -> Made | None:
        """An answer that keeps to the contract, as the last page of a list; None where none can be made."""
        maker = AnswerMaker(self._contract, declared)
        wanted = status or maker.default
        try:
            for index, made in enumerate(maker.tries(wanted)):
                if index >= _TRIES:
                    break
                if self._keeps(maker, made):
                    return made if paging is None else as_last_page(made, paging, partial(self._keeps, maker))
        except NoAnswerError:
            return None
        return None

    def _keeps(self, maker: AnswerMaker, made: Made) -> bool:
        response = maker.response(made.status)
        sent = dict(made.headers).get(b"content-type", b"").decode("latin-1")
        if response is None or not made.body or not is_json(essence_of(sent)):
            return True
        for name, media in response.content.items():
            if essence_of(name) == essence_of(sent) and media.schema is not None:
                return self._valid(self._answers, media.schema, f"{media.pointer}/schema", json_value(made.body))
        return True

    def _examples(self, media: MediaType) -> Iterator[Any]:
        return (example.value for example in examples_of(self._contract, media) if not example.text)

    def _stated(self, pointer: str) -> Iterator[Any]:
        """The examples of a parameter."""
        try:
            described = self._contract.document.resolve(pointer)
        except UnresolvedReferenceError:
            return
        if not isinstance(described, dict):
            return
        if "example" in described:
            yield described["example"]
        named = described.get("examples")
        for entry in named.values() if isinstance(named, dict) else ():
            if isinstance(entry, dict) and "value" in entry:
                yield entry["value"]

    def _first(self, schema: Any, pointer: str, stated: Iterator[Any]) -> Any:
        for value in stated:
            if value is not None and self._valid(self.requests, schema, pointer, value):
                return value
        try:
            for index, value in enumerate(self._values.tries(Place(schema, pointer))):
                if index >= _TRIES:
                    break
                if value is not None and self._valid(self.requests, schema, pointer, value):
                    return value
        except UnknownError:
            return None
        return None

    def _valid(self, lowering: Lowering, schema: Any, pointer: str, value: Any) -> bool:
        if schema is None:
            return True
        try:
            return make_engine(lowering.plain(lowering.root(schema, pointer))).is_valid(value)
        except (EngineRefusedError, ValueError, TypeError, OverflowError):
            return False
