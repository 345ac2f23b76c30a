"""What a caller of the mock asks for with `Prefer` (RFC 7240): the names are those that Prism's users know."""

import re
from dataclasses import dataclass
from typing import Final

from contracts.wording import instead
from policies.step import Problem, Refusal

MOCK_PREFERENCE = Problem(
    "mock-preference",
    400,
    "The mock cannot do what Prefer asks for",
    "The detail says what there is: `code` or `status`, `example`, `dynamic`, `seed`, `delay`, `wait`.",
)
MOST_DELAY_MILLISECONDS: Final = 60_000
OWN: Final = ("code", "status", "example", "dynamic", "seed", "delay", "wait")
_OTHERS: Final = frozenset({"return", "respond-async", "handling", "depth-noroot", "safe", "transclude", "include"})
"""Registered ones of which a mock makes nothing: RFC 7240 lets them be passed over."""
_LETTERS: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_ONE = re.compile(rf"\s*+({_LETTERS}+)\s*+(?:=\s*+(?:({_LETTERS}+)|\"((?:[^\"\\]|\\.)*+)\"))?+\s*+(?:[,;]|$)")
"""Possessive: a hostile header costs one pass."""


@dataclass(slots=True)
class Preferences:
    """What is asked of the answer. `rest` is what of the header is not the mock's."""

    status: int = 0
    """0: the contract's first success."""
    example: str | None = None
    dynamic: bool = False
    seed: int | None = None
    delay_seconds: float = 0.0
    rest: bytes = b""
    asked: tuple[tuple[str, str], ...] = ()
    """The mock's own ones, as they were written."""

    def applied_to(self, *, seeded: bool) -> list[str]:
        """What Preference-Applied says. A seed says nothing of an example, and `wait` nothing without a delay."""
        idle = {name for name, used in (("seed", seeded), ("wait", self.delay_seconds)) if not used}
        return [f"{name}={_quoted(value)}" if value else name for name, value in self.asked if name not in idle]


def read_preferences(header: bytes | None) -> Preferences:
    """Raises Refusal where one is not known, or is not written as it should be."""
    found, rest = _pairs(header or b"")
    wished = Preferences(rest=rest)
    codes = {found[name] for name in ("code", "status") if name in found}
    if len(codes) > 1:
        raise _refused("`code` and `status` ask for two statuses; name one.")
    for code in codes:
        wished.status = _number("code", code, 200, 599)
    wished.example = found.get("example")
    if wished.example == "":
        raise _refused("`example` names nothing: write `example=name`.")
    if "dynamic" in found:
        if found["dynamic"] not in ("true", "false", ""):
            raise _refused("`dynamic` is `true` or `false`.")
        wished.dynamic = found["dynamic"] != "false"
    if wished.dynamic and wished.example is not None:
        raise _refused("`dynamic` asks for a generated answer and `example` for an example; name one.")
    if "seed" in found:
        wished.seed = _number("seed", found["seed"], 0, 2**63 - 1)
    if "delay" in found:
        wished.delay_seconds = _number("delay", found["delay"], 0, MOST_DELAY_MILLISECONDS) / 1000
    if "wait" in found:  # RFC 7240, section 4.3: how long the caller is ready to wait
        wished.delay_seconds = min(wished.delay_seconds, _number("wait", found["wait"], 0, 86_400))
    wished.asked = tuple(found.items())
    return wished


def _pairs(header: bytes) -> tuple[dict[str, str], bytes]:
    """The mock's own preferences, the first of each name, and the others as they came."""
    text = header.decode("latin-1")
    found: dict[str, str] = {}
    others: list[str] = []
    at = 0
    while at < len(text):
        match = _ONE.match(text, at)
        if match is None:
            raise _refused("The header cannot be read: write `Prefer: code=404, dynamic=true`.")
        name, at = match[1].lower(), match.end()
        if name in OWN:
            found.setdefault(name, match[2] or match[3] or "")
        elif name in _OTHERS or name.startswith("odata"):
            others.append(match[0].strip(" ,;"))
        else:
            raise _refused(f"There is no preference of that name; {instead(name, OWN)}.")
    return found, ", ".join(others).encode("latin-1")


def _number(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or not least <= int(text) <= most:
        raise _refused(f"`{name}` is a whole number from {least} to {most}.")
    return int(text)


def _quoted(value: str) -> str:
    return value if re.fullmatch(_LETTERS, value) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _refused(detail: str) -> Refusal:
    return Refusal(MOCK_PREFERENCE, detail, fault="gateway")


def no_such(what: str, asked: str, known: tuple[str, ...]) -> Refusal:
    """The contract does not have what is asked for."""
    return _refused(f"The contract has no such {what} here; {instead(asked, known)}.")
