"""Documents from an address: only where that is allowed, bounded, without redirects to elsewhere or proxies."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from diff_findings import OLD

from contracts.diagnostic import InvalidInputError
from governance.diff import from_url
from governance.diff.inputs import Sources, read

SPLIT = OLD.replace(b"#/components/schemas/Order", b"parts/order.yaml")


@pytest.fixture
def server():
    """The address of a server on loopback, and the requests that it met."""
    met = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            met.append((self.path, dict(self.headers)))
            where = {
                "/moved": "/openapi.yaml?x=1",
                "/away": f"http://localhost:{port}/openapi.yaml",
                "/round": "/round",
            }
            if self.path in where:
                self.send_response(302)
                self.send_header("Location", where[self.path])
                self.end_headers()
                return
            body = {"/split.yaml": SPLIT, "/html": b"<html>not found</html>", "/empty": b""}.get(self.path, OLD)
            self.send_response(404 if self.path == "/missing" else 200)
            self.send_header("Content-Length", str(len(body) + (10 if self.path == "/broken" else 0)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        port = made.server_address[1]
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{port}", met
        made.shutdown()
        thread.join()


def allowed(url):
    return read(url, Sources(allow_url=True))


def test_a_document(server):
    address, met = server

    side = allowed(f"{address}/api/openapi.yaml?token=secret")

    assert (side.stated_version, side.shown, side.in_tree) == ("1.2.3", f"{address}/api/openapi.yaml", False)
    assert str(side.place("/info/version")) == f"{address}/api/openapi.yaml:2"
    assert met[0][0] == "/api/openapi.yaml?token=secret"
    assert {"Authorization", "Cookie"}.isdisjoint(met[0][1])


def test_a_redirect_on_the_same_host(server):
    assert allowed(f"{server[0]}/moved").stated_version == "1.2.3"


def test_proxies_of_the_environment_are_not_asked(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert allowed(f"{server[0]}/openapi.yaml").stated_version == "1.2.3"


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/away", "redirected", "another host"),
        ("/round", "redirected", "more than 5 times"),
        ("/missing", "unreachable", "answered 404"),
        ("/broken", "unreachable", "broke off"),
        ("/html", "not-a-contract", "that is a page, not a contract"),
        ("/empty", "empty-file", "empty"),
        ("/split.yaml", "reference-outside", "came without files"),
    ],
)
def test_what_can_go_wrong(server, path, code, words):
    with pytest.raises(InvalidInputError) as caught:
        allowed(server[0] + path)

    fault = caught.value.diagnostics[0]
    assert fault.code == code, str(fault)
    assert words in fault.message


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://x.example/a", "wrong-url"),
        ("file:///etc/passwd", "wrong-url"),
        ("https://user:secret@x.example/a", "wrong-url"),
        ("https:///a", "wrong-url"),
        ("http://[::1/a", "wrong-url"),
        ("http://x.example:99999/a", "wrong-url"),
        ("http://127.0.0.1:9/a\r\nHost: b", "wrong-url"),
        ("http://127.0.0.1:1/a", "unreachable"),
    ],
)
def test_addresses_that_are_none(url, code):
    with pytest.raises(InvalidInputError) as caught:
        allowed(url)

    (fault,) = caught.value.diagnostics
    assert fault.code == code
    assert "secret" not in str(fault)


def test_nothing_is_fetched_unless_it_is_allowed(server, command, tmp_path):
    (tmp_path / "a.yaml").write_bytes(OLD)

    code, out, err = command("diff", tmp_path / "a.yaml", server[0] + "/openapi.yaml")

    assert (code, out) == (2, "")
    assert "--allow-url" in err
    assert server[1] == []


def test_it_is_bounded_in_bytes(server, monkeypatch):
    monkeypatch.setattr(from_url, "FILE_BYTES", 100)

    with pytest.raises(InvalidInputError, match="larger than 100 bytes"):
        allowed(server[0] + "/openapi.yaml")


def test_it_is_bounded_in_time(server, monkeypatch):
    monkeypatch.setattr(from_url, "SECONDS", -1.0)

    with pytest.raises(InvalidInputError, match="no whole answer"):
        allowed(server[0] + "/openapi.yaml")


def test_https_is_not_left():
    from urllib.parse import urlsplit

    with pytest.raises(InvalidInputError, match="from https to http"):
        from_url._moved(urlsplit("https://x.example/a"), "http://x.example/a")
