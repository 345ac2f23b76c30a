"""Where schemas are used: what the walk hands to the comparison of schemas."""

from dataclasses import dataclass, field

from governance.diff.change import NO_TRAITS, Change, Traits
from governance.finding import Direction, Use


@dataclass(frozen=True, slots=True)
class SchemaSite:
    """One place where a schema stands in both documents, or in one of them with something that may stay unsaid.

    None for a pointer: that side states no schema there, so every value is valid (a media type without `schema`).
    """

    direction: Direction
    old: str | None
    """JSON pointer of the schema in the old document."""
    new: str | None
    use: Use
    text: bool = False
    """Whether the value travels as text (a parameter or header with `style`, a form): `5` is also the text "5"."""
    traits: Traits = NO_TRAITS
    """Of the operation, or of the parameter."""


@dataclass(slots=True)
class Walked:
    """All facts outside schemas, and the places where schemas are to be compared, in an order that is no document's.

    Paths go by name, methods as OpenAPI lists them, everything else by name.
    """

    changes: list[Change] = field(default_factory=list)
    sites: list[SchemaSite] = field(default_factory=list)
    operations: int = 0
    """How many operations both documents have."""
