"""The portal crawled for each visibility, with canaries in every contract, host, pin and credential."""

import json
import re

import pytest
from portal_workspace import APIS, NAMED, RANKS, SECRETS, Portal, hits, links

from contracts import yaml12
from governance.cli.main import main

VISITORS = {"public": None, "partner": "guest", "internal": "insider"}


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    made = Portal(tmp_path_factory.mktemp("portal"), clients=True)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def crawled(portal):
    """By visibility: every page that is found from the first one on."""
    found = {}
    for rank, consumer in VISITORS.items():
        found[rank] = portal.crawl(portal.sign_in(consumer) if consumer else "")
    return found


@pytest.mark.parametrize("rank", RANKS)
def test_no_link_is_dead(crawled, rank):
    wrong = {path: seen.status for path, seen in crawled[rank].items() if seen.status not in (200, 303)}

    assert wrong in ({"/-/sign-out": 405}, {})
    assert len(crawled[rank]) > 100


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("canary", SECRETS)
def test_what_is_inside_is_seen_by_nobody(crawled, rank, canary):
    assert hits(crawled[rank], canary) == []


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("api", APIS)
def test_a_contract_is_seen_by_whom_it_may_be(crawled, rank, api):
    found = hits(crawled[rank], NAMED[api])

    assert (len(found) >= 8) == (RANKS.index(rank) >= RANKS.index(APIS[api]))
    assert bool(found) == (RANKS.index(rank) >= RANKS.index(APIS[api]))


def test_a_flipped_visibility_is_noticed(tmp_path):
    portal = Portal(tmp_path, clients=True, deals="public", inner="public")
    try:
        pages = portal.crawl()
    finally:
        portal.stop()

    assert len(hits(pages, NAMED["deals"])) >= 8
    assert len(hits(pages, NAMED["inner"])) >= 8
    for api in ("deals", "inner"):
        assert len([path for path in hits(pages, NAMED[api]) if path.startswith("/-/clients/")]) == 4
    assert [canary for canary in SECRETS if hits(pages, canary)] == []


@pytest.mark.parametrize("rank", RANKS)
def test_entities_are_told_to_whom_they_concern(crawled, rank):
    """Two offers something to partners only, and is none of the guest's."""
    assert bool(hits(crawled[rank], "Entity One"))
    assert bool(hits(crawled[rank], "Entity Two")) == (rank == "internal")


def _answers(portal, path, cookie="", **headers):
    reply = portal.get(path, cookie, **headers)
    body = re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27,}|[0-9a-f]{32}", b"", reply.body)
    kept = [pair for pair in reply.headers if pair[0] not in ("date", "x-correlation-id")]
    return reply.status, kept, body


@pytest.mark.parametrize("form", ["/-/contracts/{}/1.1.yaml", "/-/contracts/{}/1.1.json", "/-/apis/{}", "/-/apis/{}/1.1",
                                  "/-/apis/{}/1.1/operations/x", "/-/apis/{}/1.0/changes/0.9", "/-/contracts/{}/0.9.yaml"])  # fmt: skip
def test_what_may_not_be_seen_answers_like_what_is_not_there(portal, form):
    for api, cookie in (("deals", ""), ("inner", ""), ("inner", portal.sign_in("guest"))):
        hidden = _answers(portal, form.format(api), cookie)
        assert hidden[0] == 404
        assert hidden == _answers(portal, form.format("nobody"), cookie)


@pytest.mark.parametrize("path", ["/-/contracts/open/2.0.yaml", "/-/contracts/open/1.2.yaml", "/-/contracts/open/9.9.json",
                                  "/-/contracts/open/1.1.xml", "/-/apis/open/2.0", "/-/apis/open/1.2"])  # fmt: skip
def test_drafts_and_what_nobody_offers_are_not_there(portal, path):
    assert portal.get(path, portal.sign_in("insider")).status == 404


def test_a_retired_version_is_gone(portal):
    reply = portal.get("/-/contracts/open/0.9.yaml")

    assert (reply.status, reply.problem) == (410, "version-retired")
    assert 'rel="successor-version"' in reply.header("link")
    page = portal.get("/-/apis/open/0.9")
    assert page.status == 410
    assert "/-/apis/open/1.1" in page.body.decode()


@pytest.mark.parametrize("api", APIS)
def test_a_document_is_the_contract_and_says_which(portal, api):
    cookie = portal.sign_in("insider")
    yaml, as_json = (portal.get(f"/-/contracts/{api}/1.1.{form}", cookie) for form in ("yaml", "json"))
    tree = json.loads(as_json.body)

    assert yaml12.parse(yaml.body, "a.yaml") == tree
    assert tree["servers"] == [{"url": f"{portal.origin}/{api}/v1"}]
    assert (yaml.header("content-type"), as_json.header("content-type")) == ("application/yaml", "application/json")
    assert yaml.header("contract-digest") == as_json.header("contract-digest")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", yaml.header("contract-digest"))
    assert yaml.header("cache-control") == ("public, no-cache" if api == "open" else "private, no-cache")
    assert set(yaml.header("vary").split(", ")) == {"Authorization", "X-API-Key", "Cookie", "Accept-Encoding"}
    assert yaml.header("x-content-type-options") == "nosniff"
    assert yaml.header("api-version") == "1.1"
    operations = [operation for path in tree["paths"].values() for operation in path.values()]
    assert len(operations) == 3
    named = [parameter["name"] for operation in operations for parameter in operation.get("parameters", ())]
    assert named == ["id", "id"], "the pinned one is not among them"


def test_a_document_tells_that_its_version_is_going(portal):
    reply = portal.get("/-/contracts/open/1.0.yaml")

    assert reply.header("deprecation").startswith("@")
    assert "2027" in reply.header("sunset")


def test_a_document_is_not_sent_twice(portal):
    first = portal.get("/-/contracts/open/1.1.yaml")
    again = portal.get("/-/contracts/open/1.1.yaml", **{"If-None-Match": f'"x", W/{first.header("etag")}'})
    other = portal.get("/-/contracts/open/1.1.yaml", **{"If-None-Match": '"x"'})
    packed = portal.get("/-/contracts/open/1.1.yaml", **{"Accept-Encoding": "br, gzip;q=0.5"})

    assert (again.status, again.body, other.status) == (304, b"", 200)
    assert packed.header("content-encoding") == "gzip"
    assert packed.header("etag") != first.header("etag")
    assert portal.get("/-/contracts/open/1.1.yaml", **{"Accept-Encoding": "gzip;q=0"}).header("content-encoding") == ""


def test_tools_show_a_credential_as_calls_do(portal):
    path = "/-/contracts/deals/1.1.yaml"

    assert portal.get(path, **{"X-API-Key": portal.keys["guest"]}).status == 200
    assert portal.get("/-/contracts/inner/1.1.yaml", **{"X-API-Key": portal.keys["guest"]}).problem == "not-found"
    wrong = portal.get(path, **{"X-API-Key": portal.keys["guest"][:-1] + "x"})
    assert (wrong.status, wrong.problem) == (401, "invalid-key")
    both = portal.get(path, **{"X-API-Key": portal.keys["guest"], "Authorization": "Bearer a.b.c"})
    assert both.problem == "ambiguous-credentials"
    # A credential that is shown counts, and the cookie beside it does not.
    weaker = portal.get("/-/contracts/inner/1.1.yaml", portal.sign_in("insider"), **{"X-API-Key": portal.keys["guest"]})
    assert weaker.problem == "not-found"


def test_a_client_is_written_from_the_address_for_whoever_may_see_the_contract(portal, tmp_path, monkeypatch, capsys):
    url = f"{portal.origin}/-/contracts/deals/1.1.yaml"
    command = ["client", url, "--prefix", "acme", "--out"]
    monkeypatch.delenv("TIDEWAITER_API_KEY", raising=False)
    assert main([*command, str(tmp_path / "nothing")]) == 2
    assert "There is no such contract for you" in capsys.readouterr().err

    (tmp_path / "key").write_text(portal.keys["guest"])
    assert main([*command, str(tmp_path / "file"), "--key-file", str(tmp_path / "key")]) == 0
    monkeypatch.setenv("TIDEWAITER_API_KEY", portal.keys["guest"])
    assert main([*command, str(tmp_path / "environment")]) == 0
    assert portal.keys["guest"] not in capsys.readouterr().err
    written = {one: (tmp_path / one / "contract.json").read_bytes() for one in ("file", "environment")}
    assert NAMED["deals"].encode() in written["file"]
    assert written["file"] == written["environment"]


@pytest.mark.parametrize("rank", RANKS)
def test_hostile_text_stays_text(crawled, rank):
    """It is shown as it is written; no element, handler or address comes of it, and no template runs it."""
    for path, seen in crawled[rank].items():
        if not seen.header("content-type").startswith("text/html"):
            continue
        page = seen.body.decode()
        assert not re.search(r"<(script|img|iframe|object|style|base)\b", page), path
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", page), path
        assert "49 {" not in page, path
        assert "\u202e" not in page, path
        assert not [link for link in links(page) if not re.match(r"/|#|https?://|$", link)], path
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in seen.body.decode() for seen in crawled[rank].values())


@pytest.mark.parametrize("rank", RANKS)
def test_every_page_is_guarded(crawled, rank):
    for path, seen in crawled[rank].items():
        policy = seen.header("content-security-policy")
        assert "default-src 'none'" in policy, path
        assert not re.search(r"unsafe|https?:|\*|data:", policy), path
        assert seen.header("x-content-type-options") == "nosniff", path
        assert "cookie" in seen.header("vary").lower() or path.startswith(("/-/problems", "/-/style", "/-/icon")), path
        if (
            rank != "public"
            and seen.header("content-type").startswith("text/html")
            and not path.startswith("/-/problems")
        ):
            assert seen.header("cache-control") == "no-store" or path == "/", path
