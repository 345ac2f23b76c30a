"""One operation, or one schema, as its page shows it: read from the published document when it is first asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from contracts.contract import Contract, MediaType, Operation, Parameter
from contracts.document import UnresolvedReferenceError
from contracts.document_text import as_json
from contracts.media import essence_of, is_json
from contracts.probe.raw import UnknownError
from contracts.views import SchemeUse
from gateway.portal.content import stated_of
from gateway.portal.first_call import FirstCall, Proof, body_of, first_call, value_of
from gateway.portal.shapes import Kind, Shape, Shapes, shown

_EXAMPLE_CHARACTERS: Final = 6_000
_LINE_CHARACTERS: Final = 72
_PROBLEM: Final = "application/problem+json"
_PLACES: Final = {"path": "in the path", "query": "in the query", "header": "as a header", "cookie": "as a cookie",
                  "querystring": "as the whole query"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, or a header of an answer."""

    name: str
    place: str
    required: bool
    kind: Kind
    notes: tuple[str, ...]
    text: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """One media type of a body. `stated`: the example is the contract's own, else it was made by its schema."""

    media: str
    shape: Shape
    example: str
    stated: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One answer that the contract states."""

    status: str
    text: str
    headers: tuple[Row, ...]
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of being let in: what the call has to carry."""

    proof: Proof
    said: str
    scopes: tuple[str, ...]
    token_urls: tuple[str, ...]
    served: bool = True


@dataclass(frozen=True, slots=True)
class Described:
    """One operation."""

    text: str
    ways: tuple[Way, ...]
    parameters: tuple[Row, ...]
    body_text: str
    body_required: bool
    bodies: tuple[Body, ...]
    answers: tuple[Told, ...]
    call: FirstCall


def described(contract: Contract, operation: Operation, base: str, proof: Proof | None, entity: str) -> Described:
    """Everything of one operation. `proof`: how the reader proves who it is; None where that is not known."""
    shapes = Shapes(contract.document)
    ways = tuple(_way(contract, alternative) for alternative in operation.security or ())
    usable = [one for one in ways if one.served]
    chosen = next((one.proof for one in usable if one.proof == proof), usable[0].proof if usable else "none")
    body = operation.request_body
    stated = _stated(contract, body.pointer) if body is not None else {}
    return Described(
        _text(stated_of(contract, operation), "description"),
        ways,
        tuple(_parameter(contract, one, shapes) for one in operation.parameters),
        _text(stated, "description"),
        body is not None and body.required,
        tuple(_bodies(contract, body.content, shapes, "request")) if body is not None else (),
        tuple(_answers(contract, operation, shapes)),
        first_call(contract, operation, base, chosen, entity),
    )


def _way(contract: Contract, alternative: tuple[SchemeUse, ...]) -> Way:
    kinds = {use.kind for use in alternative}
    scopes = tuple(sorted({scope for use in alternative for scope in use.scopes}))
    urls = tuple(dict.fromkeys(url for use in alternative for url in _token_urls(contract, use)))
    if not alternative:
        return Way("none", "Open: no credential is asked for.", (), ())
    if "unsupported" in kinds or {"api_key"} < kinds:
        return Way("none", "A way that this gateway does not offer.", scopes, urls, served=False)
    if kinds == {"api_key"}:
        return Way("key", "An API key of this gateway, as `X-API-Key`" + (", with:" if scopes else "."), scopes, urls)
    said = "A token, as `Authorization: Bearer ...`" + (", with all of these scopes:" if scopes else ".")
    return Way("token", said, scopes, urls)


def _token_urls(contract: Contract, use: SchemeUse) -> Iterator[str]:
    flows = _stated(contract, f"/components/securitySchemes/{use.name}").get("flows")
    for flow in flows.values() if isinstance(flows, dict) else ():
        if isinstance(flow, dict) and isinstance(flow.get("tokenUrl"), str):
            yield flow["tokenUrl"]


def _parameter(contract: Contract, parameter: Parameter, shapes: Shapes) -> Row:
    stated = _stated(contract, parameter.pointer)
    schema = parameter.schema
    if schema is None:
        schema = next((one.schema for one in parameter.content.values()), None)
    shape = shapes.of(schema)
    try:
        example = shown(value_of(contract, parameter)) if parameter.required else _example(stated)
    except (UnknownError, UnresolvedReferenceError):
        example = ""
    notes = (("deprecated",) if stated.get("deprecated") is True else ()) + shape.notes
    return Row(parameter.name, _PLACES[parameter.location], parameter.required, shape.kind, notes,
               _text(stated, "description") or shape.text, example)  # fmt: skip


def _example(stated: Mapping[str, Any]) -> str:
    return shown(stated["example"]) if "example" in stated else ""


def _answers(contract: Contract, operation: Operation, shapes: Shapes) -> Iterator[Told]:
    for status, response in operation.responses.items():
        stated = _stated(contract, response.pointer)
        headers = tuple(_parameter(contract, one, shapes) for one in response.headers.values())
        bodies = tuple(_bodies(contract, response.content, shapes, "answer"))
        yield Told(status, _text(stated, "description"), headers, bodies)


def _bodies(
    contract: Contract, content: Mapping[str, MediaType], shapes: Shapes, direction: Literal["request", "answer"]
) -> Iterator[Body]:
    for name, media in content.items():
        schema = media.schema if media.schema is not None else media.item_schema
        try:
            value, stated = body_of(contract, media, direction)
            # A refusal that is made up tells nobody anything: its type has a page of its own.
            example = pretty(value, name) if stated or essence_of(name) != _PROBLEM else ""
        except (UnknownError, UnresolvedReferenceError):
            example, stated = "", False
        yield Body(name, shapes.of({} if schema is None else schema), example, stated)


def pretty(value: Any, media: str) -> str:
    """An example as it is sent, on several lines where it is long."""
    if isinstance(value, str) and not is_json(essence_of(media)):
        text = value
    else:
        text = as_json(value, indent=0)
        text = text if len(text) <= _LINE_CHARACTERS else as_json(value)
    return text if len(text) <= _EXAMPLE_CHARACTERS else f"{text[:_EXAMPLE_CHARACTERS]}\n..."


def _stated(contract: Contract, pointer: str) -> Mapping[str, Any]:
    try:
        found = contract.document.follow(*contract.document.step(pointer))[0]
    except UnresolvedReferenceError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(stated: Mapping[str, Any], key: str) -> str:
    value = stated.get(key)
    return value if isinstance(value, str) else ""
