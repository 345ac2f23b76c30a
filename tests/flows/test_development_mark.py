"""What nobody decided on says so: on every answer, refusals of the wire too, and on every page."""

import pytest

MARK = ("tidewaiter-served", "development")

ANSWERS = {
    "a call": (b"GET /orders/v1/orders/4711 HTTP/1.1\r\nHost: x\r\n", 401),
    "no such api": (b"GET /nothing/v1/x HTTP/1.1\r\nHost: x\r\n", 401),
    "a preflight": (b"OPTIONS /orders/v1/orders/4711 HTTP/1.1\r\nHost: x\r\nOrigin: http://a\r\n", 401),
    "a page": (b"GET /-/ HTTP/1.1\r\nHost: x\r\n", 200),
    "a page of problems": (b"GET /-/problems/ HTTP/1.1\r\nHost: x\r\n", 200),
    "a stylesheet": (b"GET /-/style.css HTTP/1.1\r\nHost: x\r\n", 200),
    "two lengths": (b"POST /orders/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n", 400),
    "no request": (b"\x16\x03\x01\r\n", 400),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_of_a_workspace_says_so_once(gateway, name):
    head, status = ANSWERS[name]
    reply = gateway.raw(head + b"Connection: close\r\n\r\n")
    assert reply.status == status
    assert [(key.lower(), value) for key, value in reply.headers if key.lower() == MARK[0]] == [MARK]


@pytest.mark.parametrize("path", ["/", "/-/", "/-/status", "/-/search?q=order", "/-/credentials", "/-/sign-in",
                                  "/-/problems/", "/-/problems/not-found", "/-/nothing"])  # fmt: skip
def test_every_page_of_a_workspace_says_so(gateway, path):
    reply = gateway.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert "For development" in reply.body.decode()
