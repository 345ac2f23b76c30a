"""`tidewaiter client URL` of a contract that is not for everybody: what is shown, to whom, and what is said."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from diff_findings import OLD

from contracts.diagnostic import InvalidInputError
from governance.cli.main import main
from governance.diff.from_url import fetch
from governance.diff.url_credential import KEY_VARIABLE, TOKEN_VARIABLE, credential_from

KEY = "tw_CANARYKEY"
CONTRACT = "/-/contracts/sales/1.0.yaml"
PAGE = b"\n<!DOCTYPE html><title>APIs</title><p>a: b"
PAGES = {}
"""Which paths are pages, and how they are sent."""


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in (KEY_VARIABLE, TOKEN_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    """The address of a gateway on loopback, and what each request showed."""
    met = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            shown = {name: self.headers[name] for name in ("X-API-Key", "Authorization") if name in self.headers}
            met.append((self.path, shown))
            status = next((int(part) for part in self.path.split("/") if part.isdecimal()), 200)
            problem = {"type": "x", "title": "The key is\u202e not known", "detail": "It ended."}
            body = OLD if status == 200 else json.dumps(problem).encode()
            self.send_response(status)
            kind = "application/yaml" if status == 200 else "application/problem+json"
            if self.path in PAGES:
                body, kind = PAGE, "text/html; charset=utf-8" if PAGES[self.path] == "page" else "text/plain"
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{made.server_address[1]}", met
        made.shutdown()
        thread.join()


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    return path


def test_a_key_or_a_token_from_a_file(server, key_file):
    address, met = server
    fetch(address + CONTRACT, allowed=True, credential=credential_from(key_file, None))
    fetch(address + "/other.yaml", allowed=True, credential=credential_from(None, key_file))

    assert met == [(CONTRACT, {"X-API-Key": KEY}), ("/other.yaml", {"Authorization": f"Bearer {KEY}"})]


@pytest.mark.parametrize(
    ("variable", "shown"), [(KEY_VARIABLE, {"X-API-Key": KEY}), (TOKEN_VARIABLE, {"Authorization": f"Bearer {KEY}"})]
)
def test_the_environment_counts_for_gateways_only(server, variable, shown):
    address, met = server
    for path in (CONTRACT, "/specs/sales.yaml"):
        fetch(address + path, allowed=True, credential=credential_from(None, None, {variable: f" {KEY} "}))

    assert met == [(CONTRACT, shown), ("/specs/sales.yaml", {})]


CATALOGUE = "(a gateway's catalogue is {address}/-/)"


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("", "{api}/{version}"), ("/-/", "{api}/{version}"), ("/-/apis/sales/1.0", "sales/1.0"),
        ("/-/contracts/sales/1.0", "sales/1.0"), ("/-/apis/sales", "sales/{version}"), ("/sales/v1", "{api}/{version}"),
    ],
)  # fmt: skip
def test_a_page_is_no_contract(server, tmp_path, capsys, monkeypatch, path, instead):
    address, met = server
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    for kind in ("page", "shown-as-text"):
        met.clear()
        monkeypatch.setitem(PAGES, path or "/", kind)
        assert main(["client", address + path, "--out", str(tmp_path / "out"), "--prefix", "acme"]) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert "that is a page, not a contract" in said
        assert f"name {address}/-/contracts/{instead}.yaml {CATALOGUE.format(address=address)}" in said
        assert met == [(path or "/", {"X-API-Key": KEY} if path.startswith("/-/contracts/") else {})]
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_under_another_address_says_what_to_name(server, tmp_path, capsys):
    for path in ("/404/sales/v1", "/404/-/contracts/sales/1.0"):
        assert main(["client", server[0] + path, "--out", str(tmp_path / "out"), "--prefix", "acme"]) == 2
        assert "/-/contracts/{api}/{version}.yaml" in capsys.readouterr().err


def test_a_file_goes_before_the_environment(key_file):
    found = credential_from(key_file, None, {KEY_VARIABLE: "other"})
    assert (found.value, KEY in repr(found)) == (KEY, False)
    assert credential_from(None, None, {}) is None


def test_it_is_never_sent_in_clear(key_file):
    for given in (credential_from(key_file, None), credential_from(None, None, {TOKEN_VARIABLE: KEY})):
        with pytest.raises(InvalidInputError, match="unencrypted") as told:
            fetch("http://gateway.invalid" + CONTRACT, allowed=True, credential=given)
        assert KEY not in str(told.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no credential"), (b"two words", "no credential"), (b"caf\xc3\xa9", "no credential"),
     (b"a\r\nX-Evil: 1", "no credential"), (b"x" * 20_000, "too large"), (None, "cannot be read")],
)  # fmt: skip
def test_what_is_no_credential_is_told(tmp_path, content, message):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=message) as told:
        credential_from(path, None)
    assert "two words" not in str(told.value)


def test_two_credentials_are_refused(key_file):
    for given in ((key_file, key_file, {}), (None, None, {KEY_VARIABLE: "a", TOKEN_VARIABLE: "b"})):
        with pytest.raises(InvalidInputError, match="two-credentials"):
            credential_from(*given)


@pytest.mark.parametrize(
    ("status", "without", "with_key"),
    [
        (401, "not-identified", "the API key is not taken"), (403, "not-allowed", "ask the owner of the API"),
        (404, f"or show a credential: put a key into {KEY_VARIABLE}", "what the API key may not see answers the same"), (410, "410", "410"), (500, "500", "500"),
    ],
)  # fmt: skip
def test_each_refusal_says_what_to_do(server, key_file, tmp_path, capsys, status, without, with_key):
    url = f"{server[0]}/{status}{CONTRACT}"
    out = str(tmp_path / "out")
    for arguments, words in (([], without), (["--key-file", str(key_file)], with_key)):
        assert main(["client", url, "--out", out, "--prefix", "acme", *arguments]) == 2
        said = capsys.readouterr()
        assert words in said.err
        assert f"the server answered {status}: The key is not known. It ended" in said.err.replace("\\u202e", "")
        assert (KEY in said.err, said.out, "Traceback" in said.err) == (False, "", False)
    assert not (tmp_path / "out").exists()
