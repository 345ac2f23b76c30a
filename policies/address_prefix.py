"""What an address is counted as: one client for the limit, its network for the ledger."""

import socket

_MAPPED = b"\0" * 10 + b"\xff\xff"


def client_of(address: str) -> str | bytes:
    """One client: an IPv4 address, also where it stands in IPv6, or the /64 of an IPv6 address."""
    packed = _packed(address)
    return address if packed is None else packed if len(packed) == 4 else packed[:8]


def network_of(address: str) -> str:
    """The network, as text: /24 of IPv4, /48 of IPv6; `unknown` where it is no address (a Unix socket)."""
    packed = _packed(address)
    if packed is None:
        return "unknown"
    if len(packed) == 4:
        return socket.inet_ntop(socket.AF_INET, packed[:3] + b"\0") + "/24"
    return socket.inet_ntop(socket.AF_INET6, packed[:6] + b"\0" * 10) + "/48"


def _packed(address: str) -> bytes | None:
    try:
        if ":" not in address:
            return socket.inet_pton(socket.AF_INET, address)
        packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    except (OSError, ValueError):
        return None
    return packed[12:] if packed.startswith(_MAPPED) else packed
