"""Who is at the other end: `Forwarded` (RFC 7239) or `X-Forwarded-For`, believed from configured proxies only.

Hops are read from right to left: each tells of the one before it, and is believed while the teller is trusted. What
stands left of the first untrusted hop was written by anybody and is not looked at. A header that a trusted proxy sends
broken, or two that tell different stories, refuse the call (400): a proxy that passes on what it did not write would
otherwise let callers choose their own address. State: none.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from policies.step import Problem, Refusal

BAD_FORWARDED = Problem(
    "bad-forwarded",
    400,
    "The proxy in front of the gateway does not tell clearly where the call comes from",
    "Callers: leave out Forwarded and X-Forwarded-*. Operators: let the proxy set (not pass on) either `Forwarded` or "
    "`X-Forwarded-For` and `X-Forwarded-Proto`, and list every proxy under `trusted_proxies`.",
)

refuses: tuple[Problem, ...] = (BAD_FORWARDED,)


@dataclass(frozen=True, slots=True)
class Client:
    """The caller as far as trusted proxies tell."""

    address: str
    """In its shortest form, without port. That of the nearest known hop where a proxy hides the one before it."""
    scheme: str
    """`http` or `https`, as the caller spoke it; empty where nobody told: then it is that of the listener."""


_Address = IPv4Address | IPv6Address
_Hop = tuple[str | None, str]
"""`for` (None where it was left out) and `proto` of one hop."""

_PAIR: Final = re.compile(
    r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)="
    r"(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|\"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)\")"
)
_BREAK: Final = re.compile(r"[ \t]*([;,])[ \t]*")
_NODE: Final = re.compile(
    r"(?:([0-9.]{7,15})|\[([0-9A-Fa-f:.]{2,45})\]|(unknown|_[0-9A-Za-z._-]+))(?::(?:[0-9]{1,5}|_[0-9A-Za-z._-]+))?",
    re.IGNORECASE,
)
_BARE_IPV6: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def bind_forwarded(
    trusted: Sequence[IPv4Network | IPv6Network],
) -> Callable[[str, Mapping[bytes, bytes]], Client]:
    """A function of the peer's address and the call's headers; it raises Refusal BAD_FORWARDED."""
    networks = tuple(trusted)

    def is_trusted(address: _Address) -> bool:
        return any(address in network for network in networks)

    def client(peer: str, headers: Mapping[bytes, bytes]) -> Client:
        if not networks or not peer:
            return Client(peer.removeprefix("::ffff:") if "." in peer else peer, "")
        start = _parse(peer)
        if start is None:
            return Client(peer, "")
        standard = headers.get(b"forwarded")
        usual = headers.get(b"x-forwarded-for")
        proto = headers.get(b"x-forwarded-proto")
        if (standard is None and usual is None and proto is None) or not is_trusted(start):
            return Client(str(start), "")
        told = None if standard is None else _walk(start, _forwarded_hops(_text(standard)), is_trusted)
        if usual is None and proto is None:
            assert told is not None
            return told
        also = _walk(start, _x_forwarded_hops(usual, proto), is_trusted)
        if told is None:
            return also
        if usual is not None and told.address != also.address:
            raise Refusal(BAD_FORWARDED, "Forwarded and X-Forwarded-For tell different addresses.", fault="gateway")
        if proto is not None and told.scheme and also.scheme and told.scheme != also.scheme:
            raise Refusal(BAD_FORWARDED, "Forwarded and X-Forwarded-Proto tell different schemes.", fault="gateway")
        # Where one of two headers is silent about the scheme, the other may be the caller's own invention.
        return Client(told.address, told.scheme if told.scheme == also.scheme else "")

    return client


def _walk(start: _Address, hops: Sequence[_Hop], is_trusted: Callable[[_Address], bool]) -> Client:
    """Follow the hops from the last to the first for as long as the teller is trusted."""
    teller, scheme = start, ""
    for node, proto in reversed(hops):
        if not is_trusted(teller):
            break
        scheme = _scheme(proto)
        if node is None:
            break
        address = _address(node)
        if address is None:
            break
        teller = address
    return Client(str(teller), scheme)


def _scheme(proto: str) -> str:
    lower = proto.lower()
    if lower not in ("", "http", "https"):
        raise Refusal(BAD_FORWARDED, "The scheme that is told is neither http nor https.", fault="gateway")
    return lower


def _address(node: str) -> _Address | None:
    """The address of a node (RFC 7239 6), None for `unknown` and obfuscated ones."""
    match = _NODE.fullmatch(node)
    if match is not None and match[3]:
        return None
    address = _parse(match[1] or match[2]) if match is not None else None
    if address is None:
        raise Refusal(BAD_FORWARDED, "A hop that is told is neither an address nor hidden.", fault="gateway")
    return address


def _parse(text: str) -> _Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _text(value: bytes) -> str:
    return value.decode("latin-1")


def _forwarded_hops(value: str) -> list[_Hop]:
    """All elements of `Forwarded`, from the first to the last; the syntax of all is checked."""
    hops: list[_Hop] = []
    pairs: dict[str, str] = {}
    for name, text in _forwarded_pairs(value):
        if not name:
            if pairs:
                hops.append((pairs.get("for"), pairs.get("proto", "")))
            pairs = {}
        elif name in pairs:
            raise Refusal(BAD_FORWARDED, "Forwarded gives one parameter twice for a hop.", fault="gateway")
        else:
            pairs[name] = text
    return hops


def _forwarded_pairs(value: str) -> Iterator[tuple[str, str]]:
    """Name and value of each pair; an empty name ends an element."""
    at = 0
    value = value.strip(" \t")
    while at < len(value):
        pair = _PAIR.match(value, at)
        if pair is not None:
            quoted = pair[3]
            yield pair[1].lower(), pair[2] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            at = pair.end()
            if at == len(value):
                break
        sign = _BREAK.match(value, at)
        if sign is None:
            raise Refusal(
                BAD_FORWARDED,
                "Forwarded is not a list of `name=value` pairs; addresses with a colon are quoted (RFC 7239 4).",
                fault="gateway",
            )
        if sign[1] == ",":
            yield "", ""
        at = sign.end()
    yield "", ""


def _x_forwarded_hops(value: bytes | None, proto: bytes | None) -> list[_Hop]:
    """The hops of X-Forwarded-For, with the schemes of X-Forwarded-Proto: one for all, or one for each."""
    protos = [] if proto is None else [part.strip(" \t") for part in _text(proto).split(",")]
    if value is None:
        return [(None, one) for one in protos]
    nodes = [part.strip(" \t") for part in _text(value).split(",")]
    if len(protos) == 1:
        protos *= len(nodes)
    elif not protos:
        protos = [""] * len(nodes)
    elif len(protos) != len(nodes):
        raise Refusal(
            BAD_FORWARDED, "X-Forwarded-For and X-Forwarded-Proto tell of different numbers of hops.", fault="gateway"
        )
    return [(_bracketed(node), one) for node, one in zip(nodes, protos, strict=True)]


def _bracketed(node: str) -> str:
    """X-Forwarded-For writes IPv6 without brackets, Forwarded with them."""
    return f"[{node}]" if node.count(":") > 1 and _BARE_IPV6.fullmatch(node) else node
