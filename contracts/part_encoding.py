"""How the parts of a multipart body are read, by their Encoding Objects (OpenAPI 3.x): media types and headers."""

from dataclasses import dataclass
from typing import Final, Literal

from contracts.arguments import Argument, plan_argument
from contracts.media import Named, essence_of, is_json, is_xml
from contracts.schema import Lowering
from contracts.shape import Shape
from contracts.views import Encoding

PartKind = Literal["json", "text", "binary"]
_USUAL_HEADERS: Final = frozenset({"content-type", "content-disposition", "content-transfer-encoding"})


@dataclass(frozen=True, slots=True)
class PartPlan:
    """One kind of part. `kind`: how it is read where neither the part nor the contract names a media type.

    `ranges` are the media types that the contract names; empty: any that suits `kind`.
    """

    kind: PartKind
    shape: Shape
    ranges: tuple[str, ...]
    headers: tuple[tuple[str, Argument], ...]
    opaque: bool
    """Whether its bytes are judged by nothing, so that they need not be looked at."""
    pointer: str

    def takes(self, named: Named | None) -> bool:
        """Whether a part may be of this type; None where it names none, which means text (RFC 7578, section 4.4)."""
        essence = "text/plain" if named is None else named.essence
        if self.ranges:
            family = f"{essence.partition('/')[0]}/*"
            return any(one in (essence, family, "*/*") for one in self.ranges)
        if named is None or self.kind == "binary":
            return True
        return is_json(essence) if self.kind == "json" else essence.startswith("text/") and not is_xml(essence)

    def expected(self) -> str:
        """What it is expected to be, in words."""
        usual = {"json": "application/json", "text": "text/plain", "binary": "any media type"}
        return " or ".join(self.ranges) if self.ranges else usual[self.kind]

    def knows(self, header: str) -> bool:
        """Whether a part may have this header."""
        return header in _USUAL_HEADERS or any(name == header for name, _ in self.headers)

    def reads_as(self, named: Named | None) -> PartKind | str:
        """How such a part is read; a reason where it cannot be."""
        if self.opaque:
            return "binary"
        essence = self._essence() if named is None else named.essence
        if not essence:
            return self.kind
        if is_json(essence):
            return "json"
        if is_xml(essence) or essence.startswith("multipart/"):
            return f"parts of type {essence} cannot be checked"
        if essence.startswith("text/"):
            return "text"
        if self.shape.stated and not self.shape.is_scalar:
            return f"parts of type {essence} cannot be checked"
        return "binary"

    def _essence(self) -> str:
        return self.ranges[0] if len(self.ranges) == 1 and not self.ranges[0].endswith("/*") else ""


def plan_part(shape: Shape, stated: Encoding | None, lowering: Lowering, depth: int, pointer: str) -> PartPlan:
    """A part whose value has this shape. Lowers the schemas of its headers."""
    content_type = "" if stated is None else stated.content_type
    ranges = tuple(essence_of(one) for one in content_type.split(",") if one.strip())
    headers: dict[str, Argument] = {}
    for header in () if stated is None else stated.headers.values():
        if header.name.lower() not in _USUAL_HEADERS:
            argument = plan_argument(header, lowering, depth)
            if argument is not None:
                headers[argument.name] = argument
    kind: PartKind = "text"
    if shape.binary or not shape.stated:
        kind = "binary"
    elif not shape.is_scalar:
        kind = "json"
    opaque = kind == "binary" and not shape.bounded
    return PartPlan(kind, shape, ranges, tuple(headers.items()), opaque, pointer)
