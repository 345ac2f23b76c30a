"""The board's pages in real Chromium: sign in, read, decide, revoke; nothing runs, everything fits and is accessible."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from board_acts import Acting
from board_pages import Serving
from browsing import DESKTOP, PHONE
from gate_verdicts import attacked
from hostile_documents import EVERYTHING

from gateway.trust.board_statement import Condition
from gateway.trust.decision import About
from gateway.trust.signed import payload_digest
from governance.decisions.detached import find_text, sign_apart
from governance.decisions.discussion import add_comment
from governance.reports.gate_context import Context
from governance.reports.gate_html import as_html

HOSTILE = "".join(one for one in EVERYTHING if one == "\n" or one.isprintable())
SOME = "sha256:" + "ab" * 32


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The pages of a board that has something open, with text that attacks in each place."""
    folder = tmp_path_factory.mktemp("board")
    board = Acting(folder, people=("anna", "bert", "carl"), threshold=2)
    board.now = datetime.now(UTC)
    reports = folder / "reports"
    reports.mkdir()
    about = report_of(reports / "gate.html", "<p>One operation more.</p>")
    gate = as_html(attacked(EVERYTHING), Context(f"b {EVERYTHING}", ("--trust", EVERYTHING), "", EVERYTHING))
    hostile = report_of(reports / "attacked.html", f"<script>{RUN}</script><p>{HOSTILE}</p>{gate}", files=NAMES)
    board.draft(title="100 orders a page at most", reason="the ERP asks for it", about=about)
    board.draft("second", title="Another one")
    told = {"title": HOSTILE[:150].replace("\n", " "), "reason": HOSTILE[:3000], "submitter": HOSTILE[:150]}
    board.draft("hostile", hostile, **told, blocking=(Condition(id="done", text=HOSTILE[:900]),))
    board.say("carl", "approve", "hostile", comment=EVERYTHING[:3000])
    add_comment(board.ws, "hostile", "carl", EVERYTHING[:3000], board.now)
    board.say("carl", "met", "hostile", condition="done", evidence=EVERYTHING[:3000], comment=EVERYTHING[:3000])
    until = board.now + timedelta(days=9)
    board.say("carl", "delegate", to="bert", until=until, comment=EVERYTHING[:3000])
    members = {p: {"keys": [board.publics[p]], "name": HOSTILE[:200].replace("\n", " ")} for p in board.people}
    board.write_root(members=members)
    (board.ws / "governance").mkdir(exist_ok=True)
    (board.ws / "governance/board.yaml").write_text(json.dumps({"branch": "main", "contact": HOSTILE[:300]}))
    serving = Serving(board, reports=(reports,))
    yield serving
    serving.close()


NAMES = {f"{folder}/\"><img src=x onerror=document.title='ran'>{{{{7*7}}}}.yaml": SOME
         for folder in ("entities", "systems", "consumers")}  # fmt: skip
"""Files of an entity, a system and a consumer, by paths that attack."""


def report_of(path, body, **about):
    path.write_text(f"<!doctype html><html lang=en><title>Gate</title><h1>Gate report</h1>{body}", encoding="utf-8")
    return About(contracts={"sales@1.0": SOME}, report=payload_digest(path.read_bytes()), **about)


RUN = "document.title='ran';fetch('/sign-out',{method:'POST'})"


async def paste(visit, board, person):
    """Sign what the page shows as its member does elsewhere, and send it."""
    page = visit.page
    text = (await page.inner_text("pre >> nth=0")).rstrip("\n").encode() + b"\n"
    digest = await page.inner_text(".digest >> nth=0")
    await page.fill("#signature", sign_apart(find_text(digest, text, board.ws), board.key_of(person)))
    await page.click("form.stack button")


async def signed_in(page_at, served, person, width=DESKTOP):
    visit = await page_at(width, served.url + "/sign-in")
    await paste(visit, served.pages.board, person)
    await visit.page.wait_for_url(served.url + "/")
    return visit


async def look(visit, *, whole=False):
    """Nothing is cut off, axe finds nothing; `whole`: neither on a desktop nor in the dark."""
    await visit.resize(DESKTOP)
    await visit.assert_fits()
    if whole:
        await visit.assert_accessible()
    await visit.resize(PHONE)
    await visit.assert_fits()
    await visit.assert_accessible()
    if whole:
        await visit.page.emulate_media(color_scheme="dark")
        await visit.assert_accessible("color-contrast")
        await visit.page.emulate_media(color_scheme="light")


async def test_read_decide_and_revoke(served, page_at):
    board = served.pages.board
    visit = await page_at(PHONE, served.url + "/")
    await visit.assert_inert()
    await look(visit)
    await paste(visit, board, "anna")
    await visit.page.wait_for_url(served.url + "/")
    await visit.assert_inert()
    await look(visit, whole=True)
    assert "submitted by dora" in await visit.page.inner_text("main")

    await visit.page.click("text=100 orders a page at most")
    await look(visit, whole=True)
    frame = visit.page.frame_locator("iframe.report")
    assert await frame.locator("h1").first.inner_text() == "Gate report"
    await visit.page.click("summary:text-is('Approve with conditions')")
    await visit.page.fill("#conditions-approve-with-conditions", "load-tested = 100 orders a second")
    await visit.page.fill("#comment-approve-with-conditions", "once that is shown")
    await visit.page.click("text=Approve with conditions: read and sign")
    await visit.assert_inert()
    await look(visit)
    assert "act: approve" in await visit.page.inner_text("pre >> nth=0")
    assert "once that is shown" in await visit.page.inner_text("pre >> nth=0")
    await paste(visit, board, "anna")
    await visit.page.wait_for_url(served.url + "/decisions/first")
    assert "anna: approve (entry 4): once that is shown" in await visit.page.inner_text("main")
    board.approve("bert")
    assert board.state() == "conditions open"

    await visit.page.reload()
    await visit.page.click("summary:text-is('Revoke')")
    await visit.page.fill("#comment-revoke", "I was wrong")
    await visit.page.click("text=Revoke: read and sign")
    await visit.assert_accessible()
    await paste(visit, board, "anna")
    await visit.page.wait_for_url(served.url + "/decisions/first")
    assert board.state() == "revoked"

    await visit.page.fill("#text", "what now?")
    await visit.page.click("text=Add to it >> xpath=.. >> button")
    await visit.page.wait_for_url(served.url + "/decisions/first#discussion")
    assert "what now?" in await visit.page.inner_text("main")
    await visit.page.click("text=Sign out")
    await visit.page.wait_for_url(served.url + "/sign-in")


async def test_text_that_attacks_does_nothing_and_signs_nothing(served, page_at):
    board = served.pages.board
    before = board.register.read_bytes()
    visit = await signed_in(page_at, served, "anna")
    for path in ("/all", "/delegations", "/decisions/hostile", "/decisions/hostile/report"):
        await visit.page.goto(served.url + path)
        assert await visit.page.title() != "ran", path
        if path.endswith("report"):
            continue
        await look(visit)
        await visit.page.evaluate("document.querySelectorAll('iframe.report[sandbox=\"\"]').forEach(e => e.remove())")
        await visit.assert_inert()
    # What the report would run is refused, and said so on the console: nothing else is.
    assert all("sandboxed" in said or "Content Security Policy" in said for said in visit.said), visit.said
    visit.said.clear()
    assert board.register.read_bytes() == before
    await visit.page.goto(served.url + "/")
    assert "Sign out" in await visit.page.inner_text("header")


async def test_another_page_can_send_no_form(served, page_at, chromium):
    """A page of another origin posts with the member's browser; the cookie does not go along, and nothing is kept."""
    visit = await signed_in(page_at, served, "anna")
    cookies = await visit.page.context.cookies()
    assert [(one["httpOnly"], one["sameSite"]) for one in cookies] == [(True, "Strict")]
    other = await visit.page.context.new_page()
    await visit.page.context.unroute("**/*")
    form = f"<form method=post action='{served.url}/decisions/second/comment'><input name=text value=x></form>"
    await other.route("http://evil.example/", lambda route: route.fulfill(body=form, content_type="text/html"))
    await other.goto("http://evil.example/")
    await other.evaluate("document.forms[0].submit()")
    await other.wait_for_url(served.url + "/**")
    assert "not sent by these pages" in await other.inner_text("body")
    assert not (served.pages.board.ws / "decisions/second.discussion.jsonl").exists()
    visit.said.clear()


async def forged(visit, url, **fields):
    """A form as these pages have it, sent from one of them; what the answer says."""
    page = visit.page
    await page.evaluate(
        """([url, fields]) => {
          const form = Object.assign(document.createElement('form'), {method: 'post', action: url});
          for (const [name, value] of Object.entries(fields))
            form.append(Object.assign(document.createElement('input'), {name, value}));
          document.body.append(form); form.submit(); }""",
        [url, fields],
    )
    await page.wait_for_url(url)
    return await page.inner_text("body")


async def test_another_members_session_and_forged_forms(served, page_at):
    """What waits for anna opens for nobody else; with her cookie, stolen, another key signs nothing in her name."""
    board = served.pages.board
    anna, bert = await signed_in(page_at, served, "anna"), await signed_in(page_at, served, "bert")
    await anna.page.goto(served.url + "/decisions/second")
    await anna.page.click("summary:text-is('Refuse')")
    await anna.page.fill("#comment-refuse", "not so")
    await anna.page.click("text=Refuse: read and sign")
    waiting, token = anna.page.url, await anna.page.get_attribute("input[name=form] >> nth=0", "value")
    decisions = board.ws / "decisions"
    before = {path: path.read_bytes() for path in decisions.rglob("*") if path.is_file()}

    await bert.page.goto(waiting)
    assert "Nothing waits for a signature here" in await bert.page.inner_text("body")
    comment = served.url + "/decisions/second/comment"
    for form in ({}, {"form": ""}, {"form": token}):
        await bert.page.goto(served.url + "/")
        assert "This form is not of your session" in await forged(bert, comment, text="x", **form)

    await bert.page.context.clear_cookies()
    await bert.page.context.add_cookies(await anna.page.context.cookies())
    await bert.page.goto(waiting)
    assert 'member: "anna"' in await bert.page.inner_text("pre >> nth=0")
    await paste(bert, board, "bert")
    await bert.page.wait_for_load_state()
    assert "bert signed" in await bert.page.inner_text("body")
    assert {path: path.read_bytes() for path in decisions.rglob("*") if path.is_file()} == before
    for visit in (anna, bert):
        visit.said.clear()  # the browser tells of each answer that was no success


async def test_a_passkey_is_made_named_and_signs(served, page_at):
    """With Chromium's virtual authenticator: made on the page, named with the key, then it signs in and decides."""
    board = served.pages.board
    visit = await signed_in(page_at, served, "bert")
    devices = await visit.page.context.new_cdp_session(visit.page)
    await devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    device = await devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    await visit.page.goto(served.url + "/passkeys")
    await look(visit)
    await visit.page.click("text=Make a passkey")
    await visit.page.wait_for_url(served.url + "/sign/*")
    assert f'origin: "{served.url}"' in await visit.page.inner_text("pre >> nth=0")
    await paste(visit, board, "bert")
    await visit.page.wait_for_url(served.url + "/passkeys")
    assert "until 20" in await visit.page.inner_text("main")

    await visit.page.click("text=Sign out")
    await visit.page.click("text=Sign in with a passkey")
    await visit.page.click("button:text-is('Sign in with a passkey')")
    await visit.page.wait_for_url(served.url + "/")
    assert "bert" in await visit.page.inner_text("header")
    await visit.page.goto(served.url + "/decisions/second")
    await visit.page.click("summary:text-is('Approve')")
    await visit.page.click("text=Approve with a passkey")
    await look(visit)
    await visit.page.click("button:text-is('Sign with a passkey')")
    await visit.page.wait_for_url(served.url + "/decisions/second")
    assert board.read("second").count.people == ("bert",)

    # Nobody verified: the browser answers nothing, and nothing is kept.
    await devices.send("WebAuthn.setUserVerified", {**device, "isUserVerified": False})
    before = board.register.read_bytes()
    await visit.page.click("summary:text-is('Revoke')")
    await visit.page.fill("#comment-revoke", "not me")
    await visit.page.click("text=Revoke with a passkey")
    await visit.page.click("button:text-is('Sign with a passkey')")
    await visit.page.wait_for_selector("#told:not(:empty)")
    assert "gave no passkey" in await visit.page.inner_text("#told")
    assert board.register.read_bytes() == before
