"""Everything that the walk can state: area by kind, with the effects and directions that it can have.

The rules are held against this: each place of the grid has one rule, or a written reason why it has none.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from governance.diff.change import Area, Effect
from governance.finding import Direction

_THING: Final = (Effect.ADDS, Effect.REMOVES)
_VALUE: Final = (Effect.ADDS, Effect.REMOVES, Effect.CHANGES)
_SET: Final = (Effect.NARROWS, Effect.WIDENS, Effect.CHANGES)
_BOTH: Final = (Direction.REQUEST, Direction.RESPONSE)
_SENT: Final = (Direction.REQUEST,)
_RECEIVED: Final = (Direction.RESPONSE,)
_NONE: Final = (Direction.NONE,)

Places = tuple[tuple[Effect, ...], tuple[Direction, ...]]

_CONSTRAINTS: Final = (
    "type", "null", "enum", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "format",
    "contentEncoding", "contentMediaType", "contentSchema", "minItems", "maxItems", "uniqueItems", "contains",
    "prefixItems", "items", "unevaluatedItems", "minProperties", "maxProperties", "propertyNames",
    "patternProperties", "additionalProperties", "unevaluatedProperties", "dependentRequired", "dependentSchemas",
    "required", "not", "if", "composition", "discriminator", "reference", "dialect",
)  # fmt: skip
"""What a schema demands. `const` counts as `enum`, exclusive bounds as bounds, `minContains` as `contains`;
`composition` is of anyOf, oneOf and allOf where the change is in no single branch; `reference` names nothing."""

_NOTES: Final = (
    "default", "deprecated", "readOnly", "writeOnly", "sunset", "stability", "extensible-enum", "title",
    "description", "examples", "externalDocs", "xml", "extension",
)  # fmt: skip
"""What a schema says beside its demands."""

GRID: Final[Mapping[Area, Mapping[str, Places]]] = {
    Area.SCHEMA: {
        **dict.fromkeys(_CONSTRAINTS, (_SET, _BOTH)),
        **dict.fromkeys(_NOTES, (_VALUE, _BOTH)),
        "property": (_THING, _BOTH),
        "alternative": (_THING, _BOTH),
    },
    Area.DOCUMENT: {
        "info": (_VALUE, _NONE), "extension": (_VALUE, _NONE), "externalDocs": (_VALUE, _NONE),
        "openapi": ((Effect.CHANGES,), _NONE), "version": ((Effect.CHANGES,), _NONE),
        "component": (_VALUE, _NONE), "description": (_VALUE, _NONE), "dialect": (_VALUE, _NONE),
    },
    Area.SERVER: {
        "host": (_VALUE, _NONE), "base-path": (_VALUE, _NONE), "scheme": (_VALUE, _NONE),
        "variable": (_VALUE, _NONE), "description": (_VALUE, _NONE), "extension": (_VALUE, _NONE),
    },
    Area.PATH: {
        "path": (_THING, _NONE), "parameter-name": ((Effect.CHANGES,), _NONE), "description": (_VALUE, _NONE),
        "extension": (_VALUE, _NONE),
    },
    Area.OPERATION: {
        "operation": (_THING, _NONE), "operationId": (_VALUE, _NONE), "deprecated": (_THING, _NONE),
        "sunset": (_VALUE, _NONE), "stability": (_VALUE, _NONE), "description": (_VALUE, _NONE),
        "externalDocs": (_VALUE, _NONE), "extension": (_VALUE, _NONE),
    },
    Area.PARAMETER: {
        "parameter": (_THING, _BOTH), "required": (_SET[:2], _BOTH), "style": ((Effect.CHANGES,), _BOTH),
        "explode": ((Effect.CHANGES,), _BOTH), "allowReserved": (_SET[:2], _BOTH),
        "allowEmptyValue": (_SET[:2], _BOTH), "content": ((Effect.CHANGES,), _BOTH),
        "deprecated": (_THING, _BOTH), "sunset": (_VALUE, _BOTH), "stability": (_VALUE, _BOTH),
        "description": (_VALUE, _BOTH), "examples": (_VALUE, _BOTH), "extension": (_VALUE, _BOTH),
    },
    Area.BODY: {
        "body": (_THING, _BOTH), "required": (_SET[:2], _BOTH), "description": (_VALUE, _BOTH),
        "extension": (_VALUE, _BOTH),
    },
    Area.RESPONSE: {
        "response": (_THING, _BOTH), "range": (_SET[:2], _BOTH), "description": (_VALUE, _BOTH),
        "extension": (_VALUE, _BOTH),
    },
    Area.HEADER: {
        "header": (_THING, _BOTH), "required": (_SET[:2], _BOTH), "style": ((Effect.CHANGES,), _BOTH),
        "explode": ((Effect.CHANGES,), _BOTH), "content": ((Effect.CHANGES,), _BOTH),
        "deprecated": (_THING, _BOTH), "description": (_VALUE, _BOTH), "examples": (_VALUE, _BOTH),
        "extension": (_VALUE, _BOTH),
    },
    Area.MEDIA_TYPE: {
        "media-type": (_THING, _BOTH), "name": (_SET, _BOTH), "examples": (_VALUE, _BOTH),
        "description": (_VALUE, _BOTH), "extension": (_VALUE, _BOTH),
    },
    Area.ENCODING: {
        "contentType": (_VALUE, _BOTH), "style": ((Effect.CHANGES,), _BOTH), "explode": ((Effect.CHANGES,), _BOTH),
        "allowReserved": (_SET[:2], _BOTH), "extension": (_VALUE, _BOTH), "part-encoding": (_VALUE, _BOTH),
    },
    Area.SECURITY: {
        "alternative": (_THING, _NONE), "scope": (_THING, _NONE), "requirement": (_SET, _NONE),
    },
    Area.SCHEME: {
        "scheme": (_THING, _NONE), "type": ((Effect.CHANGES,), _NONE), "name": ((Effect.CHANGES,), _NONE),
        "in": ((Effect.CHANGES,), _NONE), "http-scheme": ((Effect.CHANGES,), _NONE),
        "bearerFormat": (_VALUE, _NONE), "openIdConnectUrl": (_VALUE, _NONE), "flow": (_THING, _NONE),
        "authorizationUrl": (_VALUE, _NONE), "tokenUrl": (_VALUE, _NONE), "refreshUrl": (_VALUE, _NONE),
        "deviceAuthorizationUrl": (_VALUE, _NONE), "oauth2MetadataUrl": (_VALUE, _NONE),
        "flow-scope": (_THING, _NONE), "deprecated": (_THING, _NONE), "description": (_VALUE, _NONE),
        "extension": (_VALUE, _NONE),
    },
    Area.CALLBACK: {"callback": (_THING, _NONE), "expression": (_THING, _NONE), "operation": (_THING, _NONE)},
    Area.WEBHOOK: {"webhook": (_THING, _NONE), "operation": (_THING, _NONE)},
    Area.LINK: {"link": (_THING, _RECEIVED), "target": (_VALUE, _RECEIVED), "description": (_VALUE, _RECEIVED)},
    Area.TAG: {"tag": (_THING, _NONE), "description": (_VALUE, _NONE), "operation-tag": (_THING, _NONE)},
    Area.ODATA: {
        "option": (_THING, _SENT), "key": ((Effect.CHANGES,), _SENT), "filterable": (_SET, _SENT),
        "sortable": (_SET, _SENT), "expandable": (_SET, _SENT), "maxExpandDepth": (_SET[:2], _SENT),
        "maxPageSize": (_SET[:2], _SENT),
    },
}  # fmt: skip


def places() -> Iterator[tuple[Area, str, Effect, Direction]]:
    """Every place of the grid."""
    for area, kinds in GRID.items():
        for kind, (effects, directions) in kinds.items():
            yield from ((area, kind, effect, direction) for effect in effects for direction in directions)
