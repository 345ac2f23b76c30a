"""An address of a system -> the gateway's own address for the same thing, or nothing.

The bases come from configuration (`system.url`, `also_known_as`), never from a Host header. Schemes and hosts are
compared in any case, with default ports and percent-encoding resolved (RFC 3986, sections 5 and 6.2).
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from contracts.systems import System
from policies.hidden import Hidden
from policies.mentions import Mentions
from policies.target import fixed_names, without_fixed

_PARTS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
"""Control characters, the backslash that some readers take for a slash, and halves of surrogate pairs."""
_PORT = {"http": 80, "https": 443}
_MOST_CHARACTERS = 16_384
_KEPT = "%/:?#[]@!$&'()*+,;=~|"
REDACTED = "[system]"

Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class _Link:
    origin: Origin
    path: str
    query: str | None
    fragment: str | None


class Rebase:
    """For one offer: the gateway's base address, and every base by which its system may name itself."""

    def __init__(self, system: System, offer_path: str, public_base: str, hidden: Hidden | None = None) -> None:
        self._hidden = hidden
        self._public = public_base
        self._fixed = fixed_names(system.query)
        own = urlsplit(str(system.url))
        own_path = own.path.rstrip("/")
        self.root = own_path + offer_path
        """The path at the system that the gateway's base stands for."""
        self._bases: dict[Origin, list[list[str]]] = {}
        self._public_origin: Origin | None = None
        """Where links are the gateway's own already: without what is pinned."""
        hosts: set[str] = set()
        for url in (system.url, *system.also_known_as):
            parts = urlsplit(str(url))
            origin = _origin(parts.scheme, parts.netloc)
            if origin is None:
                continue
            hosts.add(origin[1])
            path = (parts.path.rstrip("/") or own_path) + offer_path
            self._bases.setdefault(origin, []).append(_segments(path))
        self._own = _origin(own.scheme, own.netloc) or ("https", "", 443)
        public = urlsplit(public_base)
        public_origin = _origin(public.scheme, public.netloc)
        if public_origin is not None and public_origin not in self._bases:
            self._public_origin = public_origin
            self._bases[public_origin] = [_segments(public.path)]
        self._mentions = Mentions(hosts, public_base)

    def link(self, value: str, base_path: str) -> str | None:
        """The gateway's address of what `value` links to; None where it leads elsewhere or cannot be read.

        A relative link is resolved against `base_path` at the system.
        """
        link = self._resolved(value, base_path)
        if link is None:
            return None
        segments = link.path.split("/")
        plain = [unquote(segment) for segment in segments]
        for base in self._bases.get(link.origin, ()):
            if plain[: len(base)] == base:
                following: list[str] | None = segments[len(base) :]
                break
        else:
            return None
        query = link.query if link.query is None else without_fixed(link.query, self._fixed)
        fragment = link.fragment
        if self._hidden is not None:
            following = self._hidden.path(following or [], whole=link.origin != self._public_origin)
            query = self._hidden.query(query or "")
            fragment = None if fragment is None else self._hidden.fragment(fragment)
            if following is None or (fragment is None and link.fragment is not None):
                return None
        rest = "/".join(["", *following]) if following else ""
        tail = rest + (f"?{query}" if query else "") + ("" if fragment is None else f"#{fragment}")
        if self.mentions(tail):
            return None
        return self._public + (tail if tail.isascii() and " " not in tail else quote(tail, safe=_KEPT))

    def path_of(self, value: str, base_path: str) -> str | None:
        """The path at the system that `value` names; None where it cannot be read."""
        link = self._resolved(value, base_path)
        return None if link is None else link.path

    def _resolved(self, value: str, base_path: str) -> _Link | None:
        value = value.strip()
        if len(value) > _MOST_CHARACTERS or _UNSAFE.search(value):
            return None
        match = _PARTS.fullmatch(value)
        if match is None:
            return None
        scheme, authority, path, query, fragment = match.groups()
        if scheme is not None and authority is None:
            return None  # `urn:`, `mailto:`, or `http:path`, which readers take in different ways
        if authority is not None:
            origin = _origin(scheme or self._own[0], authority)
            return None if origin is None else _Link(origin, _without_dots(path), query, fragment)
        if not path.startswith("/"):
            path = base_path if not path else base_path.rpartition("/")[0] + "/" + path
        return _Link(self._own, _without_dots(path), query, fragment)

    def mentions(self, text: str) -> bool:
        """Whether the text names a host of the system, in whatever form."""
        return self._mentions.named(text)

    def addresses(self, text: str) -> bool:
        """Like `mentions`, but a host that is a plain word counts only where it stands as an address."""
        return self._mentions.addressed(text)

    def redacted(self, text: str) -> str:
        """The text without the system's hosts, and without pins."""
        if self._hidden is not None:
            text = self._hidden.redacted(text, REDACTED)
        if not self.mentions(text):
            return text
        text = self._mentions.without_names(text, REDACTED)
        return REDACTED if self.mentions(text) else text

    def away(self, text: str, base_path: str) -> str:
        """A text that stands where no link is looked for: an address of the offer is rewritten, hosts are taken out."""
        if not self.addresses(text):
            return text
        link = self.link(text, base_path) if self._hidden is None and text[:4].lower() == "http" else None
        if link is not None:
            return link
        text = self._mentions.without_addresses(text, REDACTED)
        return REDACTED if self.addresses(text) else text


def _origin(scheme: str, authority: str) -> Origin | None:
    """Scheme, host and port as they are compared; None where the authority has a user or cannot be read."""
    scheme = scheme.lower()
    if "@" in authority or scheme not in _PORT:
        return None
    host, _, port = authority.partition("]") if authority.startswith("[") else authority.partition(":")
    port = port.removeprefix(":")
    host = unquote(host).lower().strip("[]").rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if not host or (port and not (port.isascii() and port.isdigit() and len(port) < 6)):
        return None
    return scheme, host, int(port) if port else _PORT[scheme]


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.rstrip("/").split("/")]


def _without_dots(path: str) -> str:
    """RFC 3986, section 5.2.4, with `%2e` read as the dot that it is."""
    if "." not in path and "%2" not in path:
        return path
    segments: list[str] = []
    parts = path.split("/")
    for position, part in enumerate(parts):
        plain = part.lower().replace("%2e", ".")
        if plain == "..":
            if len(segments) > 1:
                segments.pop()
        elif plain != ".":
            segments.append(part)
            continue
        if position == len(parts) - 1:
            segments.append("")
    return "/".join(segments)
