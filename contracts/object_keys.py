"""The keys that OpenAPI gives each of its objects, by version, and what stands under them. `x-` is free everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

VERSIONS: Final = ("3.0", "3.1", "3.2")

_SPEC: Final[Mapping[str, tuple[str, ...]]] = {
    "document": (
        (
            "openapi info:info servers:[server] paths:paths components:components security tags:[tag] "
            "externalDocs:external-documentation"
        ),
        "jsonSchemaDialect webhooks:{path-item}",
        "$self",
    ),
    "info": ("title description termsOfService contact:contact license:license version", "summary"),
    "contact": ("name url email",),
    "license": ("name url", "identifier"),
    "server": ("url description variables:{server-variable}", "", "name"),
    "server-variable": ("enum default description",),
    "components": (
        (
            "schemas:{schema} responses:{response} parameters:{parameter} examples:{example} "
            "requestBodies:{request-body} headers:{header} securitySchemes:{security-scheme} "
            "links:{link} callbacks:{callback}"
        ),
        "pathItems:{path-item}",
        "mediaTypes:{media-type}",
    ),
    "path-item": (
        (
            "$ref summary description get:operation put:operation post:operation delete:operation options:operation "
            "head:operation patch:operation trace:operation servers:[server] parameters:[parameter]"
        ),
        "",
        "query:operation additionalOperations:{operation}",
    ),
    "operation": (
        (
            "tags summary description externalDocs:external-documentation operationId parameters:[parameter] "
            "requestBody:request-body responses:responses callbacks:{callback} deprecated security servers:[server]"
        ),
    ),
    "external-documentation": ("description url",),
    "parameter": (
        (
            "name in description required deprecated allowEmptyValue style explode allowReserved schema:schema example "
            "examples:{example} content:{media-type}"
        ),
    ),
    "header": (
        (
            "description required deprecated allowEmptyValue style explode allowReserved schema:schema example "
            "examples:{example} content:{media-type}"
        ),
    ),
    "request-body": ("description content:{media-type} required",),
    "media-type": (
        "schema:schema example examples:{example} encoding:{encoding}",
        "",
        "description itemSchema:schema prefixEncoding:[encoding] itemEncoding:encoding",
    ),
    "encoding": (
        "contentType headers:{header} style explode allowReserved",
        "",
        "encoding:{encoding} prefixEncoding:[encoding] itemEncoding:encoding",
    ),
    "response": ("description headers:{header} content:{media-type} links:{link}", "", "summary"),
    "example": ("summary description value externalValue", "", "dataValue serializedValue"),
    "link": ("operationRef operationId parameters requestBody description server:server",),
    "tag": ("name description externalDocs:external-documentation", "", "summary parent kind"),
    "discriminator": ("propertyName mapping", "", "defaultMapping"),
    "XML": ("name namespace prefix attribute wrapped", "", "nodeType"),
    "security-scheme": (
        "type description name in scheme bearerFormat flows:OAuth-flows openIdConnectUrl",
        "",
        "oauth2MetadataUrl deprecated",
    ),
    "OAuth-flows": (
        "implicit:OAuth-flow password:OAuth-flow clientCredentials:OAuth-flow authorizationCode:OAuth-flow",
        "",
        "deviceAuthorization:OAuth-flow",
    ),
    "OAuth-flow": ("authorizationUrl tokenUrl refreshUrl scopes", "", "deviceAuthorizationUrl"),
    "schema": (
        (
            "title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems "
            "minItems uniqueItems maxProperties minProperties required enum type allOf:[schema] oneOf:[schema] "
            "anyOf:[schema] not:schema items:schema properties:{schema} additionalProperties:schema description format "
            "default nullable discriminator:discriminator readOnly writeOnly xml:XML "
            "externalDocs:external-documentation example deprecated"
        ),
        (
            "$schema $vocabulary $id $anchor $dynamicRef $dynamicAnchor $comment $defs:{schema} const examples "
            "if:schema then:schema else:schema prefixItems:[schema] contains:schema minContains maxContains "
            "patternProperties:{schema} propertyNames:schema dependentSchemas:{schema} dependentRequired "
            "unevaluatedItems:schema unevaluatedProperties:schema contentEncoding contentMediaType "
            "contentSchema:schema "
            # Of earlier drafts, which 2020-12 lets live, and which are judged here.
            "definitions:{schema} dependencies:{schema}"
        ),
    ),
}
"""By object: what 3.0 has, what 3.1 adds, what 3.2 adds. `:` leads to an object, `:[]` to a list of them, `:{}` to
objects by name; nothing else is looked into. `paths`, `responses` and `callback` have names of their own."""

WITHOUT_EFFECT: Final[Mapping[str, str]] = {
    "nullable": "write `type: [..., 'null']`, or `anyOf` of the schema and of `type: 'null'`",
    "additionalItems": "write `items` beside `prefixItems`",
    "$recursiveRef": "write `$dynamicRef`",
    "$recursiveAnchor": "write `$dynamicAnchor`",
}
"""Keywords of other versions that schemas of 3.1 and 3.2 pass over, with what to write there instead."""

REFERRED: Final = frozenset(
    ("schema", "response", "parameter", "example", "request-body", "header", "security-scheme", "link", "callback")
)
"""Objects that may be a reference instead; since 3.2 media types, too."""
BESIDE: Final = frozenset(("$ref", "summary", "description"))
"""What a reference has since 3.1. In 3.0 it has `$ref` alone; these two mislead nobody there."""


@dataclass(frozen=True, slots=True)
class Key:
    """What stands under a key: objects of a kind, `one`, a `list` of them or `named`; no kind where it is data."""

    kind: str = ""
    form: Literal["one", "list", "named"] = "one"


def _key(text: str) -> tuple[str, Key]:
    name, _, held = text.partition(":")
    if held.startswith("["):
        return name, Key(held[1:-1], "list")
    return name, Key(held[1:-1], "named") if held.startswith("{") else Key(held)


def _tables() -> Mapping[str, Mapping[str, Mapping[str, Key]]]:
    found: dict[str, dict[str, dict[str, Key]]] = {}
    for number, version in enumerate(VERSIONS):
        known = found[version] = {}
        for kind, added in _SPEC.items():
            known[kind] = dict(_key(text) for text in " ".join(added[: number + 1]).split())
        if number:
            del known["schema"]["nullable"]
    return found


KEYS: Final = _tables()
"""By version and object, each key and what stands under it."""


def came_with(kind: str, key: str, version: str) -> str:
    """The later version that brought a key; empty where none did."""
    later = VERSIONS[VERSIONS.index(version) + 1 :]
    return next((other for other in later if key in KEYS[other][kind]), "")
