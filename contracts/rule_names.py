"""The names that the rule of a violation can have: keywords of JSON Schema, fields of OpenAPI, and a few of our own."""

from typing import Final

from contracts.keywords import BY_NAME, IN_PLACE, MEMBER, ONE, PLAIN

UNDECLARED: Final = "undeclared"
"""A parameter, member, header or cookie that the contract does not name."""
UNCHECKED: Final = "could-not-check"
"""No rule was broken as far as is known: the message could not be checked."""

_OF_SCHEMAS: Final = frozenset(
    {"type", "format", "prefixItems", "additionalItems", "dependentSchemas", "dependencies", "contentEncoding",
     "contentMediaType", "contentSchema", "readOnly", "writeOnly", "discriminator", "$ref", "$dynamicRef"}
)  # fmt: skip
_OF_MESSAGES: Final = frozenset(
    {"content", "depth", "encoding", "json", "multipart", "responses", "schema", "style", UNDECLARED}
)

RULES: Final = frozenset({*PLAIN, *IN_PLACE, *ONE, *MEMBER, *BY_NAME, *_OF_SCHEMAS, *_OF_MESSAGES})
"""Every name that a rule of `policies/modes.yaml` can be about."""
