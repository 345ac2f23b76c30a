"""Keywords that hold no schema, lowered: types, bounds, patterns, formats, contents of texts."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.content import encoding_format, media_format
from contracts.definition import Definition, Definitions, KeywordNotCheckable, Note
from contracts.engine import counted_pattern, linear_pattern
from contracts.exact import exact
from contracts.formats import NUMBER_RANGES, is_asserted
from contracts.keywords import COUNTS, PLAIN, TYPES
from contracts.wording import instead
from contracts.yaml12 import shown

Extra = tuple[dict[str, Any], Note | None]
"""A schema that goes beside the others under `allOf`, and what an error in it means."""

DRAFT_4: Final = "http://json-schema.org/draft-04/schema"
_DIALECTS: Final = ("https://spec.openapis.org/oas/", "https://json-schema.org/draft/2020-12/")


_OTHER_NAMES: Final[Mapping[str, str]] = {
    "float": "number", "double": "number", "decimal": "number", "long": "integer", "short": "integer",
    "bool": "boolean", "str": "string", "text": "string", "date": "string", "datetime": "string", "date-time": "string",
    "uuid": "string", "list": "array", "map": "object", "dict": "object", "none": "null", "nil": "null",
}  # fmt: skip
"""What other languages call the types."""


def _no_type(types: list[Any]) -> str:
    """Which of these is no type, and what to write."""
    if not types:
        return "`type` is an empty list: " + instead("", TYPES)
    wrong = next(name for name in types if not (isinstance(name, str) and name in TYPES))
    if not isinstance(wrong, str):
        return "`type` takes the name of a type: " + instead("", TYPES)
    other = _OTHER_NAMES.get(wrong.lower())
    remedy = f"write `{other}`" if other else instead(wrong, TYPES)
    return f"`type` names `{shown(wrong)}`, which JSON Schema does not have: {remedy}"


class PlainKeywords(Definitions):
    """Lowers what is no schema itself."""

    def __init__(self, version: str, dialect: object, *, asserted: bool) -> None:
        super().__init__()
        self.draft_4 = version != "3.0" and isinstance(dialect, str) and dialect.startswith(DRAFT_4)
        self.old = version == "3.0" or self.draft_4
        """Whether siblings of `$ref` do not count and `exclusiveMinimum` is true or false."""
        self.asserted = asserted
        """Whether `format`, `contentEncoding` and `contentMediaType` say what a value must be."""
        known = not isinstance(dialect, str) or self.draft_4 or dialect.startswith(_DIALECTS)
        self.foreign = "" if known else str(dialect)

    def _fault(self, into: Definition, reason: str, pointer: str) -> bool:
        into.faults.append(KeywordNotCheckable(reason, pointer))
        return True

    def _dialect(self, schema: Mapping[str, Any], pointer: str, into: Definition) -> None:
        dialect = schema.get("$schema")
        if isinstance(dialect, str) and not (
            dialect.startswith(DRAFT_4) if self.draft_4 else dialect.startswith(_DIALECTS)
        ):
            self._fault(into, f"its dialect is {dialect}", f"{pointer}/$schema")
        if self.draft_4 and isinstance(schema.get("id"), str):
            self._fault(into, "its `id`, from which references would be read, is not looked at", f"{pointer}/id")

    def _type(self, schema: Mapping[str, Any], pointer: str, out: dict[str, Any], into: Definition) -> None:
        if "type" not in schema:
            return
        stated = schema["type"]
        types = stated if isinstance(stated, list) else [stated]
        if not types or not all(isinstance(name, str) and name in TYPES for name in types):
            self._fault(into, _no_type(types), f"{pointer}/type")
            return
        types = list(dict.fromkeys(types))
        if self.old and not self.draft_4 and schema.get("nullable") is True and "null" not in types:
            types.append("null")
        out["type"] = types[0] if len(types) == 1 else types

    def _plain(self, schema: Mapping[str, Any], pointer: str, out: dict[str, Any], into: Definition) -> None:
        for keyword, (fits, words) in PLAIN.items():
            if keyword not in schema:
                continue
            value = exact(schema[keyword])
            if isinstance(value, bool) and keyword in ("exclusiveMinimum", "exclusiveMaximum") and self.old:
                continue
            if not fits(value):
                self._fault(into, f"`{keyword}` takes {words}", f"{pointer}/{keyword}")
            elif keyword in COUNTS:
                out[keyword] = int(value)
            elif keyword == "required":
                out[keyword] = list(dict.fromkeys(value))
            elif keyword == "pattern":
                # One that counts is taken apart below.
                counts = counted_pattern(value) is not None
                out[keyword] = value if counts else self._pattern(value, f"{pointer}/pattern", into)
            else:
                out[keyword] = value
        if self.old:
            for end in ("Minimum", "Maximum"):
                bound = end.lower()
                if schema.get(f"exclusive{end}") is True and bound in out:
                    out[f"exclusive{end}"] = out.pop(bound)

    def _pattern(self, pattern: str, pointer: str, into: Definition) -> str:
        form, fault = linear_pattern(pattern)
        if fault:
            self._fault(into, f"the pattern `{shown(pattern)}` cannot be checked: {fault}", pointer)
        return form

    def _counted(self, pointer: str, out: dict[str, Any], extra: list[Extra], into: Definition) -> None:
        counted = counted_pattern(out.get("pattern", ""))
        if counted is None:
            return
        form, least, most = counted
        at = f"{pointer}/pattern"
        bounds = {"pattern": self._pattern(form, at, into), "minLength": least}
        if most is not None:
            bounds["maxLength"] = most
        extra.append((bounds, Note("pattern", at, f"a text that matches {out.pop('pattern')[:200]}")))

    def _format(
        self,
        schema: Mapping[str, Any],
        pointer: str,
        out: dict[str, Any],
        extra: list[Extra],
        into: Definition,
    ) -> None:
        name = schema.get("format")
        if name is None or not self.asserted:
            return
        if not isinstance(name, str):
            self._fault(into, "`format` takes a text", f"{pointer}/format")
            return
        span = NUMBER_RANGES.get(name)
        if span is not None:
            bounds = {"minimum": span.minimum, "maximum": span.maximum}
            extra.append((bounds, Note("format", f"{pointer}/format", span.words)))
        elif is_asserted(name):
            out["format"] = name

    def _content(self, schema: Mapping[str, Any], pointer: str, extra: list[Extra]) -> None:
        """What a text holds, as far as it can be told: `contentSchema` says nothing that a value could break."""
        encoding, media = schema.get("contentEncoding"), schema.get("contentMediaType")
        for keyword, form in (
            ("contentEncoding", encoding_format(encoding)), ("contentMediaType", media_format(encoding, media)),
        ):  # fmt: skip
            if form is not None and self.asserted:
                name, words = form
                extra.append(({"format": name}, Note(keyword, f"{pointer}/{keyword}", words)))
