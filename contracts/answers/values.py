"""Values of answers, made from raw schemas: plain ones, or others for each seed and always the same for one seed.

What makes them is the generator of the self-test. Here nothing is certain yet: whoever sends a value has it judged.
"""

import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from contracts.probe.judge import Judge
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.probe.values import Maker

_TURNS: Final = 4
_PARTS: Final = 200
_MOST_CONTAINED: Final = 20
_BASE64: Final = {"base64": "QUJD", "base64url": "QUJD", "base32": "IFBA====", "base16": "4142"}
_LETTERS: Final = string.ascii_lowercase
_SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)
_DAYS: Final = 3_650
_LARGEST: Final = 1_000
"""Of numbers and of the length of texts, where the schema says nothing."""
_UNFIT: Final = {"integer": 1, "number": 1, "boolean": True, "null": None}
_FAULTS: Final = (TypeError, ValueError, AttributeError, KeyError, ArithmeticError, RecursionError)


class AnswerValues(Maker):
    """Makes values for answers of one document. `lot` is None for plain values."""

    def __init__(self, raw: Raw, lot: Random | None = None) -> None:
        super().__init__(raw, Judge(raw), _PARTS)
        self._lot = lot
        self._unfit = False
        """Whether a scalar that keeps to nothing is taken all the same."""

    def tries(self, place: Place) -> Iterator[Any]:
        """Values that may keep to the schema at a place, the best guess first. Raises UnknownError after the last.

        The last one is made although something in it keeps to nothing, so that the judge can name the keyword. The
        error says why nothing more is tried; its words hold no value.
        """
        why = "no value was found that keeps to the schema"
        first = self._lot.randrange(1_000) if self._lot is not None else 0
        turns = [(turn, full) for turn in range(first, first + _TURNS) for full in (True, False)]
        for turn, full in (*turns, (first, None)):
            self._left, self._unfit = _PARTS, full is None
            try:
                yield self._make([place], 0, turn, full=bool(full))
            except UnknownError as error:
                why = str(error)
            except _FAULTS:
                why = "a keyword has a value of another kind"
        self._unfit = False
        raise UnknownError(why)

    def _array(self, parts: list[Place], said: dict[str, Any], depth: int, turn: int, *, full: bool) -> list[Any]:
        items = [part.child("items") for part in parts if isinstance(part.node.get("items"), dict)]
        first = [
            self._make([part.child("contains"), *items], depth + 1, turn + number, full=full)
            for part in parts
            if "contains" in part.node
            for number in range(min(part.node.get("minContains", 1), _MOST_CONTAINED))
        ]
        others = super()._array(parts, said, depth, turn, full=full)
        return [*first, *others[: max(said.get("minItems", 0) - len(first), 0)]] if first else others

    def _scalar(self, places: list[Place], parts: list[Place], said: dict[str, Any], kind: str) -> Any:
        encoding = said.get("contentEncoding")
        if isinstance(encoding, str) and encoding.lower() in _BASE64 and not {"pattern", "minLength"} & said.keys():
            return _BASE64[encoding.lower()]
        for guess in () if self._lot is None else _drawn(self._lot, said, kind):
            if self._fits(places, guess):
                return guess
        try:
            return super()._scalar(places, parts, said, kind)
        except UnknownError:
            if not self._unfit:
                raise
            return _UNFIT.get(kind, "text")

    def _fits(self, places: list[Place], value: Any) -> bool:
        """Where it cannot be said, the value is kept: the compiled plan judges the whole."""
        try:
            return not any(self._judge.broken(place, value) for place in places)
        except UnknownError:
            return True


def _drawn(lot: Random, said: dict[str, Any], kind: str) -> Iterator[Any]:
    """Some guesses by lot at a value of a kind."""
    if kind == "boolean":
        yield lot.random() < 0.5
    elif kind in ("integer", "number"):
        yield from (_number(lot, said, kind) for _ in range(3))
    elif kind == "string" and "pattern" not in said:
        yield _text(lot, said)


def _number(lot: Random, said: dict[str, Any], kind: str) -> Any:
    low, high = said.get("minimum"), said.get("maximum")
    least = low if low is not None else 0 if high is None or high > 0 else high - _LARGEST
    most = high if high is not None else least + _LARGEST
    step = said.get("multipleOf")
    if step:
        first = -(-least // step)
        return (first + lot.randrange(max(int(most // step - first), 0) + 1)) * step
    if kind == "integer":
        return lot.randint(int(least), int(most))
    return round(lot.uniform(float(least), float(most)), 2)


def _text(lot: Random, said: dict[str, Any]) -> str:
    at = _SINCE + timedelta(days=lot.randrange(_DAYS), seconds=lot.randrange(86_400))
    word = "".join(lot.choices(_LETTERS, k=8))
    formats = {
        "date": at.strftime("%Y-%m-%d"), "date-time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "time": at.strftime("%H:%M:%SZ"), "email": f"{word}@example.com", "uri": f"https://example.com/{word}",
        "uuid": f"{lot.getrandbits(32):08x}-{lot.getrandbits(16):04x}-4{lot.getrandbits(12):03x}-"
        f"8{lot.getrandbits(12):03x}-{lot.getrandbits(48):012x}",
    }  # fmt: skip
    if said.get("format") in formats:
        return formats[said["format"]]
    least, most = said.get("minLength", 0), said.get("maxLength", _LARGEST)
    return "".join(lot.choices(_LETTERS, k=min(max(least, lot.randint(3, 12)), most)))
