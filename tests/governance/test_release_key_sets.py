"""`release build --key-sets`: the keys of issuers as they answered, kept for gateways that start while one is away."""

import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from released import LATER, Node

from contracts.diagnostic import InvalidInputError
from contracts.issuers import Issuer
from gateway.release import make_release
from gateway.releases.released import Released
from governance.release.build import judge_workspace, release_of
from governance.release.key_sets import fetch_key_sets


class Issuing:
    """An issuer's key set on loopback."""

    def __init__(self):
        key = OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key(), as_dict=True)
        self.status, self.body = 200, json.dumps({"keys": [{**key, "kid": "one", "use": "sig"}]}).encode()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys"

    def issuer(self):
        return Issuer(issuer="https://issuer.example", audience="api", jwks_url=self.url)


@pytest.fixture
def issuing():
    made = Issuing()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_they_stand_in_the_release_and_reach_the_gateway(issuing, tmp_path):
    node = Node(tmp_path / "n")
    (node.ws / "policies/issuers.yaml").write_text(
        json.dumps({"issuers": {"main": json.loads(issuing.issuer().model_dump_json(exclude_unset=True))}})
    )
    node.build("first")
    judged = judge_workspace(node.ws, "prod", None, node.trust, LATER)
    kept = fetch_key_sets(judged.contents.workspace.issuers, node.ws, LATER)
    (node.folder / "first.json").write_bytes(release_of(judged, node.ws, "dora", kept).text())
    node.activate("first")

    proven = node.live()
    given = Released(proven).given_to(make_release(proven.loaded.workspace), LATER)
    assert {name: json.loads(text) for name, text in given.key_sets.items()} == {"main": json.loads(issuing.body)}

    # Another address is another issuer.
    elsewhere = kept["main"].model_copy(update={"url": "https://elsewhere.example/keys"})
    head = proven.loaded.release.head.model_copy(update={"key_sets": {"main": elsewhere}})
    moved = replace(proven, loaded=replace(proven.loaded, release=replace(proven.loaded.release, head=head)))
    assert Released(moved).given_to(make_release(proven.loaded.workspace), LATER).key_sets == {}


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [(404, b"{}", "answered 404"), (200, b'{"keys": []}', "no key that can be used"), (200, b"<html>", "not JSON"),
     (302, b"", "answered 302"), (200, b" " * 2_000_000, "larger than")],
)  # fmt: skip
def test_an_issuer_that_answers_no_keys_stops_the_build(issuing, tmp_path, status, body, why):
    issuing.status, issuing.body = status, body
    with pytest.raises(InvalidInputError, match=why):
        fetch_key_sets({"main": issuing.issuer()}, tmp_path, LATER)


def test_an_issuer_that_is_away_stops_the_build(issuing, tmp_path):
    issuing.server.shutdown()
    issuing.server.server_close()
    with pytest.raises(InvalidInputError, match="cannot be had: Connection refused"):
        fetch_key_sets({"main": issuing.issuer()}, tmp_path, LATER)
