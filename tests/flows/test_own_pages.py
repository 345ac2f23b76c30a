"""The gateway's own pages under `/-/`: what a browser may be made to do with them, and paths that only look like them."""

import html
import http.client
import re

import pytest

from gateway.problems import PROBLEMS

PAGES = [
    "/-/problems",
    "/-/problems/",
    "/-/problems/not-found",
    "/-/problems/x/",
    "/-/problems/x",
    "/-/style.css/",
    "/-/",
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", PAGES)
def test_every_answer_is_guarded_and_none_leads_elsewhere(path, method, gateway):
    reply = gateway.raw(f"{method} {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())

    assert reply.status in (200, 404, 405)
    assert "evil.example" not in str(reply.headers) + reply.body.decode()
    assert "default-src 'none'" in reply.header("content-security-policy")
    assert reply.header("x-content-type-options") == "nosniff"
    varies = "Accept" if path.startswith("/-/problems") else "Cookie"
    assert reply.header("vary") == varies, "a cache must not give one what another asked for"
    assert (reply.status == 405) == (reply.header("allow") != "")


@pytest.mark.parametrize(
    ("path", "status"), [("/%2D/problems", 401), ("/-", 401), ("//-/problems", 400), ("/./-/problems", 400)]
)
def test_what_only_looks_like_a_page_is_a_call(path, status, gateway):
    assert gateway.call("GET", path).status == status


@pytest.mark.parametrize("path", ["/-/../orders/v1/orders", "/-/..%2forders/v1/orders", "/-/%2e%2e/orders/v1/orders"])
def test_a_page_leads_to_no_call(path, group, gateway):
    group.system.seen.clear()
    assert gateway.call("GET", path, group.bearer()).status == 404
    assert group.system.seen == []


def test_code_words_are_shown_as_such(gateway):
    """Backticks are how problems are written; a browser shows code."""
    for name, problem in PROBLEMS.items():
        page = gateway.call("GET", f"/-/problems/{name}").body.decode()
        assert "`" not in page, name
        for word in re.findall(r"`([^`]+)`", problem.remedy):
            assert f"<code>{word}</code>" in html.unescape(page), (name, word)


def test_health_redirects_nobody(gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.health, timeout=5)
    connection.request("GET", "/livez/", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 404
    connection.close()
