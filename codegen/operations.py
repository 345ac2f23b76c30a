"""The operations of a contract -> operations of a client: arguments, body, successes apart from failures."""

from collections.abc import Mapping
from typing import Any, Final

from codegen.description import Argument, BodyKind, Operation, Outcome, PartRule, Payload
from codegen.naming import Names, attribute_name, class_name
from codegen.paging import paging_of
from codegen.shapes.reading import ShapeReader
from codegen.shapes.shape import ANY, Scalar, Shape
from contracts.contract import Contract, MediaType, Parameter, RequestBody, Response
from contracts.contract import Operation as Declared
from contracts.media import essence_of, is_json

_OURS: Final = frozenset(
    [
        "accept",
        "content-type",
        "authorization",
        "x-entity",
        "api-version",
        "x-correlation-id",
        "traceparent",
        "tracestate",
    ]
)
"""Headers that the client sets by itself, or that OpenAPI does not let a parameter describe."""
_ARGUMENTS: Final = frozenset(["self", "body"])
_LINES: Final = frozenset(
    ["application/jsonl", "application/x-ndjson", "application/ndjson", "application/x-jsonlines"]
)
_PREFERRED: Final[tuple[BodyKind, ...]] = ("json", "lines", "events", "form", "multipart", "text", "binary")
_LOCATIONS: Final = ("path", "query", "header", "cookie")
FILE: Final = Scalar("file")


class Unsupported(Exception):  # noqa: N818 - it is told, and the rest is generated
    """No client can be written for an operation; the reason in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OperationReader:
    """Reads the operations of one contract."""

    def __init__(self, contract: Contract, answers: ShapeReader, requests: ShapeReader) -> None:
        self._contract = contract
        self._answers = answers
        self._requests = requests

    def read(self, declared: Declared, resource: str, name: str) -> Operation:
        """One operation. Raises Unsupported, and DanglingError for a reference that leads nowhere."""
        if declared.at_fault:
            raise Unsupported(declared.at_fault)
        hint = class_name(declared.operation_id).removesuffix("_")
        described = self._contract.document.resolve(declared.pointer)
        arguments = self._arguments(declared, hint)
        payload = None if declared.request_body is None else self._payload(declared.request_body, hint)
        successes, failures = self._outcomes(declared, hint)
        paging = None
        if declared.method == "GET" and (payload is None or not payload.required):
            shown = {shape.name: shape for shape in self._answers.objects.values()}
            linked = any("link" in map(str.lower, response.headers) for response in declared.responses.values())
            paging = paging_of(successes, arguments, shown, linked=linked)
        security = declared.security
        return Operation(
            declared.operation_id, resource, name, declared.method, declared.path,
            _text(described, "summary"), _text(described, "description"), declared.deprecated,
            arguments, payload, successes, failures,
            None if security is None else tuple(tuple(use.name for use in group) for group in security),
            paging,
        )  # fmt: skip

    def _arguments(self, declared: Declared, hint: str) -> tuple[Argument, ...]:
        given = Names(_ARGUMENTS)
        given.give_all(
            {f"{one.location} {one.name}": attribute_name(one.name, _ARGUMENTS) for one in declared.parameters}
        )
        found: list[Argument] = []
        for parameter in declared.parameters:
            location = parameter.location
            if location == "header" and parameter.name.lower() in _OURS:
                continue
            if location == "querystring":
                raise Unsupported(f"the parameter {parameter.name} is a whole query string")
            json = bool(parameter.content)
            if json and not all(is_json(essence_of(name)) for name in parameter.content):
                raise Unsupported(f"the parameter {parameter.name} is neither text nor JSON")
            name = given.give(f"{location} {parameter.name}", "")
            shape, text = self._parameter(parameter, f"{hint}{class_name(parameter.name).removesuffix('_')}")
            found.append(
                Argument(
                    parameter.name, name, location, shape, parameter.required or location == "path", parameter.style,
                    parameter.explode, parameter.allow_reserved, json, text,
                )
            )  # fmt: skip
        return tuple(sorted(found, key=lambda one: (_LOCATIONS.index(one.location), not one.required)))

    def _parameter(self, parameter: Parameter, hint: str) -> tuple[Shape, str]:
        described = self._contract.document.resolve(parameter.pointer)
        text = _text(described, "description")
        for media in parameter.content.values():
            return self._shape(self._requests, media, hint), text
        pointer = f"{parameter.pointer}/schema"
        return self._requests.read(parameter.schema, pointer, hint), text

    def _payload(self, body: RequestBody, hint: str) -> Payload:
        described = self._contract.document.resolve(body.pointer)
        text = _text(described, "description")
        by_kind: dict[BodyKind, tuple[str, MediaType]] = {}
        for name, media in body.content.items():
            by_kind.setdefault(_kind(name, media), (name, media))
        for kind in _PREFERRED:
            if kind not in by_kind:
                continue
            name, media = by_kind[kind]
            if kind in ("binary", "events", "lines"):
                return Payload(_sent_as(name), "binary", FILE, body.required, text)
            if kind == "text":
                return Payload(_sent_as(name), "text", Scalar("string"), body.required, text)
            schema_pointer = f"{media.pointer}/schema"
            files = kind == "multipart"
            shape = (
                ANY if media.schema is None
                else self._requests.read(media.schema, schema_pointer, f"{hint}Body", files=files)
            )  # fmt: skip
            parts = tuple(
                PartRule(wire, part.content_type, part.style, part.explode)
                for wire, part in sorted(media.parts.items())
            )
            return Payload(_sent_as(name), kind, shape, body.required, text, parts)
        raise Unsupported("its body has no media type")

    def _outcomes(self, declared: Declared, hint: str) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
        """Successes and failures. `default` stands for all failures, and for success where no other one is declared."""
        successes: list[Outcome] = []
        failures: list[Outcome] = []
        good = sorted(status for status in declared.responses if status[0] in "23")
        for status, response in sorted(declared.responses.items()):
            if status == "default":
                outcome = self._outcome("default", response, f"{hint}Error" if good else f"{hint}Answer")
                failures.append(outcome)
                if not good:
                    successes.append(Outcome("2XX", outcome.media_type, outcome.kind, outcome.shape))
            elif status[0] == "2":
                own = f"{hint}Answer" if status == good[0] else f"{hint}Answer{status}"
                successes.append(self._outcome(status, response, own))
            elif status[0] in "45":
                failures.append(self._outcome(status, response, f"{hint}Error{status}"))
        if not successes:
            successes.append(Outcome("2XX", "", "binary", None))
        return tuple(successes), tuple(failures)

    def _outcome(self, status: str, response: Response, hint: str) -> Outcome:
        by_kind: dict[BodyKind, tuple[str, MediaType]] = {}
        for name, media in response.content.items():
            by_kind.setdefault(_kind(name, media), (name, media))
        for kind in _PREFERRED:
            if kind not in by_kind:
                continue
            name, media = by_kind[kind]
            if kind in ("lines", "events"):
                schema, tail = media.item_schema, "itemSchema"
                shape = ANY if schema is None else self._answers.read(schema, f"{media.pointer}/{tail}", f"{hint}Item")
                return Outcome(status, name, kind, shape)
            if kind == "json":
                return Outcome(status, name, kind, self._shape(self._answers, media, hint))
            if kind == "text":
                return Outcome(status, name, kind, Scalar("string"))
            return Outcome(status, name, "binary", FILE)
        return Outcome(status, "", "binary", None)

    def _shape(self, reader: ShapeReader, media: MediaType, hint: str) -> Shape:
        return ANY if media.schema is None else reader.read(media.schema, f"{media.pointer}/schema", hint)


def _kind(name: str, media: MediaType) -> BodyKind:
    essence = essence_of(name)
    if essence in _LINES:
        return "lines"
    if essence == "text/event-stream":
        return "events"
    if is_json(essence) or essence in ("*/*", "application/*"):
        return "binary" if _is_binary(media.schema) else "json"
    if essence == "application/x-www-form-urlencoded":
        return "form"
    if essence == "multipart/form-data":
        return "multipart"
    return "text" if essence.startswith("text/") and not _is_binary(media.schema) else "binary"


def _is_binary(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "string" and schema.get("format") == "binary"


def _sent_as(name: str) -> str:
    """A media type that can be sent, of one that may be a range."""
    essence = essence_of(name)
    if "*" not in essence:
        return name
    return "application/json" if essence in ("*/*", "application/*") else "application/octet-stream"


def _text(holder: Any, key: str) -> str:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return value if isinstance(value, str) else ""
