"""The tokens of OData query options. One pass, no backtracking: every pattern is possessive or of fixed length.

Literals follow the OData 4.01 ABNF (primitiveLiteral) and OData V2 (URI conventions, section 4 of [MS-ODATA] 2.2.2):
V2 puts a type before a quote (`datetime'...'`, `guid'...'`) or after a number (`12.5M`); V4 writes dates and guids
bare.
"""

import re
from typing import Final, Literal, NamedTuple

Dialect = Literal["v2", "v4"]
TokenKind = Literal["name", "dollar", "alias", "string", "number", "guid", "date", "time", "typed", "sign", "end"]

MOST_CHARACTERS: Final = 8_192
"""Of one option's text, decoded."""
_MOST_NAME: Final = 128


class ODataSyntaxError(Exception):
    """What does not parse. `position` counts characters of the decoded text from 0.

    Of the text no message holds more than a name.
    """

    def __init__(self, option: str, position: int, message: str) -> None:
        super().__init__(f"{option}, character {position + 1}: {message}")
        self.option = option
        self.position = position
        self.message = message


class Token(NamedTuple):
    """`spaced`: white space stands before it."""

    kind: TokenKind
    text: str
    position: int
    spaced: bool


_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_QUOTED: Final = r"'[^']*+(?:''[^']*+)*+'"
_HEX: Final = r"[0-9A-Fa-f]"
_GUID: Final = rf"{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"
_DAY: Final = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,12})?)?"
_ZONE: Final = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
_NUMBER: Final = r"[+-]?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_NAME: Final = r"[^\W0-9]\w*+"
_SHARED: Final = (
    rf"(?P<typed>{_NAME}(?:\.{_NAME})*+{_QUOTED})"
    rf"|(?P<string>{_QUOTED})"
    r"|(?P<dollar>\$[A-Za-z]++)"
    rf"|(?P<name>{_NAME}(?:\.{_NAME})*+)"
    r"|(?P<sign>[(),/:;=*-])"
)
_PATTERNS: Final = {
    "v2": re.compile(
        r"(?P<space>[ \t]*+)(?:"
        rf"(?P<number>(?:{_NUMBER}[MmLlDdFf]?|-?INF|NaN)(?![\w.:'/-]))|{_SHARED})"
    ),
    "v4": re.compile(
        r"(?P<space>[ \t]*+)(?:"
        rf"(?P<guid>{_GUID}(?![\w'.-]))"
        rf"|(?P<date>{_DAY}(?:T{_CLOCK}{_ZONE})?(?![\w:.'-]))"
        rf"|(?P<time>{_CLOCK}(?![\w:.'-]))"
        rf"|(?P<number>(?:{_NUMBER}|-?INF|NaN)(?![\w.:'/-]))"
        rf"|(?P<alias>@{_NAME})|{_SHARED})"
    ),
}
_NOT_A_NAME: Final = re.compile(r"[^\W0-9]")

_HOURS: Final = r"(?:T(?=[0-9])(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}(?:\.[0-9]{1,12})?S)?)?"
_DURATION: Final = rf"[+-]?P(?=[0-9T])(?:[0-9]{{1,9}}D)?{_HOURS}"
_YEARLY: Final = rf"-?P(?=[0-9T])(?:[0-9]{{1,9}}Y)?(?:[0-9]{{1,9}}M)?(?:[0-9]{{1,9}}D)?{_HOURS}"
_GEO: Final = (
    r"SRID=[0-9]{1,5};(?:Point|LineString|Polygon|MultiPoint|MultiLineString|MultiPolygon|Collection)"
    r"[A-Za-z0-9(),.+ -]*+"
)
_TYPED: Final = {
    "v2": {
        "datetime": re.compile(rf"{_DAY}T{_CLOCK}"),
        "datetimeoffset": re.compile(rf"{_DAY}T{_CLOCK}{_ZONE}"),
        "time": re.compile(_YEARLY),
        "guid": re.compile(_GUID),
        "binary": re.compile(rf"(?:{_HEX}{_HEX})*+"),
        "X": re.compile(rf"(?:{_HEX}{_HEX})*+"),
    },
    "v4": {
        "duration": re.compile(_DURATION),
        "binary": re.compile(r"[A-Za-z0-9_-]*+={0,2}"),
        "geography": re.compile(_GEO),
        "geometry": re.compile(_GEO),
    },
}
_ENUM: Final = re.compile(rf"(?:{_NAME}|-?[0-9]{{1,19}})(?:,(?:{_NAME}|-?[0-9]{{1,19}}))*+")


def tokenize(text: str, option: str, dialect: Dialect) -> list[Token]:
    """The tokens of a decoded text, with one of kind `end` last. Raises ODataSyntaxError."""
    if len(text) > MOST_CHARACTERS:
        raise ODataSyntaxError(option, MOST_CHARACTERS, f"it is longer than {MOST_CHARACTERS} characters")
    control = _CONTROL.search(text)
    if control is not None:
        raise ODataSyntaxError(option, control.start(), "a control character cannot stand here")
    pattern = _PATTERNS[dialect]
    tokens: list[Token] = []
    place, end = 0, len(text.rstrip(" \t"))
    while place < end:
        found = pattern.match(text, place)
        if found is None:
            raise _unreadable(text, place, option)
        kind: TokenKind = found.lastgroup  # type: ignore[assignment] # the groups are named by the kinds
        space = found.end("space")
        token = Token(kind, found[kind], space, space > place)
        _check(token, option, dialect)
        tokens.append(token)
        place = found.end()
    tokens.append(Token("end", "", end, end < len(text)))
    return tokens


def _check(token: Token, option: str, dialect: Dialect) -> None:
    """What the pattern left open: how long names are, and what stands in a typed literal."""
    if token.kind == "name":
        if any(len(part) > _MOST_NAME for part in token.text.split(".")):
            raise ODataSyntaxError(option, token.position, f"a name is longer than {_MOST_NAME} characters")
    elif token.kind == "typed":
        prefix, _, quoted = token.text.partition("'")
        inside = _TYPED[dialect].get(prefix)
        if inside is None and "." in prefix and dialect == "v4":
            inside = _ENUM
        if inside is None:
            message = f"this kind of literal is not known in OData {dialect.upper()}"
            raise ODataSyntaxError(option, token.position, message)
        if inside.fullmatch(quoted[:-1]) is None:
            raise ODataSyntaxError(option, token.position, "what stands in the quotes is not a literal of that kind")


def _unreadable(text: str, place: int, option: str) -> ODataSyntaxError:
    begin = place + len(text[place:]) - len(text[place:].lstrip(" \t"))
    first = text[begin]
    if first == "'":
        return ODataSyntaxError(option, begin, "a quote is not closed; a quote inside a text is written twice")
    if first in "+-0123456789":
        return ODataSyntaxError(option, begin, "not a number, date or guid as OData writes them")
    if _NOT_A_NAME.match(first):
        return ODataSyntaxError(option, begin, "a quote after a name is not closed")
    return ODataSyntaxError(option, begin, "this character cannot stand here")
