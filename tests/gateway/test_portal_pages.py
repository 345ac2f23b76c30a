"""What the portal's pages say: of operations, schemas, changes, limits, deprecations, status, and by word."""

import dataclasses
import html
import json
import re

import pytest
from portal_asgi import PortalInMemory

from gateway.portal import rendering
from gateway.portal.given import Changes, Note, Portal, Section
from policies.breaker import Breaker


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    return PortalInMemory(tmp_path_factory.mktemp("portal"))


@pytest.fixture
def portal(made_once):
    yield made_once
    made_once.suspend()
    made_once.runtime.ahead = 0.0
    made_once.runtime.keep(("address-limit",), dict).clear()


async def text_of(portal, path, cookie=""):
    """The page as people read it."""
    reply = await portal.get(path, cookie)
    assert reply.status == 200, path
    main = re.search(r"<main.*</main>", reply.text, re.DOTALL)[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


async def test_the_first_page_says_where_to_go(portal):
    reply = await portal.get("/")

    for place in ("/-/", "/-/credentials", "/-/sign-in", "/-/status", "/-/problems/", "/-/apis/open"):
        assert f'href="{place}"' in reply.text
    assert "http://127.0.0.1:8080/{api}/v{major}" in reply.text


async def test_an_operation_has_all_that_a_first_call_needs(portal):
    cookie = await portal.sign_in("guest")
    said = await text_of(portal, "/-/apis/deals/1.1/operations/readCANARYPARTNER", cookie)

    assert "GET http://127.0.0.1:8080/deals/v1/canarypartner-things/{id}" in said.replace(" /canary", "/canary")
    assert "id string in the path required" in said
    assert "An API key of this gateway" in said
    assert "The credential that you signed in with may call it." in said
    assert 'curl --include \\ --header "X-API-Key: $API_KEY"' in said
    assert "canarypartner-things/a%201" in said, "the contract's example, as an address has it"
    assert "CANARYPARTNER-member string required" in said
    assert "at most 40 characters" in said
    assert "problem types that a call of it can meet" in said
    assert "Entity One one DE yours" in said


async def test_what_an_operation_costs_is_by_the_plan(portal):
    path = "/-/apis/deals/1.1/operations/{}CANARYPARTNER"
    cookie = await portal.sign_in("guest")

    assert "3 units of your plan a call" in await text_of(portal, path.format("list"), cookie)
    assert "One unit of your plan a call" in await text_of(portal, path.format("read"), cookie)
    assert "By the consumer's plan" in await text_of(portal, "/-/apis/open/1.1/operations/listCANARYPUBLIC")


async def test_the_way_to_a_schema_and_back(portal):
    page = (await portal.get("/-/apis/open/1.1/operations/listCANARYPUBLIC")).text

    assert 'href="/-/apis/open/1.1/schemas/CANARYPUBLIC-Thing"' in page
    assert "CANARYPUBLIC-member" in await text_of(portal, "/-/apis/open/1.1/schemas/CANARYPUBLIC-Thing")


async def test_versions_tell_their_life(portal):
    said = await text_of(portal, "/-/apis/open")

    assert re.search(r"1\.1 active .* 1\.0 deprecated .* 0\.9 retired", said)
    assert "Deprecated since 2026-01-01. Meant to end on 2027-01-01. Successor: 1.1" in said
    assert "No changelog between the versions was handed over with this release." in said


CHANGES = Changes(
    "deals", "1.0", "1.1", "", "", "1 change asks you to act.",
    (
        Section("schema Thing", ("GET /a", "GET /b"), (Note("may", "You may use", "a <b>new</b> member", ()),)),
        Section("GET /a", (), (Note("must", "You must act", "shorter texts", ("Send at most 40 characters.",)),)),
    ),
    ("2 questions were not asked",),
)  # fmt: skip


def of_these(portal, changes):
    """The entry with the digests of what the portal serves."""
    catalogue = portal.app._content.catalogues["internal"]
    old, new = (catalogue.edition(changes.api, version).download.digest for version in (changes.old, changes.new))
    return dataclasses.replace(changes, old_digest=old, new_digest=new)


async def test_changes_that_were_handed_over_are_shown(tmp_path):
    portal = PortalInMemory(tmp_path)
    portal.reload(Portal((of_these(portal, CHANGES),)))
    cookie = await portal.sign_in("guest")
    page = await text_of(portal, "/-/apis/deals/1.1/changes/1.0", cookie)

    assert page.index("You must act (1)") < page.index("You may use (1)")
    assert "a <b>new</b> member" in page
    assert "Not looked at in full: 2 questions were not asked" in page
    assert "What changed since 1.0 : 1 change asks you to act." in await text_of(portal, "/-/apis/deals", cookie)
    assert "what changes" in await text_of(portal, "/-/account", cookie)
    assert (await portal.get("/-/apis/deals/1.1/changes/1.0")).status == 404, "to anybody it is not there"
    assert (await portal.get("/-/apis/deals/1.0/changes/1.1", cookie)).status == 404
    await portal.close()


async def test_changes_of_other_documents_are_not_shown(tmp_path):
    portal = PortalInMemory(tmp_path)
    portal.reload(Portal((dataclasses.replace(of_these(portal, CHANGES), old_digest="sha256:other"),)))
    cookie = await portal.sign_in("guest")

    assert (await portal.get("/-/apis/deals/1.1/changes/1.0", cookie)).status == 404
    assert "No changelog" in await text_of(portal, "/-/apis/deals", cookie)
    await portal.close()


# The account.


async def test_a_consumer_sees_its_plan_and_uses_nothing_up(portal):
    cookie = await portal.sign_in("guest")
    first = await text_of(portal, "/-/account", cookie)
    for _ in range(3):
        again = await text_of(portal, "/-/account", cookie)

    assert "per-minute : 50 units in 1 minute" in first
    assert "50 of 50 left" in first
    assert "5 of 5 left" in first
    assert again == first
    assert "deals:listCANARYPARTNER : 3" in first
    assert "listCANARYINTERNAL" not in first, "it costs more, too, and may not be seen"


async def test_what_calls_used_is_gone_from_what_is_left(portal):
    identity = portal.live.release.workspace.consumers["insider"]
    assert identity.plan == "plain"
    cookie = await portal.sign_in("insider")
    store = portal.runtime.keep(("store",), lambda: None)
    for key in [key for key in store._times if "per-minute" in key]:
        del store._times[key]
    before = await text_of(portal, "/-/account", cookie)
    await use_up(portal, "insider", 7)
    after = await text_of(portal, "/-/account", cookie)

    assert "50 of 50 left" in before
    assert "43 of 50 left" in after
    assert "whole again in" in after


async def use_up(portal, consumer, units):
    """As so many calls of the consumer do."""
    from policies.limits import Limits

    route, _ = next(pair for key, pair in portal.live.selection.routes.items() if key[1] == "open")
    limits = Limits(portal.live.release.workspace.plans, portal.live.settings)
    asked = limits._asked("plain", portal.live.release.workspace.plans["plain"], route)
    call = type("Call", (), {"identity": type("Who", (), {"consumer": consumer})(), "uuid": "u"})()
    rates = [take for take in asked.takes(call, units) if "per-minute" in take.key]
    assert (await portal.runtime.keep(("store",), lambda: None).take(rates)).allowed


async def test_what_will_end_and_concerns_it(portal):
    guest = await text_of(portal, "/-/account", await portal.sign_in("guest"))
    other = await text_of(portal, "/-/account", await portal.sign_in("other"))

    assert re.search(r"CANARYPARTNER API 1\.0 promised to you .*Your calls get this version", guest)
    assert re.search(r"CANARYPUBLIC API 1\.0 .*It concerns you where your calls ask for it", guest)
    assert "CANARYINTERNAL" not in guest
    assert "CANARYPUBLIC API 1.0" in other
    assert "CANARYPARTNER" not in other, "its subscription does not cover it"


async def test_what_a_subscription_leaves_out_is_said(portal):
    cookie = await portal.sign_in("other")

    assert "not in your subscription" in await text_of(portal, "/-/", cookie)
    assert "Your subscription does not cover this API" in await text_of(portal, "/-/apis/deals", cookie)


# Status.


async def standing(portal, cookie=""):
    return await text_of(portal, "/-/status", cookie)


async def test_all_is_well(portal):
    said = await standing(portal)

    assert "CANARYPUBLIC API 1.1 : In service." in said
    assert "Entity Two" not in said


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (("entity", "one"), "The entity is suspended."),
        (("system", "canarysystem"), "The system behind this is switched off for now."),
        (("operation", "open/listCANARYPUBLIC"), "The operation is switched off for now. (listCANARYPUBLIC)"),
    ],
)
async def test_what_is_suspended_is_said(portal, turn, words):
    portal.suspend(turn)

    assert words in await standing(portal)


@pytest.mark.parametrize(("state", "words"), [("open", "does not answer just now"), ("half-open", "single calls try")])
async def test_a_system_that_is_away_is_said_without_its_name(portal, state, words):
    breaker = portal.runtime.keep(("breaker", "canarysystem"), Breaker)
    breaker.state = state
    said = await standing(portal)
    breaker.state = "closed"

    assert words in said
    assert "canarysystem" not in said.lower()


async def test_maintenance_is_announced(tmp_path):
    portal = PortalInMemory(tmp_path)
    portal.change("systems/canarysystem.yaml", lambda f: f.update(maintenance=[
        {"from": "2020-01-01T00:00:00Z", "until": "2120-01-01T00:00:00Z", "note": "a long one"}]))  # fmt: skip
    assert "Being maintained until 2120-01-01 00:00 UTC. a long one" in await standing(portal)
    portal.change("entities/one.yaml", lambda f: f.update(stage="suspended"))
    assert "Suspended: calls are answered with 503." in await standing(portal)
    await portal.close()


# Search.


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("canarypublic", "CANARYPUBLIC API 1.1"), ("list canarypublic", "List CANARYPUBLIC"),
        ("LIST Canary", "List CANARYPUBLIC"), ("too many calls", "Too many calls"),
    ],
)  # fmt: skip
async def test_words_lead_to_what_they_name(portal, question, first):
    page = (await portal.get(f"/-/search?q={question.replace(' ', '+')}")).text

    assert re.search(r'<h2 class="small"><a href="[^"]+">([^<]*)', page)[1] == first


@pytest.mark.parametrize("question", ["canarypartner", "canaryinternal", "canarypin", "canaryhost", "canaryinside"])
async def test_words_of_what_may_not_be_seen_find_nothing(portal, question):
    assert f"0 places for {question}" in await text_of(portal, f"/-/search?q={question}")


@pytest.mark.parametrize(
    "question", ["%22%3E%3Cscript%3E", "%FF%00", "a" * 3_000, "q=q&q=z&" * 5, "+", "%", "&".join("a" * 40)]
)
async def test_odd_questions_are_text(portal, question):
    reply = await portal.get(f"/-/search?q={question}")

    assert reply.status == 200
    assert "<script>" not in reply.text


# How it is served.


async def test_a_page_is_made_once_for_equal_visitors(portal, monkeypatch):
    made = []
    original = rendering.Rendering.run

    async def run(self, make):
        if "do_operation" in make.__qualname__:  # whether a session has ended is asked each time
            made.append(make)
        return await original(self, make)

    monkeypatch.setattr(rendering.Rendering, "run", run)
    path = "/-/apis/open/1.0/operations/listCANARYPUBLIC"
    first, second = await portal.get(path), await portal.get(path)
    assert (first.text, len(made)) == (second.text, 1)
    await portal.get(path, await portal.sign_in("guest"))
    assert len(made) == 2


async def test_what_is_kept_is_bounded(portal, monkeypatch):
    kept = rendering.Rendering(portal.runtime, 10_000)
    from gateway.portal.pages import Page

    for number in range(100):
        await kept.page(number, lambda: Page(200, "x" * 1_000))

    assert len(kept._pages) == 10


async def test_a_page_of_anybody_is_not_sent_twice(portal):
    first = await portal.get("/-/apis/open")
    again = await portal.get("/-/apis/open", **{"if-none-match": first.header("etag")})

    assert (again.status, again.text) == (304, "")
    assert first.header("cache-control") == "private, no-cache"


async def test_a_crash_is_told_without_its_words(portal, monkeypatch, caplog):
    monkeypatch.setattr("gateway.portal.pages.Pages.credentials", lambda *_: 1 / 0)
    reply = await portal.get("/-/credentials?x=CANARY")

    assert (reply.status, reply.header("cache-control")) == (500, "no-store")
    assert "The gateway failed" in reply.text
    assert "CANARY" not in caplog.text


async def test_an_address_that_asks_too_much_is_told_to_wait(tmp_path):
    portal = PortalInMemory(tmp_path, address_limit={"requests": 2})
    replies = [await portal.get("/-/") for _ in range(3)]
    document = await portal.get("/-/contracts/open/1.1.yaml")

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert "text/html" in replies[2].header("content-type")
    assert int(replies[2].header("retry-after")) > 0
    assert (document.status, document.header("content-type")) == (429, "application/problem+json")
    await portal.close()


async def test_a_vendors_faults_keep_the_rest_from_nobody(tmp_path):
    """Two paths that are one, in a document of a vendor: told when it was loaded, and shown as far as it goes."""
    portal = PortalInMemory(tmp_path)
    api = tmp_path / "contracts" / "open"
    (api / "1.1").mkdir()
    document = json.loads((api / "1.1.yaml").read_text())
    document["paths"] |= {"/a/{x}": dict(next(iter(document["paths"].values()))), "/a/{y}": {"get": {"responses": {}}}}
    (api / "1.1" / "vendor.yaml").write_text(json.dumps(document))
    (api / "1.1.yaml").unlink()
    portal.change("contracts/open/api.yaml", lambda f: f["versions"]["1.1"].update(file="1.1"))

    assert "List CANARYPUBLIC" in await text_of(portal, "/-/apis/open/1.1")
    assert (await portal.get("/-/contracts/open/1.1.yaml")).status == 200
    await portal.close()
