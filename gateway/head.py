"""The head of a request, read strictly from its raw bytes: what is refused here never becomes a scope.

Two receivers that read one head differently are how requests are smuggled. So nothing is repaired, with one exception
that RFC 9112 2.2 asks for (an empty line before the request line, which `wire` takes away): a head is of exactly this
grammar, its framing is told by exactly one field, and names that another receiver could take for ours are refused.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NoReturn

from contracts.settings import Bounds
from policies.step import Header, Problem, Refusal

BAD_FRAMING = Problem(
    "bad-framing",
    400,
    "The request is not well-formed HTTP/1.1",
    "The detail names the fault. Receivers could disagree about where such a request ends, so nothing of it was read "
    "on and the connection is closed. Send it with a current HTTP library, and look at proxies on the way.",
)
HEAD_TOO_LARGE = Problem(
    "head-too-large",
    431,
    "The head of the request is too large",
    "Send fewer or shorter headers; the detail names the bound. Often a cookie or a token has grown.",
)
TARGET_TOO_LONG = Problem(
    "target-too-long",
    414,
    "The request target is too long",
    "Shorten path and query; the detail names the bound in bytes. A long filter can often be split into several calls.",
)
BAD_TARGET = Problem(
    "bad-target",
    400,
    "The request target is not of a form that is served",
    "Send the path and query alone (`GET /path?query`), or an absolute address whose authority is that of Host.",
)
BAD_HOST = Problem(
    "bad-host",
    400,
    "The request does not name exactly one host",
    "Send the header Host once, as `name` or `name:port`.",
)
VERSION_NOT_SERVED = Problem(
    "http-version-not-served",
    505,
    "This version of HTTP is not served here",
    "Speak HTTP/1.1. Where HTTP/2 is wanted, let a proxy in front of the gateway speak it.",
)
METHOD_UNKNOWN = Problem(
    "method-unknown",
    501,
    "The method is not known here",
    "Methods are written in capitals, for instance GET. Tunnels (CONNECT) are not offered.",
)
EXPECTATION_FAILED = Problem(
    "expectation-failed",
    417,
    "The expectation cannot be met",
    "Leave out the header Expect, or send `Expect: 100-continue`.",
)
UPGRADE_REFUSED = Problem(
    "upgrade-refused",
    400,
    "The connection is not switched to another protocol",
    "Leave out the header Upgrade. WebSockets are not offered.",
)
HEADER_NAME_REFUSED = Problem(
    "header-name-refused",
    400,
    "A header could be taken for one that the gateway owns",
    "Write the name as documented, with hyphens, and do not list it in the header Connection.",
)

refuses: tuple[Problem, ...] = (
    BAD_FRAMING, HEAD_TOO_LARGE, TARGET_TOO_LONG, BAD_TARGET, BAD_HOST, VERSION_NOT_SERVED, METHOD_UNKNOWN,
    EXPECTATION_FAILED, UPGRADE_REFUSED, HEADER_NAME_REFUSED,
)  # fmt: skip

METHODS: Final = frozenset(
    b"GET HEAD POST PUT PATCH DELETE OPTIONS TRACE QUERY MERGE COPY MOVE LOCK UNLOCK MKCOL PROPFIND PROPPATCH SEARCH "
    b"REPORT LINK UNLINK PURGE".split()
)
"""Known methods; which of them a path offers is said by its contract (405). All others are 501."""

OWNED: Final = frozenset(
    b"host content-length transfer-encoding te trailer connection upgrade expect "
    b"authorization proxy-authorization cookie x-api-key x-entity api-version x-correlation-id "
    b"traceparent tracestate baggage forwarded via x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port "
    b"x-forwarded-prefix x-real-ip content-type content-encoding accept if-match if-none-match "
    b"idempotency-key origin date".split()
)
"""Headers that frame the message, tell who calls, or that the gateway reads: no alias of them, no taking them away."""

CHUNKED: Final = -1
"""`Head.length` of a body whose length the chunks tell."""

_TCHAR = rb"!#$%&'*+\-.^_`|~0-9A-Za-z"
_REQUEST_LINE = rb"([" + _TCHAR + rb"]{1,64}+) ([\x21-\x7e]++) HTTP/([0-9]\.[0-9])\r\n"
_FIELD = rb"[" + _TCHAR + rb"]++:[\t\x20-\x7e\x80-\xff]*+\r\n"
_HEAD = re.compile(_REQUEST_LINE + rb"((?:" + _FIELD + rb")*+)\r\n")
_LINE = re.compile(_REQUEST_LINE)
_FIELDS = re.compile(rb"(?:" + _FIELD + rb")*+")
_TOKEN = re.compile(rb"[" + _TCHAR + rb"]++")
_START = re.compile(rb"[" + _TCHAR + rb"]{1,64}+(?: |\Z)")
_LONE = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)")
"""A line feed without its carriage return, or the other way round; a last CR may still get its LF."""
_HOST = re.compile(rb"([0-9A-Za-z](?:[0-9A-Za-z._-]*+)|\[([0-9A-Fa-f:.]{2,45})\])(?::([0-9]{1,5}))?")
_ABSOLUTE = re.compile(rb"(https?)://([^/?#]*+)([/?][\x21-\x7e]*+)?", re.IGNORECASE)
_LENGTH = re.compile(rb"[0-9]{1,15}")
_UPGRADE = re.compile(rb"(?<=\r\n)upgrade:[^\r]*+\r\n", re.IGNORECASE)
_COMMON: Final = b"-0123456789abcdefghijklmnopqrstuvwxyz"
_TO_HYPHEN = bytes.maketrans(b"!#$%&'*+._`|~^", b"-" * 14)
_ONCE = (b"host", b"content-length", b"transfer-encoding", b"expect", b"upgrade")
_STAY = frozenset((b"", b"close", b"keep-alive", b"te", b"upgrade", b"http2-settings", b"proxy-connection"))
_DEFAULT_PORT = {b"http": b"80", b"https": b"443"}


@dataclass(slots=True)
class Head:
    """A head that was judged."""

    method: bytes
    path: bytes
    """Raw, origin-form; `*` for `OPTIONS *` alone."""
    query: bytes
    version: bytes
    """`1.0` or `1.1`."""
    fields: list[Header]
    """Names in lower case, in the order of arrival; what Connection named is taken out (RFC 9110 7.6.1)."""
    length: int
    """Bytes of the body, or CHUNKED."""
    keep_alive: bool
    expects_continue: bool
    upgrade_ignored: bool
    """An upgrade to h2c was asked for; the connection stays as it is (RFC 9110 7.8)."""


def read_head(raw: bytes, bounds: Bounds) -> Head:
    """Judge a whole head, ended by its empty line (RFC 9112 2-6).

    Raises Refusal with one of `refuses`; its detail names place and fault, never a value that was sent.
    """
    if len(raw) > bounds.head_bytes:
        _head_too_large(bounds)
    whole = _HEAD.fullmatch(raw)
    if whole is None:
        _explain(raw, bounds)
    method, target, version, block = whole.groups()
    if version not in (b"1.1", b"1.0"):
        raise Refusal(VERSION_NOT_SERVED, "Only HTTP/1.1 and HTTP/1.0 are served.")
    if method not in METHODS:
        raise Refusal(METHOD_UNKNOWN, "The method is not one of those that are known here.")
    if len(target) > bounds.target_bytes:
        _target_too_long(bounds)
    fields: list[Header] = []
    for line in block.split(b"\r\n"):
        name, _, value = line.partition(b":")
        fields.append((name.lower(), value.strip()))
    fields.pop()  # what follows the last line's end
    if len(fields) > bounds.header_count:
        raise Refusal(HEAD_TOO_LARGE, f"At most {bounds.header_count} headers are taken.")
    single = dict(fields)
    if len(single) != len(fields):
        _refuse_repeats(fields)
    if b"".join(single).translate(None, _COMMON):
        _refuse_aliases(single)
    host = single.get(b"host")
    if host is None:
        raise Refusal(BAD_HOST, "The header Host is missing.")
    name, port = _split_host(host)
    path, query = _read_target(method, target, name, port)
    length = _body_length(single, version)
    keep_alive = version == b"1.1"
    if single.get(b"connection", b"keep-alive") != b"keep-alive" or len(single) != len(fields):
        options = _connection_options(fields)
        keep_alive = keep_alive and b"close" not in options
        gone = options - _STAY
        if gone:
            fields = [field for field in fields if field[0] not in gone]
    upgrade = single.get(b"upgrade")
    if upgrade is not None and upgrade.lower() != b"h2c":
        # Clients of some platforms ask for h2c by default and go on without it; whoever asks for more means it.
        raise Refusal(UPGRADE_REFUSED, "The header Upgrade asks for a protocol that is not offered here.")
    expects = False
    if b"expect" in single:
        if single[b"expect"].lower() != b"100-continue":
            raise Refusal(EXPECTATION_FAILED, "The only expectation that is met is 100-continue.")
        expects = version == b"1.1" and length != 0
    return Head(method, path, query, version, fields, length, keep_alive, expects, upgrade is not None)


def without_upgrade(raw: bytes) -> bytes:
    """The raw head without its Upgrade, for a second reader that would take it at its word."""
    return _UPGRADE.sub(b"", raw, count=1)


def check_partial(raw: bytes, bounds: Bounds) -> None:
    """Judge the beginning of a head that has not ended, so that what can never become one does not wait for its end.

    Raises Refusal as `read_head` does.
    """
    lone = _LONE.search(raw)
    line_end = raw.find(b"\r\n")
    if _START.match(raw) is None or (lone is not None and (line_end < 0 or lone.start() < line_end)):
        raise Refusal(BAD_FRAMING, "The first line is not a request line of HTTP/1.1.")
    if line_end < 0:
        # Method and version take a few bytes more than the target.
        if len(raw) > min(bounds.target_bytes + 80, bounds.head_bytes):
            _target_too_long(bounds)
        return
    if _LINE.match(raw) is None or lone is not None:
        _explain(raw, bounds)
    if len(raw) > bounds.head_bytes:
        _head_too_large(bounds)
    if raw.count(b"\n") > bounds.header_count + 1:
        raise Refusal(HEAD_TOO_LARGE, f"At most {bounds.header_count} headers are taken.")


def are_fields(block: bytes) -> bool:
    """Whether these are whole header lines, each ended by CRLF: the trailer section of a chunked body."""
    return _FIELDS.fullmatch(block) is not None


def _head_too_large(bounds: Bounds) -> NoReturn:
    raise Refusal(HEAD_TOO_LARGE, f"Request line and headers together may take {bounds.head_bytes} bytes.")


def _target_too_long(bounds: Bounds) -> NoReturn:
    raise Refusal(TARGET_TOO_LONG, f"The target may take {bounds.target_bytes} bytes.")


def _explain(raw: bytes, bounds: Bounds) -> NoReturn:
    """Say what broke the grammar; only reached by what broke it, so it may cost more."""
    line, _, rest = raw.partition(b"\r\n")
    match = _LINE.match(raw)
    if match is None:
        if re.fullmatch(rb"[^ ]+ [^ ]+ HTTP/[0-9]\.[0-9]", line) and len(line) > bounds.target_bytes:
            _target_too_long(bounds)
        what = "a target and a version, each after one space"
        if re.fullmatch(rb"[A-Z]+ [^ ]+", line):
            raise Refusal(VERSION_NOT_SERVED, "The request line names no version: HTTP/0.9 is not served.")
        if re.search(rb"[^\x21-\x7e ]", line):
            what = "visible ASCII characters only: others are percent-encoded"
        raise Refusal(BAD_FRAMING, f"The request line does not consist of a method, {what}.")
    if match[3] not in (b"1.1", b"1.0"):
        raise Refusal(VERSION_NOT_SERVED, "Only HTTP/1.1 and HTTP/1.0 are served.")
    for number, field in enumerate(rest.split(b"\r\n"), start=1):
        fault = _field_fault(field)
        if fault:
            raise Refusal(BAD_FRAMING, f"Header line {number} {fault}.")
    raise Refusal(BAD_FRAMING, "The headers do not end with an empty line.")


def _field_fault(line: bytes) -> str:
    if not line:
        return ""
    name, colon, value = line.partition(b":")
    if line[:1] in b" \t":
        return "begins with white space: folded headers are not taken"
    if b"\r" in line or b"\n" in line:
        return "holds a line feed or carriage return alone: lines end with both"
    if not colon:
        return "holds no colon"
    if not name:
        return "has no name"
    if name[-1:] in b" \t":
        return "has white space before its colon"
    if _TOKEN.fullmatch(name) is None:
        return "has a character in its name that no header name holds"
    if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value):
        return "holds a control character"
    return ""


def _refuse_repeats(fields: list[Header]) -> None:
    names = [name for name, _ in fields]
    for name in _ONCE:
        if names.count(name) > 1:
            problem = BAD_HOST if name == b"host" else BAD_FRAMING
            raise Refusal(problem, f"The header {name.decode()} stands more than once.")


def _refuse_aliases(names: Collection[bytes]) -> None:
    for name in names:
        # CGI-like receivers read `-`, `_` and other marks as one.
        plain = name.translate(_TO_HYPHEN)
        if plain != name and plain in OWNED:
            raise Refusal(HEADER_NAME_REFUSED, f"A header is written like {plain.decode()}, with other marks.")


def _split_host(host: bytes) -> tuple[bytes, bytes]:
    """Name in lower case and port of an authority without user information (RFC 9110 7.2)."""
    match = _HOST.fullmatch(host)
    if match is None:
        raise Refusal(BAD_HOST, "The host is not of the form `name` or `name:port`.")
    name, address, port = match.groups()
    if address is not None:
        try:
            ipaddress.IPv6Address(address.decode())
        except ValueError:
            raise Refusal(BAD_HOST, "The host in brackets is no IPv6 address.") from None
    if port is not None and not 0 < int(port) < 65536:
        raise Refusal(BAD_HOST, "The port of the host is not between 1 and 65535.")
    return name.lower(), (port or b"").lstrip(b"0")


def _read_target(method: bytes, target: bytes, host: bytes, port: bytes) -> tuple[bytes, bytes]:
    """Path and query of the target (RFC 9112 3.2); an absolute one must name the Host."""
    if not target.startswith(b"/"):
        if target == b"*" and method == b"OPTIONS":
            return target, b""
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is None:
            raise Refusal(BAD_TARGET, "The target is neither a path nor an absolute http or https address.")
        scheme, authority, rest = absolute.groups()
        try:
            named, named_port = _split_host(authority)
        except Refusal:
            raise Refusal(BAD_TARGET, "The authority of the target is not of the form `name:port`.") from None
        default = _DEFAULT_PORT[scheme.lower()]
        if (named, named_port or default) != (host, port or default):
            raise Refusal(BAD_TARGET, "The target names another host than the header Host.")
        if rest is None and method == b"OPTIONS":
            return b"*", b""  # RFC 9112 3.2.4
        target = rest if rest is not None and rest.startswith(b"/") else b"/" + (rest or b"")
    if b"#" in target:
        raise Refusal(BAD_TARGET, "The target holds a fragment (`#`).")
    path, _, query = target.partition(b"?")
    return path, query


def _body_length(single: dict[bytes, bytes], version: bytes) -> int:
    """RFC 9112 6: one Content-Length in digits, or Transfer-Encoding of exactly `chunked`, or no body."""
    coding = single.get(b"transfer-encoding")
    length = single.get(b"content-length")
    if coding is not None:
        if length is not None:
            raise Refusal(BAD_FRAMING, "Content-Length and Transfer-Encoding stand in one request.")
        if version != b"1.1":
            raise Refusal(BAD_FRAMING, "HTTP/1.0 knows no Transfer-Encoding.")
        if coding.lower() != b"chunked":
            raise Refusal(BAD_FRAMING, "The only Transfer-Encoding that is taken is `chunked`.")
        return CHUNKED
    if length is None:
        return 0
    if _LENGTH.fullmatch(length) is None:
        raise Refusal(BAD_FRAMING, "Content-Length is not one number of at most 15 digits.")
    return int(length)


def _connection_options(fields: list[Header]) -> set[bytes]:
    """The options of all Connection fields (RFC 9110 7.6.1), in lower case."""
    value = b",".join(value for name, value in fields if name == b"connection")
    options = {option.strip().lower() for option in value.split(b",")}
    for option in options:
        if option and _TOKEN.fullmatch(option) is None:
            raise Refusal(BAD_FRAMING, "The header Connection holds something that is no name.")
        plain = option.translate(_TO_HYPHEN)
        if plain in OWNED and option not in _STAY:
            raise Refusal(HEADER_NAME_REFUSED, f"The header Connection names {plain.decode()}, which is not dropped.")
    return options
