"""A system of product `example`: answers come from the contract's own examples, so a new workspace serves at once."""

import json
from collections.abc import Mapping
from typing import Any

from contracts.compile import CompiledOperation
from contracts.contract import Contract, MediaType, Operation, Response
from policies.sent import note_ended, note_sent
from policies.step import Answer, Exchange, Header, Send


def bind(contract: Contract, operation: CompiledOperation) -> Send:
    """The answer of the operation's first success response, made once."""
    described = next(o for o in contract.operations if o.pointer == operation.pointer)
    status, headers, body = _made(contract, described)

    async def example(exchange: Exchange) -> Answer:
        call = exchange.call
        sent = note_sent(exchange)
        if not exchange.safe:
            call.effect = "applied"
        sent.status = status
        note_ended(call, sent)
        exchange.span.close("complete")
        return Answer(status, list(headers), b"" if exchange.method == "HEAD" else body)

    return example


def _made(contract: Contract, operation: Operation) -> tuple[int, tuple[Header, ...], bytes]:
    """Status, headers and body; 501 with no body where the contract gives no example to answer with."""
    for status in sorted(operation.responses, key=lambda s: (not s.startswith("2"), s)):
        if not status.startswith("2"):
            break
        response = operation.responses[status]
        code = int(status) if status.isdigit() else 200
        headers = _headers(contract, response)
        if not response.content:
            return code, headers, b""
        for name, media in response.content.items():
            if name.split(";")[0].strip().endswith("json"):
                body = json.dumps(_example(contract, media), ensure_ascii=False).encode()
                return code, ((b"content-type", name.encode()), *headers), body
    return 501, (), b""


def _headers(contract: Contract, response: Response) -> tuple[Header, ...]:
    made: list[Header] = []
    for name, header in response.headers.items():
        if header.required:
            value = from_schema(contract, header.schema)
            made.append((name.lower().encode(), str(value).encode()))
    return tuple(made)


def _example(contract: Contract, media: MediaType) -> Any:
    """The media type's own example, else its first named one, else one built from the schema."""
    raw = contract.document.resolve(media.pointer)
    if isinstance(raw, Mapping):
        if "example" in raw:
            return raw["example"]
        for entry in (raw.get("examples") or {}).values():
            named = contract.document.resolve(entry["$ref"]) if "$ref" in entry else entry
            if "value" in named or "dataValue" in named:
                return named.get("dataValue", named.get("value"))
    return from_schema(contract, media.schema)


_BY_FORMAT = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "somebody@example.com",
    "uri": "https://example.com/",
}


def from_schema(contract: Contract, schema: Any, depth: int = 0) -> Any:
    """A small instance: examples and defaults first, required properties only, cycles cut."""
    if not isinstance(schema, Mapping) or depth > 12:
        return None
    if "$ref" in schema:
        return from_schema(contract, contract.document.resolve(schema["$ref"]), depth + 1)
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "allOf" in schema:
        parts = [from_schema(contract, part, depth + 1) for part in schema["allOf"]]
        members = {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
        return members or (parts[0] if parts else None)
    for key in ("oneOf", "anyOf"):
        if schema.get(key):
            return from_schema(contract, schema[key][0], depth + 1)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        names = schema.get("required") or list(properties)
        return {
            name: from_schema(contract, properties.get(name, {}), depth + 1)
            for name in names
            if not _reads_nothing(contract, properties.get(name, {}))
        }
    if kind == "array":
        return [from_schema(contract, schema.get("items", {}), depth + 1) for _ in range(schema.get("minItems", 1))]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "string":
        return _BY_FORMAT.get(schema.get("format", ""), "x" * max(schema.get("minLength", 1), 1))
    return None


def _reads_nothing(contract: Contract, schema: Any) -> bool:
    if isinstance(schema, Mapping) and "$ref" in schema:
        schema = contract.document.resolve(schema["$ref"])
    return isinstance(schema, Mapping) and schema.get("writeOnly") is True
