"""How a simulator misbehaves: one function a fault, by the name under which a test asks for it.

A fault that is marked `applied` first lets the simulator do its work and then spoils the answer, so a write has taken
effect; the option `"applied": false` spoils an answer that was never worked for. The others never touch the data.
"""

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

from fault_table import Deliver, Given, fault
from message import Headers, Reply, json_reply, whole_number
from wire import head

STRANGER = "https://elsewhere.example"
HTML = (
    "<!DOCTYPE html><html><head><title>Service {host}</title></head><body><h1>Application Server Error</h1>"
    "<p>The server {host} could not handle the request for user TECHNICAL_USER.</p></body></html>"
)


@fault("down", "the connection is reset before a byte is answered")
async def down(given: Given) -> None:
    """As a crashed process."""
    given.line.reset()
    await given.line.gone()


@fault("down-after", "the work is done, then the connection is reset before a byte is answered", applied=True)
async def down_after(given: Given) -> None:
    """The effect of a write cannot be known from outside."""
    await given.true_reply()
    given.line.reset()
    await given.line.gone()


@fault("slow", "the true answer after `seconds` (5)", applied=True)
async def slow(given: Given) -> Reply:
    """The work is done at once, the answer comes late."""
    reply = await given.true_reply()
    await asyncio.sleep(float(given.options.get("seconds", 5)))
    return reply


@fault("drip", "head at once, then a byte every `seconds` (0.2)", applied=True)
async def drip(given: Given) -> None:
    """Every single wait is short, all of them together are not."""
    reply = await given.true_reply()
    given.line.write(head(reply.status, [*reply.headers, ("content-length", str(len(reply.body)))]))
    for place in range(len(reply.body)):
        if given.line.closing:
            return
        given.line.write(reply.body[place : place + 1])
        await asyncio.sleep(float(given.options.get("seconds", 0.2)))
    given.line.close()
    await given.line.gone()


@fault("stall", "head and half of the body, then silence for `seconds` (60)", applied=True)
async def stall(given: Given) -> None:
    """The connection stays open."""
    await _half(given)
    await given.line.gone(float(given.options.get("seconds", 60)))
    given.line.reset()
    await given.line.gone()


@fault("cut", "head and half of the body, then the connection ends", applied=True)
async def cut(given: Given) -> None:
    """Content-Length promises more than came."""
    await _half(given)
    given.line.close()
    await given.line.gone()


async def _half(given: Given) -> None:
    reply = await given.true_reply()
    body = reply.body or b"  "
    given.line.write(head(reply.status, [*reply.headers, ("content-length", str(len(body)))]))
    given.line.write(body[: len(body) // 2])


@fault("cut-chunked", "a chunked body that ends without its last chunk", applied=True)
async def cut_chunked(given: Given) -> None:
    """Nothing but the missing last chunk says that the body is not whole."""
    reply = await given.true_reply()
    given.line.write(head(reply.status, [*reply.headers, ("transfer-encoding", "chunked")]))
    given.line.write(f"{len(reply.body):x}\r\n".encode() + reply.body + b"\r\n")
    given.line.close()
    await given.line.gone()


@fault("bad-chunk", "a chunk whose size is no number", applied=True)
async def bad_chunk(given: Given) -> None:
    """Broken framing after a good head."""
    reply = await given.true_reply()
    given.line.write(head(reply.status, [*reply.headers, ("transfer-encoding", "chunked")]))
    given.line.write(b"zz\r\n" + reply.body + b"\r\n0\r\n\r\n")
    given.line.close()
    await given.line.gone()


@fault("garbage", "bytes that are no HTTP")
async def garbage(given: Given) -> None:
    """As a TLS port or another protocol answers."""
    given.line.write(b"\x15\x03\x03\x00\x02\x02\x28 220 mail.dmz.example ESMTP\r\n")
    given.line.close()
    await given.line.gone()


@fault("two-lengths", "two different Content-Length headers", applied=True)
async def two_lengths(given: Given) -> None:
    """RFC 9112, section 6.3: the message is invalid."""
    reply = await given.true_reply()
    lengths = [("content-length", str(len(reply.body))), ("content-length", str(len(reply.body) + 7))]
    given.line.write(head(reply.status, [*reply.headers, *lengths]) + reply.body)
    given.line.close()
    await given.line.gone()


@fault(
    "wrong-length", "a Content-Length `more` (64) bytes larger than the body, or smaller where negative", applied=True
)
async def wrong_length(given: Given) -> None:
    """Too large: the body is cut. Too small: the rest looks like another answer."""
    reply = await given.true_reply()
    length = max(len(reply.body) + whole_number(given.options, "more", 64), 0)
    given.line.write(head(reply.status, [*reply.headers, ("content-length", str(length))]) + reply.body)
    given.line.close()
    await given.line.gone()


@fault("two-answers", "the true answer, and `seconds` (0) later one that nobody asked for", applied=True)
async def two_answers(given: Given) -> None:
    """Who keeps the connection takes the second for the answer to the next request."""
    reply = await given.true_reply()
    stray = b'{"stray":"answer"}'
    given.line.write(head(reply.status, [*reply.headers, ("content-length", str(len(reply.body)))]) + reply.body)
    await asyncio.sleep(float(given.options.get("seconds", 0)))
    given.line.write(head(200, [("content-type", "application/json"), ("content-length", str(len(stray)))]) + stray)
    await given.line.gone(2)
    given.line.close()
    await given.line.gone()


@fault("huge-head", "a header of `bytes` (1,000,000)", applied=True)
async def huge_head(given: Given) -> Reply:
    """A head that no bound admits."""
    reply = await given.true_reply()
    reply.headers.append(("x-trace", "a" * whole_number(given.options, "bytes", 1_000_000)))
    return reply


@fault("huge-body", "a JSON body of `bytes` (20,000,000)")
async def huge_body(given: Given) -> Reply:
    """Larger than an answer may be."""
    return json_reply(200, {"value": ["a" * whole_number(given.options, "bytes", 20_000_000)]})


@fault("gzip-bomb", "a small gzip body that unpacks to `bytes` (50,000,000), although none was asked for")
async def gzip_bomb(given: Given) -> Reply:
    """A thousand times larger unpacked."""
    packed = _packed(whole_number(given.options, "bytes", 50_000_000))
    return Reply(200, [("content-type", "application/json"), ("content-encoding", "gzip")], packed)


_MILLION = gzip.compress(b" " * 1_000_000, mtime=0)


def _packed(size: int) -> bytes:
    """Members one after another are one body (RFC 1952, section 2.2), and cost no time to make."""
    whole, rest = divmod(size, 1_000_000)
    ends = (gzip.compress(text, mtime=0) for text in (b'{"value":["' + b" " * rest, b'"]}'))
    return next(ends) + _MILLION * whole + next(ends)


@fault("html", "a page with status 200 that names the host")
async def html(given: Given) -> Reply:
    """As a proxy or a login page answers; the option `status` sets another status."""
    status = whole_number(given.options, "status", 200)
    page = HTML.format(host=_host(given.origin)).encode()
    return Reply(status, [("content-type", "text/html; charset=utf-8")], page)


@fault("redirect", "302 to `to`, a page of another host")
async def redirect(given: Given) -> Reply:
    """Must not be followed."""
    return Reply(302, [("location", str(given.options.get("to", f"{STRANGER}/logon?host={_host(given.origin)}")))])


@fault("empty", "200 that promises JSON and has no body", applied=True)
async def empty(given: Given) -> Reply:
    """Nothing to judge."""
    reply = await given.true_reply()
    return Reply(200, reply.headers)


@fault("bad-json", "JSON that ends too early, with a right length", applied=True)
async def bad_json(given: Given) -> Reply:
    """Whole on the wire, broken inside."""
    reply = await given.true_reply()
    return Reply(reply.status, reply.headers, reply.body[: max(len(reply.body) // 2, 1)] or b"{")


@fault("byte-order-mark", "JSON behind a byte order mark", applied=True)
async def byte_order_mark(given: Given) -> Reply:
    """RFC 8259, section 8.1: must not be added."""
    reply = await given.true_reply()
    return Reply(reply.status, reply.headers, b"\xef\xbb\xbf" + reply.body)


@fault("wrong-type", "the true body, said to be text/plain", applied=True)
async def wrong_type(given: Given) -> Reply:
    """A media type that no contract has."""
    reply = await given.true_reply()
    headers = [(k, v) for k, v in reply.headers if k.lower() != "content-type"]
    return Reply(reply.status, [*headers, ("content-type", "text/plain")], reply.body)


@fault("early-hints", "103 Early Hints before the true answer", applied=True)
async def early_hints(given: Given) -> None:
    """An interim answer is not the answer (RFC 8297)."""
    reply = await given.true_reply()
    given.line.write(b"HTTP/1.1 103 Early Hints\r\nlink: <" + STRANGER.encode() + b"/style.css>; rel=preload\r\n\r\n")
    given.line.write(head(reply.status, [*reply.headers, ("content-length", str(len(reply.body)))]) + reply.body)
    given.line.close()
    await given.line.gone()


@fault("unknown-status", "the true body under `status` (299), which no contract has", applied=True)
async def unknown_status(given: Given) -> Reply:
    """A status outside the contract."""
    reply = await given.true_reply()
    return Reply(whole_number(given.options, "status", 299), reply.headers, reply.body)


@fault("200-with-error", "status 200 around an error in the body")
async def ok_with_error(given: Given) -> Reply:
    """As middleware in front of an ERP does."""
    message = f"Order not saved on {given.origin}"
    return json_reply(200, {"error": {"code": "Internal_ServerError", "message": message}})


@fault("leak-cookie", "cookies and banners of an inner host on the true answer", applied=True)
async def leak_cookie(given: Given) -> Reply:
    """None of them may reach a caller."""
    reply = await given.true_reply()
    host = _host(given.origin)
    reply.headers += [
        ("set-cookie", f"JSESSIONID=canary-cookie; path=/; domain={host}"),
        ("x-backend-server", host),
        ("x-aspnet-version", "4.0.30319"),
        ("via", f"1.1 {host}"),
        ("proxy-status", f'{host}; next-hop="10.1.2.3:44300"'),
    ]
    return reply


@fault("foreign-host-link", "links name a host that nobody configured", applied=True)
async def foreign_host_link(given: Given) -> Reply:
    """The option `origin` names another one."""
    given.ask.told["origin"] = str(given.options.get("origin", STRANGER))
    return await given.true_reply()


@fault("double-encoded-links", "percent-encoding in links is encoded once more", applied=True)
async def double_encoded_links(given: Given) -> Reply:
    """`%27` becomes `%2527`."""
    given.ask.told["naming"] = "double"
    return await given.true_reply()


@fault("drift-type", "a value of the wrong type at `member`, or at the first one", applied=True)
async def drift_type(given: Given) -> Reply:
    """Numbers become objects, all else numbers."""
    return await _drift(given, lambda row, name: row.update({name: {"was": "a plain value"}}))


@fault("drift-missing", "`member`, or the one with the record's tag, is left out", applied=True)
async def drift_missing(given: Given) -> Reply:
    """A member that the contract promises."""

    def leave_out(row: dict[str, Any], first: str) -> None:
        tag = next((name for name in ("__metadata", "@odata.etag") if name in row), first)
        row.pop(str(given.options.get("member", tag)), None)

    return await _drift(given, leave_out)


@fault("drift-extra", "a member that no contract has, `member` or ZZ_INTERNAL_MARGIN", applied=True)
async def drift_extra(given: Given) -> Reply:
    """As an upgrade of the system brings."""
    name = str(given.options.get("member", "ZZ_INTERNAL_MARGIN"))
    return await _drift(given, lambda row, _: row.update({name: "17.5"}))


async def _drift(given: Given, change: Callable[[dict[str, Any], str], Any]) -> Reply:
    reply = await given.true_reply()
    value = reply.value()
    row = _first_row(value)
    if row is None:
        return reply
    plain = [name for name, held in row.items() if not name.startswith(("@", "__")) and not isinstance(held, dict)]
    change(row, str(given.options.get("member") or (plain or [*row])[0]))
    return Reply(reply.status, _without_length(reply.headers), json.dumps(value).encode())


def _first_row(value: Any) -> dict[str, Any] | None:
    for name in ("d", "results", "value"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) and value else None


@fault("early-answer", "413 with no body, then the connection ends")
async def early_answer(given: Given) -> None:
    """The connection cannot be used again."""
    given.line.write(head(413, [("content-length", "0"), ("connection", "close")]))
    given.line.close()
    await given.line.gone()


def _problem(status: int, code: str, text: str) -> Deliver:
    async def deliver(given: Given) -> Reply:
        headers: Headers = []
        if "retry_after" in given.options:
            headers.append(("retry-after", str(given.options["retry_after"])))
        given.ask.told["refuse"] = (status, code, f"{text} ({_host(given.origin)})", headers)
        return await given.work()

    return deliver


fault("500", "an internal error in the system's own form, which names the host")(
    _problem(500, "Internal_ServerError", "An internal error occurred while processing the request")
)
fault("502", "Bad Gateway from something in front of the system")(
    _problem(502, "Internal_BadGateway", "The gateway of the system got no answer")
)
fault("503", "Service Unavailable; with Retry-After where `retry_after` is given")(
    _problem(503, "Internal_ServiceUnavailable", "The service is being updated")
)


@fault("504", "the work is done, the system's own gateway gave up waiting", applied=True)
async def gateway_timeout(given: Given) -> Reply:
    """The effect of a write cannot be known from outside."""
    await given.true_reply()
    return Reply(504, [("content-type", "text/html")], HTML.format(host=_host(given.origin)).encode())


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _without_length(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() != "content-length"]
