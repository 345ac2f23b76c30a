"""What the data of an event holds: JSON by `contentMediaType`, judged by `contentSchema`.

JSON Schema leaves `contentSchema` to who uses it. OpenAPI 3.2 says that the data of server-sent events is described so
("Special Considerations for Server-Sent Events"), and it is all that a contract can say of it.
"""

from dataclasses import dataclass
from typing import Any

from contracts.definition import Definitions
from contracts.judging_values import Engines, Found, judge_value
from contracts.media import essence_of, is_json, read_json
from contracts.schema import Lowering


@dataclass(frozen=True, slots=True)
class EventData:
    """`key` names the definition of `contentSchema`."""

    key: str
    depth: int
    pointer: str

    def judge(self, event: Any, place: str, engines: Engines, definitions: Definitions, found: Found) -> None:
        """Judge the data of an event that keeps to its own schema. `place` is the pointer of the event."""
        data = event.get("data") if isinstance(event, dict) else None
        if not isinstance(data, str):
            return
        inner = Found()
        readings = (lambda raw: read_json(raw, self.depth),)
        judge_value(data.encode(), readings, self.key, engines, definitions, "body", None, self.pointer, inner)
        for told in inner.violations:
            found.add("body", f"{place}/data{told.pointer}", told.rule, told.message, told.contract)


def plan_data(item_schema: Any, pointer: str, lowering: Lowering, depth: int) -> EventData | None:
    """Of the schema of an event that names `data` itself, through references. Lowers `contentSchema`."""
    event, at = _followed(item_schema, pointer, lowering)
    properties = event.get("properties")
    if not isinstance(properties, dict) or "data" not in properties:
        return None
    data, at = _followed(properties["data"], f"{at}/properties/data", lowering)
    media = data.get("contentMediaType")
    if not isinstance(media, str) or not is_json(essence_of(media)) or "contentEncoding" in data:
        return None
    if "contentSchema" not in data:
        return None
    return EventData(lowering.root(data["contentSchema"], f"{at}/contentSchema"), depth, f"{at}/contentSchema")


def _followed(schema: Any, pointer: str, lowering: Lowering) -> tuple[dict[str, Any], str]:
    for _ in range(8):
        target = lowering.members.target(schema, pointer) if isinstance(schema, dict) else None
        if target is None or "properties" in schema or "contentSchema" in schema:
            break
        schema, pointer = target
    return (schema, pointer) if isinstance(schema, dict) else ({}, pointer)
