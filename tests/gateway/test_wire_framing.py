"""Every row of framing.yaml over a raw socket: refused before the app, or seen by it as it was sent."""

import contextlib
import socket
import time
from operator import itemgetter
from pathlib import Path

import pytest
import yaml
from rows import over

from gateway.refused import refuses

ROWS = yaml.safe_load((Path(__file__).parent / "framing.yaml").read_text(encoding="utf-8"))
SHORT = [row for row in ROWS if row.get("pad", 0) < 1000]
NAME = itemgetter("name")
STATUS = {problem.name: problem.status for problem in refuses}
PATH = "/sales/v1/orders"


def sent(row) -> bytes:
    text = row["send"].replace("<pad>", "a" * row.get("pad", 0)).replace("<path>", PATH)
    text = text.replace("<host>", "gateway.example").replace("<authority>", "gateway.example")
    return text.replace("<AUTHORITY>", "GATEWAY.Example").encode("latin-1")


@pytest.fixture
def server(recording_server):
    return recording_server


def check(row, server, reader, pieces) -> None:
    server.seen.clear()
    server.refused.clear()
    expected = row.get("seen", [])
    with server.connect() as sock:
        for piece in pieces:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                sock.sendall(piece)
        answers = reader(sock)
        for method, _, body in expected:
            reply = answers.reply(method)
            assert (reply.status, reply.body[-len(str(len(body))) - 1 :]) == (200, f"{len(body)}]".encode())
        if "refused" in row:
            reply = answers.reply()
            assert (reply.problem, reply.status) == (row["refused"], STATUS[row["refused"]])
            assert reply.headers["connection"] == "close"
            assert {"date", "x-correlation-id", "traceparent", "cache-control"} <= reply.headers.keys()
            assert "server" not in reply.headers
        if "refused" in row or row.get("then") == "closed":
            assert answers.reply() is None
        else:
            sock.sendall(f"GET {PATH}?after HTTP/1.1\r\nHost: gateway.example\r\n\r\n".encode())
            assert answers.reply().status == 200
            server.seen.pop()
    seen = [
        [
            s["method"],
            s["raw_path"].decode()[len(PATH) :] + "?"[: len(s["query_string"])] + s["query_string"].decode(),
            b,
        ]
        for s, b in server.seen
    ]
    assert seen == [[method, rest, body.encode("latin-1")] for method, rest, body in expected]
    for scope, _ in server.seen:
        names = [name for name, _ in scope["headers"]]
        assert names.count(b"host") == 1
        assert b"x-entity" not in names
        assert (b"host", b"b") not in scope["headers"]
    assert [name for name, _, _ in server.refused] == ([row["refused"]] if "refused" in row else [])


@over("row", ROWS, ids=NAME)
def test_rows_in_one_piece(row, server, reader):
    check(row, server, reader, [sent(row)])


@over("row", SHORT, ids=NAME)
def test_rows_in_two_pieces(row, server, reader):
    """Split at the most awkward place: in the middle of the last line end."""
    whole = sent(row)

    def pieces():
        yield whole[:-1]
        time.sleep(0.005)
        yield whole[-1:]

    check(row, server, reader, pieces())


@over("row", SHORT, ids=NAME)
def test_rows_byte_by_byte(row, server, reader):
    whole = sent(row)

    def pieces():
        for at in range(len(whole)):
            yield whole[at : at + 1]
            if not at % 16:
                time.sleep(0.0005)

    check(row, server, reader, pieces())


def test_there_are_rows_enough_and_each_is_named_once():
    assert len(ROWS) >= 150
    assert len({row["name"] for row in ROWS}) == len(ROWS)
    assert all("seen" in row or "refused" in row for row in ROWS)


def test_too_many_headers_are_refused(server, reader):
    with server.connect() as sock:
        lines = "".join(f"X-{number}: a\r\n" for number in range(100))
        sock.sendall(f"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode())
        assert reader(sock).reply().problem == "head-too-large"


def test_too_many_headers_are_refused_before_their_end(server, reader):
    with server.connect() as sock:
        lines = "".join(f"X-{number}: a\r\n" for number in range(101))
        sock.sendall(f"GET / HTTP/1.1\r\nHost: a\r\n{lines}".encode())
        assert reader(sock).reply().problem == "head-too-large"


def test_options_of_everything_is_passed_on(server, reader):
    server.seen.clear()
    for target in ("*", "http://gateway.example"):
        with server.connect() as sock:
            sock.sendall(f"OPTIONS {target} HTTP/1.1\r\nHost: gateway.example\r\n\r\n".encode())
            assert reader(sock).reply().status == 200
    assert [scope["raw_path"] for scope, _ in server.seen] == [b"*", b"*"]


def test_a_host_by_address_is_taken(server, reader):
    for host in ("[::1]:8080", "127.0.0.1:8080", "localhost", "under_score.example", "A.EXAMPLE."):
        with server.connect() as sock:
            sock.sendall(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert reader(sock).reply().status == 200


def test_a_header_that_connection_names_is_gone(server, reader):
    server.seen.clear()
    with server.connect() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Hop: b\r\nX-Stay: c\r\nConnection: x-hop\r\n\r\n")
        assert reader(sock).reply().status == 200
    names = [name for name, _ in server.seen[0][0]["headers"]]
    assert b"x-hop" not in names
    assert b"x-stay" in names


def test_a_connection_that_sends_nothing_of_a_request_is_not_answered(server):
    server.refused.clear()
    with server.connect() as sock:
        sock.sendall(b"\r\n")
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(100) == b""
    assert server.refused == []
