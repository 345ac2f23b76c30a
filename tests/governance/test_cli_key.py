"""`tidewaiter key` and `tidewaiter token`, as they are typed."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from contracts import yaml12
from contracts.consumers import Consumer
from contracts.diagnostic import Diagnostic, InvalidInputError
from governance.cli.main import main
from governance.key_entry import CannotEditError, with_key
from policies.keys import hash_key, new_key, parse_key

PEPPER = "a pepper of the test, long enough"
OLD = new_key("tw", PEPPER, 1_500_000_000, 1)[1]
OLD_ENTRY = f"""  - type: api_key
    id: {OLD.id}
    hash: {OLD.hash}
    created: 2017-07-14T02:40:00Z
    expires: 2017-07-15T02:40:00Z
"""
SHOP = f"""# The shop, by hand.
name: Shop   # shown on the page
owner: shop@example.com
plan: standard
entities: [acme]
credentials:   # two at most
{OLD_ENTRY}    # the first one, long over

# last words
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEWAITER_SECRET_KEY_PEPPER", PEPPER)
    monkeypatch.delenv("TIDEWAITER_NODE", raising=False)
    (tmp_path / "consumers").mkdir()
    (tmp_path / "environments").mkdir()
    (tmp_path / "tidewaiter.yaml").write_text("name: t\npublic_url: https://gateway.example\nkey_prefix: acme\n")
    (tmp_path / "consumers" / "shop.yaml").write_text(SHOP)
    (tmp_path / "environments" / "test.yaml").write_text(
        f"consumers:\n  shop:\n    credentials:\n    # hers\n{OLD_ENTRY.replace('  - ', '    - ').replace('    id', '      id').replace('    hash', '      hash').replace('    created', '      created').replace('    expires', '      expires')}systems: {{}}\n"
    )
    (tmp_path / "environments" / "prod.yaml").write_text("{}\n")
    return tmp_path


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def credentials(path):
    return Consumer.model_validate(yaml12.parse(path.read_bytes(), "x")).credentials


def test_a_new_key_is_shown_once_and_its_hash_is_written(workspace, capsys):
    file = workspace / "consumers" / "shop.yaml"
    file.chmod(0o640)
    code, out, err = run(
        capsys, "key", "new", "shop", "--workspace", workspace, "--days", "30", "--scope", "orders:read", "--scope", "a"
    )
    assert code == 0, err
    key = out.strip()
    assert out == key + "\n"
    entry = credentials(file)[-1]
    assert parse_key(key).prefix == "acme"
    assert parse_key(key).id == entry.id
    assert entry.hash == hash_key(key, PEPPER)
    assert (entry.expires - entry.created).days == 30
    assert entry.scopes == ("orders:read", "a")
    assert key.split("_")[2] not in file.read_text() + err
    assert PEPPER not in file.read_text() + err
    assert file.stat().st_mode & 0o777 == 0o640
    assert entry.id in err


def test_every_other_character_stays(workspace, capsys):
    file = workspace / "consumers" / "shop.yaml"
    run(capsys, "key", "new", "shop", "--workspace", workspace)
    after = file.read_text()
    added = [line for line in after.splitlines() if line not in SHOP.splitlines()]
    assert [line.split(":")[0].strip(" -") for line in added] == ["id", "hash", "created", "expires", "scopes"]
    left = after.splitlines()
    for line in SHOP.splitlines():
        assert left.index(line) >= 0
    assert after.endswith("    # the first one, long over\n\n# last words\n")


def test_a_third_live_key_is_refused(workspace, capsys):
    for _ in range(2):
        assert run(capsys, "key", "new", "shop", "--workspace", workspace)[0] == 0
    before = (workspace / "consumers" / "shop.yaml").read_text()
    code, out, err = run(capsys, "key", "new", "shop", "--workspace", workspace)
    assert (code, out) == (2, "")
    assert "two keys of this consumer are live" in err
    assert "take the entry of" in err
    assert (workspace / "consumers" / "shop.yaml").read_text() == before


def test_a_key_goes_where_the_environment_keeps_them(workspace, capsys):
    code, out, _ = run(capsys, "key", "new", "shop", "-w", workspace, "-e", "test")
    assert code == 0
    assert parse_key(out.strip()).environment == "test"
    text = (workspace / "environments" / "test.yaml").read_text()
    assert parse_key(out.strip()).id in text
    assert text.endswith("systems: {}\n")
    assert (workspace / "consumers" / "shop.yaml").read_text() == SHOP
    code, out, _ = run(capsys, "key", "new", "shop", "-w", workspace, "-e", "prod")
    assert code == 0
    assert parse_key(out.strip()).environment == "prod"
    assert parse_key(out.strip()).id in (workspace / "consumers" / "shop.yaml").read_text()


def test_machines_list_the_keys(workspace, capsys):
    assert run(capsys, "key", "new", "shop", "-w", workspace, "--scope", "orders.read")[0] == 0

    code, out, _ = run(capsys, "key", "list", "-w", workspace, "--format", "json")

    old, made = json.loads(out)
    assert (code, old["consumer"], old["id"], old["live"], old["scopes"]) == (0, "shop", OLD.id, False, [])
    assert (old["created"], old["expires"]) == ("2017-07-14T02:40:00Z", "2017-07-15T02:40:00Z")
    assert (made["live"], made["scopes"], made["file"]) == (True, ["orders.read"], "consumers/shop.yaml")
    code, out, _ = run(capsys, "key", "list", "shpo", "-w", workspace, "--format", "json")
    assert (code, json.loads(out)["findings"][0]["code"]) == (2, "unknown-consumer")


def test_listing(workspace, capsys):
    _, key, _ = run(capsys, "key", "new", "shop", "-w", workspace, "--scope", "a:b")
    code, out, _ = run(capsys, "key", "list", "-w", workspace)
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert rows[0][:2] == ["CONSUMER", "ID"]
    assert [row[4] for row in rows[1:]] == ["expired", "live"]
    assert rows[2][5] == "a:b"
    assert key.strip() not in out
    assert OLD.hash not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shpo"], "shop"),
        (["shop", "-e", "tset"], "test"),
        (["../tidewaiter"], "no such consumer"),
        (["shop", "--scope", "two words"], "RFC 6749"),
        (["shop", "--scope", ""], "RFC 6749"),
        (["shop", "--days", "0"], "days"),
    ],
)
def test_wrong_questions(arguments, said, workspace, capsys):
    code, out, err = run(capsys, "key", "new", *arguments, "--workspace", workspace)
    assert (code, out) == (2, "")
    assert said in err
    assert (workspace / "consumers" / "shop.yaml").read_text() == SHOP


def test_what_makes_the_workspace_worse_is_taken_back(workspace, capsys, monkeypatch):
    calls = []

    def load(folder, environment):
        calls.append(environment)
        if len(calls) == 2:
            raise InvalidInputError([Diagnostic("consumers/shop.yaml", "worse", "it is worse now")])

    monkeypatch.setattr("contracts.workspace.load", load)
    code, out, err = run(capsys, "key", "new", "shop", "--workspace", workspace)
    assert (code, out) == (2, "")
    assert "it is worse now" in err
    assert (workspace / "consumers" / "shop.yaml").read_text() == SHOP


def test_no_workspace(tmp_path, capsys):
    code, out, err = run(capsys, "key", "new", "shop", "--workspace", tmp_path)
    assert (code, out) == (2, "")
    assert "no workspace" in err


def test_no_pepper(workspace, capsys, monkeypatch):
    monkeypatch.delenv("TIDEWAITER_SECRET_KEY_PEPPER")
    code, out, err = run(capsys, "key", "new", "shop", "--workspace", workspace)
    assert (code, out) == (2, "")
    assert "KEY_PEPPER" in err
    assert (workspace / "consumers" / "shop.yaml").read_text() == SHOP


def test_a_file_that_is_not_yaml(workspace, capsys):
    (workspace / "consumers" / "shop.yaml").write_text("name: [\n")
    code, _, err = run(capsys, "key", "new", "shop", "--workspace", workspace)
    assert code == 2
    assert "consumers/shop.yaml" in err


SHAPES = {
    "block": "a: 1\ncredentials:\n- type: jwt\n  issuer: m\n  claim: x\nb: 2\n",
    "block, deeper": "credentials:\n      -   type: jwt\n          issuer: m\n          claim: x # c\n\n\n# end",
    "flow": "credentials: [{type: jwt, issuer: m, claim: x}] # why\nb: 2\n",
    "flow, comma": "credentials: [{type: jwt, issuer: m, claim: x}, ]\n",
    "flow over lines": "credentials: [\n  {type: jwt, issuer: m, claim: x}\n]\n",
    "flow entry in block": "credentials:\n  - {type: jwt, issuer: m, claim: x}\n  # c\nb: 2",
    "empty": "credentials: []\n",
    "missing": "name: x",
    "nothing at all": "",
    "null": "credentials:\nb: 2\n",
    "dash on its own line": "credentials:\n  -\n    type: jwt\n    issuer: m\n    claim: x\nb: 2\n",
    "flow with comments": "credentials: [{type: jwt, issuer: m, claim: x}, # ] one\n  {type: jwt, issuer: m, claim: y}] # two\n",
    "bracket in text": "credentials: [{type: jwt, issuer: m, claim: 'x]]'}] # ]\nb: [1]\n",
    "byte order mark": "\ufeffcredentials:\n- {type: jwt, issuer: m, claim: x}\n",
    "text over lines": "credentials:\n  - type: jwt\n    issuer: m\n    claim: >-\n      x\n      y\n\nb: 2\n",
    "quoted over lines": "credentials:\n  - type: jwt\n    issuer: m\n    claim: 'x\n\n      y'\nb: 2\n",
    "DOS line ends": "a: 1\r\ncredentials:\r\n  - type: jwt\r\n    issuer: m\r\n    claim: x\r\nb: 2\r\n",
    "JSON": '{"a": 1, "credentials": [{"type": "jwt", "issuer": "m", "claim": "x"}]}',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_way_to_write_the_list(shape):
    text = SHAPES[shape]
    entry = new_key("tw", PEPPER, 1_800_000_000, 1, ("a", "b: c # d"))[1]
    if shape == "null":
        with pytest.raises(CannotEditError):
            with_key(text, ("credentials",), entry)
        return
    after = with_key(text, ("credentials",), entry)
    before, tree = yaml12.parse(text.encode(), "x") or {}, yaml12.parse(after.encode(), "x")
    added = tree["credentials"].pop()
    assert tree == {"credentials": [], **before}
    assert (added["id"], added["scopes"]) == (entry.id, ["a", "b: c # d"])
    assert ("\r\n" in after) == ("\r\n" in text)
    assert after.count("\n") == after.count("\r\n") or "\r\n" not in text


@pytest.mark.parametrize(
    "text",
    ["x: &a []\ncredentials: *a\n", "credentials: text\n", "credentials: {a: 1}\n"],
)
def test_what_cannot_be_edited_is_left_alone(text):
    with pytest.raises(CannotEditError):
        with_key(text, ("credentials",), OLD)


class _Issuer(BaseHTTPRequestHandler):
    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        self.server.asked.append((self.path, form))
        status, body = self.server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def demo(tmp_path, monkeypatch):
    """A running demo: its issuer and the file that says where it is."""
    server = HTTPServer(("127.0.0.1", 0), _Issuer)
    server.asked = []
    server.answer = (200, b'{"access_token": "a.b.c", "token_type": "Bearer"}')
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.delenv("TIDEWAITER_DEMO_ISSUER", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.file = tmp_path / f"tidewaiter-demo-{os.getuid()}.json"
    server.file.write_text(json.dumps({"issuer": server.url}))
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_token_of_the_running_demo(demo, capsys):
    assert run(capsys, "token", "shop", "--scope", "a", "--scope", "b", "--expires", "60")[:2] == (0, "a.b.c\n")
    path, form = demo.asked[0]
    assert path == "/token"
    assert form == {"grant_type": ["client_credentials"], "client_id": ["shop"], "scope": ["a b"], "expires_in": ["60"]}


def test_a_consumer_of_the_example_is_its_client_id(demo, capsys):
    """The file is called edi, its claim edi-hub; portal has a key only, so its name is taken as it is."""
    for name in ("edi", "portal", "somebody"):
        assert run(capsys, "token", name)[0] == 0
    assert [form["client_id"] for _, form in demo.asked] == [["edi-hub"], ["portal"], ["somebody"]]


def test_the_address_may_be_named(demo, capsys, monkeypatch):
    demo.file.unlink()
    assert run(capsys, "token", "--consumer", "shop", "--issuer-url", demo.url + "/")[:2] == (0, "a.b.c\n")
    monkeypatch.setenv("TIDEWAITER_DEMO_ISSUER", demo.url)
    assert run(capsys, "token", "shop")[0] == 0


def test_no_demo(demo, capsys):
    for content in (None, "{", "[]", '{"issuer": 1}'):
        demo.file.unlink(missing_ok=True)
        if content is not None:
            demo.file.write_text(content)
        code, out, err = run(capsys, "token", "shop")
        assert (code, out) == (2, "")
        assert "no demo is running" in err


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            (400, b'{"error": "invalid_client", "error_description": "no \\u001b[31m such"}'),
            r"400 invalid_client: no \x1b[31m such",
        ),
        ((500, b"<html>"), "500"),
        ((200, b"<html>"), "did not answer"),
        ((200, b"[]"), "no access_token"),
        ((200, b'{"access_token": 5}'), "no access_token"),
    ],
)
def test_an_issuer_that_gives_none(answer, said, demo, capsys):
    demo.answer = answer
    code, out, err = run(capsys, "token", "shop")
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("url", ["https://issuer.example", "ftp://127.0.0.1", "127.0.0.1:80", "http://127.0.0.1:1"])
def test_addresses_that_are_not_the_demos(url, demo, capsys):
    code, out, err = run(capsys, "token", "shop", "--issuer-url", url)
    assert (code, out) == (2, "")
    assert err.startswith("tidewaiter token: ")


def test_a_consumer_must_be_named(demo, capsys):
    assert run(capsys, "token")[0] == 2
    assert run(capsys, "token", "a", "--consumer", "b")[0] == 2
