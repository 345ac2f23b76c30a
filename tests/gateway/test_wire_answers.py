"""How answers are written, and what becomes of those that are none."""

import pytest

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
UPLOAD = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%b\r\n"


# Answers.


def test_the_head_and_body_of_an_answer(wire_server, reader, answering):
    server = wire_server(handler=answering(headers=[(b"content-length", b"5"), (b"x-a", b"b")]))
    with server.connect() as sock:
        sock.sendall(GET + GET.replace(b"GET", b"HEAD") + GET)
        answers = reader(sock)
        first, second, third = answers.reply(), answers.reply("HEAD"), answers.reply()
    assert (first.body, second.body, third.body) == (b"hello", b"", b"hello")
    assert first.headers.keys() == {"date", "content-length", "x-a"}
    assert second.headers["content-length"] == "5"


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body(wire_server, reader, status, answering):
    server = wire_server(handler=answering(status, pieces=[b""]))
    with server.connect() as sock:
        sock.sendall(GET * 2)
        answers = reader(sock)
        for _ in range(2):
            reply = answers.reply()
            assert reply.status == status
            assert not {"content-length", "transfer-encoding"} & reply.headers.keys()


def test_a_stream_goes_in_chunks_and_to_http_1_0_until_the_end(wire_server, reader, answering):
    server = wire_server(handler=answering(pieces=[b"one", b"", b"two" * 10_000, b""]))
    with server.connect() as sock:
        sock.sendall(GET)
        reply = reader(sock).reply()
        assert reply.headers["transfer-encoding"] == "chunked"
        assert reply.body == b"one" + b"two" * 10_000
    with server.connect() as sock:
        sock.sendall(b"GET /a HTTP/1.0\r\nHost: a\r\n\r\n")
        reply = reader(sock).reply()
        assert reply.headers.keys() == {"date", "connection"}
        assert reply.body == b"one" + b"two" * 10_000


def test_an_empty_piece_sends_the_head_at_once(wire_server, reader):
    import asyncio

    async def streaming(server, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        while not server.notes:  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.01)
        await send({"type": "http.response.body", "body": b"late"})

    server = wire_server(handler=streaming)
    with server.connect() as sock:
        sock.sendall(GET)
        answers = reader(sock)
        head = [answers.line() for _ in range(3)]
        assert (head[0], head[2]) == (b"HTTP/1.1 200 OK", b"transfer-encoding: chunked")
        assert answers.line() == b""
        server.notes["go"] = True
        assert [answers.line() for _ in range(4)] == [b"4", b"late", b"0", b""]


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-a", b"b\r\nset-cookie: c")],
        [(b"x-a\r\nset-cookie: c", b"b")],
        [(b"x-a", b"b\nc")],
        [(b"x-a", b"b\x00")],
        [(b"content-length", b"4")],
        [(b"content-length", b"6")],
    ],
)
def test_an_answer_that_is_none_becomes_a_500_or_is_cut(wire_server, reader, headers, caplog, answering):
    server = wire_server(handler=answering(headers=headers))
    with server.connect() as sock:
        sock.sendall(GET)
        reply = reader(sock).reply()
    assert (reply.status, reply.problem) == (500, "no-answer")
    assert b"set-cookie" not in reply.body
    assert [record.getMessage().startswith("the app raised") for record in caplog.records] == [True]


def test_a_crash_tells_neither_the_caller_nor_the_log_its_text(wire_server, reader, caplog):
    async def crash(server, scope, receive, send):
        raise RuntimeError("secret-of-the-crash")

    server = wire_server(handler=crash)
    with server.connect() as sock:
        sock.sendall(GET)
        reply = reader(sock).reply()
    assert (reply.status, reply.problem) == (500, "no-answer")
    assert [name for name, _, _ in server.refused] == ["no-answer"]
    assert caplog.text.count("RuntimeError") == 1
    assert "secret-of-the-crash" not in caplog.text + reply.body.decode()


def test_a_crash_after_the_head_cuts(wire_server, reader, caplog):
    async def crash(server, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("secret-of-the-crash")

    server = wire_server(handler=crash)
    with server.connect() as sock:
        sock.sendall(GET)
        answers = reader(sock)
        with pytest.raises((AssertionError, ConnectionResetError)):
            answers.reply()
    assert "secret-of-the-crash" not in caplog.text


def test_an_app_that_says_nothing_is_answered_for(wire_server, reader):
    async def silent(server, scope, receive, send):
        return

    server = wire_server(handler=silent)
    with server.connect() as sock:
        sock.sendall(GET.replace(b"GET", b"HEAD"))
        answers = reader(sock)
        assert answers.reply("HEAD").status == 500
        assert answers.reply() is None


def test_the_app_may_close(wire_server, reader, answering):
    server = wire_server(handler=answering(headers=[(b"connection", b"close")]))
    with server.connect() as sock:
        sock.sendall(GET + GET)
        answers = reader(sock)
        assert answers.reply().headers["connection"] == "close"
        assert answers.reply() is None


# Expect.


def test_a_caller_that_waits_is_told_to_continue(wire_server, reader):
    server = wire_server()
    with server.connect() as sock:
        answers = reader(sock)
        sock.sendall(UPLOAD % (5, b"Expect: 100-Continue\r\n"))
        assert answers.reply().status == 100
        sock.sendall(b"hello" + GET)
        assert answers.reply().status == 200
        assert answers.reply().status == 200
    assert [body for _, body in server.seen] == [b"hello", b""]


def test_a_caller_that_is_refused_is_not_told_to_continue(wire_server, reader, answering):
    server = wire_server(handler=answering(401, read=False))
    with server.connect() as sock:
        answers = reader(sock)
        sock.sendall(UPLOAD % (5, b"Expect: 100-continue\r\n"))
        reply = answers.reply()
        assert (reply.status, reply.headers["connection"]) == (401, "close")
        assert answers.reply() is None


def test_nobody_is_told_to_continue_without_a_body(wire_server, reader):
    server = wire_server()
    with server.connect() as sock:
        sock.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
        assert reader(sock).reply().status == 200
