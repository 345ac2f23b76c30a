"""The little HTTP of the parent's listeners over real sockets."""

import socket

import pytest

from gateway.listen import bound_socket
from gateway.plain_http import listen, told_json


@pytest.fixture
async def asked():
    import asyncio

    seen = []

    async def handle(request):
        seen.append(request)
        return told_json(200, {"path": request.path}, ("x-more", "1"))

    sock = bound_socket("127.0.0.1", 0, "test")
    port = sock.getsockname()[1]
    server = await listen(sock, handle)

    def raw(data):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            held = b""
            while piece := connection.recv(65_536):
                held += piece
            return held

    async def ask(data):
        return await asyncio.to_thread(raw, data), seen

    yield ask
    server.close()
    await server.wait_closed()


async def test_one_request_and_the_connection_ends(asked):
    told, seen = await asked(
        b"POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}GET /second HTTP/1.1\r\n\r\n"
    )

    assert told.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nconnection: close\r\n" in told
    assert b"\r\nx-more: 1\r\n" in told
    assert [(r.method, r.path, r.headers["host"], r.body) for r in seen] == [("POST", "/a?b", "x", b"{}")]


@pytest.mark.parametrize(
    "data",
    [
        b"GET http://x/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET /\x01 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: +2\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nContent-Length: 999999\r\n\r\n",
    ],
)
async def test_what_cannot_be_read_in_one_way_is_refused(data, asked):
    told, seen = await asked(data)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert seen == []


@pytest.mark.parametrize("data", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"])
async def test_half_a_request_or_a_huge_one_gets_nothing(data, asked):
    told, seen = await asked(data)
    assert (told, seen) == (b"", [])
