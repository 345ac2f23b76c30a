"""Deadlines, bounds and ends of a connection, over real sockets with uvloop."""

import json
import socket
import time

import pytest

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
UPLOAD = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%b\r\n"


def eventually(condition, seconds=3.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.005)


def ended(sock) -> bool:
    """Whether the other side closes within the socket's timeout."""
    try:
        while sock.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


# Deadlines.


def test_a_head_that_does_not_end_is_answered_with_408(wire_server, reader):
    server = wire_server({"head_seconds": 0.3})
    with server.connect() as sock:
        sock.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n")
        begun = time.monotonic()
        answers = reader(sock)
        reply = answers.reply()
        assert (reply.status, reply.problem) == (408, "head-timeout")
        assert 0.2 < time.monotonic() - begun < 1.5
        assert answers.reply() is None
    assert server.refused[0][:2] == ("head-timeout", "127.0.0.1")
    assert reply.headers["x-correlation-id"] == server.refused[0][2]


def test_dribbling_does_not_extend_the_deadline(wire_server, reader):
    server = wire_server({"head_seconds": 0.4})
    with server.connect() as sock:
        answers = reader(sock)
        sock.sendall(GET)
        assert answers.reply().status == 200
        begun = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012 - the loop is what must end
            for byte in (b"GET /b HTTP/1.1\r\nX-A: " + b"a" * 200)[:200]:
                sock.sendall(bytes([byte]))
                time.sleep(0.02)
        assert time.monotonic() - begun < 3.0
    assert [name for name, _, _ in server.refused] == ["head-timeout"]
    assert len(server.seen) == 1


def test_a_silent_connection_is_closed_without_an_answer(wire_server):
    server = wire_server({"head_seconds": 0.2})
    with server.connect(timeout=2) as sock:
        assert sock.recv(100) == b""
    assert server.refused == []


def test_an_idle_connection_is_closed_without_an_answer(wire_server, reader):
    server = wire_server({"idle_seconds": 0.2, "head_seconds": 5})
    with server.connect(timeout=2) as sock:
        answers = reader(sock)
        for _ in range(3):
            sock.sendall(GET)
            assert answers.reply().status == 200
            time.sleep(0.1)
        begun = time.monotonic()
        assert answers.reply() is None
        assert time.monotonic() - begun < 1
    assert server.refused == []


def test_the_deadline_of_the_head_does_not_bound_the_call(wire_server, reader, answering):
    async def slow(server, scope, receive, send):
        import asyncio

        await asyncio.sleep(0.5)
        await answering()(server, scope, receive, send)

    server = wire_server({"head_seconds": 0.1, "idle_seconds": 0.1}, slow)
    with server.connect() as sock:
        sock.sendall(GET)
        assert reader(sock).reply().body == b"hello"


def test_a_slow_reader_is_cut(wire_server, answering):
    server = wire_server({"answer_stall_seconds": 0.3}, answering(pieces=[b"x" * 1_000_000] * 30))
    with server.connect(receive_buffer=4096) as sock:
        sock.sendall(GET)
        eventually(lambda: ("slow-reader", "127.0.0.1", "") in server.refused)
        eventually(lambda: not server.server.server_state.connections)


def test_a_reader_that_goes_on_reading_is_not_cut(wire_server, reader, answering):
    total = 12_000_000
    server = wire_server({"answer_stall_seconds": 0.25}, answering(pieces=[b"x" * (total // 4)] * 4))
    with server.connect(receive_buffer=65_536) as sock:
        sock.sendall(b"GET /a HTTP/1.0\r\nHost: a\r\n\r\n")
        got = 0
        begun = time.monotonic()
        while data := sock.recv(400_000):
            got += len(data)
            if time.monotonic() - begun < 1.0:
                time.sleep(0.02)
    assert got > total
    assert server.refused == []


def test_a_reader_that_stalls_at_the_end_is_cut(wire_server, answering):
    server = wire_server({"answer_stall_seconds": 0.3, "idle_seconds": 0.2}, answering(pieces=[b"x" * 30_000_000]))
    for head in (GET, b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"):
        server.refused.clear()
        with server.connect(receive_buffer=4096) as sock:
            sock.sendall(head)
            eventually(lambda: [name for name, _, _ in server.refused] == ["slow-reader"])
            eventually(lambda: not server.server.server_state.connections)


# Ends.


def test_a_refused_upload_is_not_swallowed(wire_server, reader, answering):
    server = wire_server(handler=answering(401, read=False))
    size = 200_000_000
    with server.connect() as sock:
        sock.sendall(UPLOAD % (size, b""))
        reply = reader(sock).reply()
        assert (reply.status, reply.headers["connection"]) == (401, "close")
        sent = 0
        begun = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012 - the loop is what must end
            while sent < size:
                sent += sock.send(b"x" * 65_536)
        assert sent < 20_000_000
        assert time.monotonic() - begun < 5


def test_a_refusal_reaches_a_caller_who_sends_first_and_reads_then(wire_server, reader, answering):
    server = wire_server(handler=answering(401, read=False))
    with server.connect() as sock:
        sock.sendall(UPLOAD % (700_000, b""))
        time.sleep(0.05)
        sock.sendall(b"x" * 700_000)
        answers = reader(sock)
        assert answers.reply().status == 401
        assert answers.reply() is None


def test_a_small_body_that_nobody_reads_keeps_the_connection(wire_server, reader, answering):
    server = wire_server(handler=answering(403, read=False))
    with server.connect() as sock:
        answers = reader(sock)
        for _ in range(3):
            sock.sendall(UPLOAD % (5_000, b""))
            reply = answers.reply()
            assert reply.status == 403
            assert "connection" not in reply.headers
            sock.sendall(b"GET /smuggled HTTP/1.1\r\n\r\n".ljust(5_000, b"x"))
        sock.sendall(GET)
        assert answers.reply().status == 403
    assert server.refused == []


def test_the_rest_of_a_dropped_body_has_a_deadline(wire_server, reader, answering):
    server = wire_server({"head_seconds": 0.2, "idle_seconds": 9}, answering(403, read=False))
    with server.connect(timeout=2) as sock:
        answers = reader(sock)
        sock.sendall(UPLOAD % (5_000, b"") + b"part")
        assert answers.reply().status == 403
        assert answers.reply() is None


def test_an_unread_chunked_body_closes_the_connection(wire_server, reader, answering):
    server = wire_server(handler=answering(403, read=False))
    with server.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        answers = reader(sock)
        reply = answers.reply()
        assert (reply.status, reply.headers["connection"]) == (403, "close")
        assert answers.reply() is None


@pytest.mark.parametrize("size", [1, 70_000, 3_000_000])
def test_a_body_comes_whole_whatever_its_pieces(wire_server, reader, size):
    server = wire_server()
    body = bytes(range(256)) * (size // 256 + 1)
    with server.connect() as sock:
        answers = reader(sock)
        for _ in range(2):
            sock.sendall(UPLOAD % (len(body), b"") + body)
            assert json.loads(answers.reply().body)[2] == len(body)
            sock.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for at in range(0, len(body), 50_000):
                piece = body[at : at + 50_000]
                sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            sock.sendall(b"0\r\n\r\n")
            assert json.loads(answers.reply().body)[2] == len(body)
    assert [seen for _, seen in server.seen] == [body] * 4


def test_the_quiet_cut(wire_server, reader, caplog):
    async def cutting(server, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        scope["extensions"]["tidewaiter.cut"]()
        server.notes["then"] = (await receive())["type"]
        with pytest.raises(OSError):
            await send({"type": "http.response.body", "body": b"more", "more_body": True})
        server.notes["sent"] = "refused"

    server = wire_server(handler=cutting)
    with server.connect() as sock:
        sock.sendall(GET)
        answers = reader(sock)
        with pytest.raises((AssertionError, ConnectionResetError)):
            answers.reply()
        eventually(lambda: "sent" in server.notes)
    assert server.notes == {"then": "http.disconnect", "sent": "refused"}
    assert caplog.records == []


def test_a_cut_answer_to_http_1_0_cannot_be_taken_for_a_whole_one(wire_server):
    async def cutting(server, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        server.notes["half"] = True
        import asyncio

        await asyncio.sleep(0.1)
        scope["extensions"]["tidewaiter.cut"]()

    server = wire_server(handler=cutting)
    with server.connect() as sock:
        sock.sendall(b"GET /a HTTP/1.0\r\nHost: a\r\n\r\n")
        assert b"half" in sock.recv(65_536)
        with pytest.raises(ConnectionResetError):
            sock.recv(100)


def test_a_late_cut_leaves_the_next_call_alone(wire_server, reader, answering):
    async def handler(server, scope, receive, send):
        if "cut" in server.notes:
            server.notes["cut"]()
        await answering()(server, scope, receive, send)
        server.notes["cut"] = scope["extensions"]["tidewaiter.cut"]

    server = wire_server(handler=handler)
    with server.connect() as sock:
        answers = reader(sock)
        for _ in range(3):
            sock.sendall(GET)
            assert answers.reply().body == b"hello"


def test_the_app_learns_that_its_caller_left(wire_server):
    async def waiting(server, scope, receive, send):
        server.notes["first"] = await receive()
        server.notes["second"] = await receive()

    server = wire_server(handler=waiting)
    with server.connect() as sock:
        sock.sendall(UPLOAD % (3, b"") + b"abc")
        eventually(lambda: "first" in server.notes)
    eventually(lambda: "second" in server.notes)
    assert server.notes["first"] == {"type": "http.request", "body": b"abc", "more_body": False}
    assert server.notes["second"] == {"type": "http.disconnect"}


def test_half_a_body_never_looks_whole(wire_server):
    server = wire_server()
    with server.connect() as sock:
        sock.sendall(UPLOAD % (10, b"") + b"abc")
        time.sleep(0.05)
    eventually(lambda: server.left == 1)
    assert server.seen == []


def test_framing_that_breaks_in_the_body_is_told_to_both_sides(wire_server, reader):
    server = wire_server()
    with server.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        time.sleep(0.05)
        sock.sendall(b"zz\r\n")
        assert reader(sock).reply().problem == "bad-framing"
    eventually(lambda: server.left == 1)
    assert server.seen == []


def test_framing_that_breaks_after_the_answer_began_cuts_it(wire_server, reader):
    async def streaming(server, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        server.notes["rest"] = (await receive())["type"]

    server = wire_server(handler=streaming)
    with server.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        answers = reader(sock)
        assert answers.line() == b"HTTP/1.1 200 OK"
        sock.sendall(b"zz\r\n")
        assert ended(sock)
    eventually(lambda: "rest" in server.notes)


# Bounds.


def test_connections_past_the_bound_are_told_so(wire_server, reader, answering):
    import asyncio

    async def waiting(server, scope, receive, send):
        while not server.notes:  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.01)
        await answering()(server, scope, receive, send)

    server = wire_server({"connections": 2}, waiting)
    with server.connect() as one, server.connect() as two:
        for sock in (one, two):
            sock.sendall(GET)
        eventually(
            lambda: server.server.server_state.total_requests == 0 and len(server.server.server_state.tasks) == 2
        )
        with server.connect() as three:
            reply = reader(three).reply()
            assert (reply.status, reply.problem, reply.headers["retry-after"]) == (503, "too-many-connections", "1")
        server.notes["go"] = True
        for sock in (one, two):
            assert reader(sock).reply().status == 200
    assert server.refused[0][0] == "too-many-connections"


def test_an_idle_connection_makes_room(wire_server, reader):
    server = wire_server({"connections": 2})
    with server.connect() as one, server.connect() as two:
        for sock in (one, two):
            sock.sendall(GET)
            assert reader(sock).reply().status == 200
        with server.connect() as three:
            three.sendall(GET)
            assert reader(three).reply().status == 200
            open_still = [sock for sock in (one, two) if not _closes_soon(sock)]
            assert len(open_still) == 1
    assert server.refused == []


def test_heads_that_never_end_make_room(wire_server, reader):
    server = wire_server({"connections": 3})
    with server.connect() as one, server.connect() as two, server.connect() as three:
        for sock in (one, two, three):
            sock.sendall(b"GET /a HTTP/1.1\r\nHost:")
        with server.connect() as four:
            four.sendall(GET)
            assert reader(four).reply().status == 200


def _closes_soon(sock: socket.socket) -> bool:
    sock.settimeout(0.1)
    return ended(sock)


def test_a_flood_of_pipelined_requests_is_not_hoarded(wire_server, reader, answering):
    import asyncio

    async def waiting(server, scope, receive, send):
        while not server.notes:  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.01)
        await answering()(server, scope, receive, send)

    server = wire_server(handler=waiting)
    with server.connect(timeout=0.5) as sock:
        sent = 0
        with pytest.raises(TimeoutError):  # noqa: PT012 - the loop is what must end
            while sent < 100_000_000:
                sent += sock.send(GET * 1000)
        (wire,) = server.server.server_state.connections
        assert len(wire._buffer) < 2_000_000
        assert len(server.server.server_state.tasks) == 1


def test_a_deep_pipeline_is_answered_in_order(wire_server, reader):
    server = wire_server()
    with server.connect() as sock:
        sock.sendall(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(2_000)))
        answers = reader(sock)
        assert [json.loads(answers.reply().body)[1] for _ in range(2_000)] == [f"/{number}" for number in range(2_000)]


# Shutdown.


def test_a_shutdown_lets_the_call_under_way_end(wire_server, reader, answering):
    import asyncio

    async def slow(server, scope, receive, send):
        server.notes["begun"] = True
        await asyncio.sleep(0.3)
        await answering()(server, scope, receive, send)

    server = wire_server(handler=slow)
    with server.connect() as busy, server.connect() as idle:
        busy.sendall(GET)
        eventually(lambda: "begun" in server.notes)
        server.server.should_exit = True
        assert ended(idle)
        reply = reader(busy).reply()
        assert (reply.body, reply.headers["connection"]) == (b"hello", "close")


def test_the_scope(wire_server, reader):
    server = wire_server()
    with server.connect() as sock:
        sock.sendall(b"POST /a%2Fb?c=%20 HTTP/1.1\r\nHost: a\r\nX-Upper: V\r\nContent-Length: 2\r\n\r\nhi")
        assert reader(sock).reply().status == 200
    scope, _ = server.seen[0]
    assert scope["raw_path"] == b"/a%2Fb"
    assert (scope["path"], scope["query_string"], scope["root_path"]) == ("/a/b", b"c=%20", "")
    assert (scope["type"], scope["method"], scope["scheme"], scope["http_version"]) == ("http", "POST", "http", "1.1")
    assert scope["client"][0] == "127.0.0.1"
    assert scope["headers"] == [(b"host", b"a"), (b"x-upper", b"V"), (b"content-length", b"2")]
    assert scope["extensions"]["tidewaiter.body_bytes"] == 2
