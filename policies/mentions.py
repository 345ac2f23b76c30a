"""Where a text names one of a system's hosts: in any case, percent-encoded, or escaped as JSON or HTML does it.

Each is recognised in the bytes as they stand, so a text need not be decoded to be looked through.
"""

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

_SLASH = r"(?:\\*/|%(?:25)*2f|\\+u002f|&#(?:x0*2f|0*47);)"
_BEFORE = (
    r"(?:(?<![a-z0-9.\-])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9a-f]{2})|(?<=%25[0-9a-f]{2})|(?<=25[0-9a-f]{2})|(?<=\\[bfnrt]))"
)
"""A host begins here; what stands in front may end in a letter that belongs to an escape."""
_AFTER = r"(?![a-z0-9\-])(?::\d+)?"
_ESCAPED = re.compile(r"\\u00(?:2[de]|3\d|[4-7][0-9a-f])|%(?:25)*(?:2[de]|3\d|[4-7][0-9a-f])|&#", re.IGNORECASE)
"""A character that a host may have, in an escaped form."""


class Mentions:
    """The hosts of one system. `public_base` is the gateway's own address, which may share a host with the system."""

    def __init__(self, hosts: Iterable[str], public_base: str) -> None:
        self._hosts = tuple(sorted({host.lower() for host in hosts}, key=len, reverse=True))
        public = urlsplit(public_base)
        self._public = f"{public.scheme}://{public.netloc}".lower() if public.hostname in self._hosts else ""
        names = "|".join(map(_any_form, self._hosts))
        spoken = "|".join(_any_form(host) for host in self._hosts if "." in host or ":" in host)
        words = "|".join(_any_form(host) for host in self._hosts if "." not in host and ":" not in host)
        start = rf"(?:https?:{_SLASH}{{2}})?{_BEFORE}"
        self._name = re.compile(rf"{start}(?:{names}){_AFTER}", re.IGNORECASE)
        forms = [rf"{start}(?:{spoken}){_AFTER}"] if spoken else []
        if words:
            forms += [rf"(?:https?:)?{_SLASH}{{2}}(?:{words}){_AFTER}", rf"{_BEFORE}(?:{words}):\d+"]
        self._address = re.compile("|".join(forms) or r"(?!)", re.IGNORECASE)

    def named(self, text: str) -> bool:
        """Whether a host is named."""
        return self._found(self._name, text)

    def addressed(self, text: str) -> bool:
        """Whether a host is named; one that is a plain word only where it stands as an address."""
        return self._found(self._address, text)

    def without_names(self, text: str, instead: str) -> str:
        """The text with every name of a host replaced."""
        return self._name.sub(self._or_public(instead), text)

    def without_addresses(self, text: str, instead: str) -> str:
        """The text with everything replaced that `addressed` finds."""
        return self._address.sub(self._or_public(instead), text)

    def _or_public(self, instead: str) -> Callable[[re.Match[str]], str]:
        return lambda match: match[0] if self._public and match[0].lower() == self._public else instead

    def _found(self, pattern: re.Pattern[str], text: str) -> bool:
        plain = text.lower()
        if self._public:
            plain = plain.replace(self._public + "/", "/")
        if not any(host in plain for host in self._hosts) and _ESCAPED.search(plain) is None:
            return False
        return any(not self._public or match[0] != self._public for match in pattern.finditer(plain))


def _any_form(host: str) -> str:
    return "".join(map(_any_form_of, host))


def _any_form_of(character: str) -> str:
    codes = sorted({ord(character), ord(character.upper())})
    hexes = "|".join(f"{code:02x}" for code in codes)
    numbers = "|".join(map(str, codes))
    plain = re.escape(character)
    return rf"(?:{plain}|%(?:25)*(?:{hexes})|\\+u00(?:{hexes})|&#(?:x0*(?:{hexes})|0*(?:{numbers}));)"
