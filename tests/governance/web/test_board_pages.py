"""The board's pages: who gets in, what is kept, and what other people's pages, sessions and signatures achieve."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from board_acts import Acting
from board_pages import ORIGIN, Browser, Pages
from hostile_documents import EVERYTHING

from gateway.trust.decision import About
from governance.decisions.detached import find_text, sign_apart
from governance.decisions.discussion import read_discussion
from governance.web.origin import parse_origin


@pytest.fixture
def board(tmp_path):
    made = Acting(tmp_path, people=("anna", "bert", "carl"), threshold=2)
    made.now = datetime.now(UTC)
    made.draft()
    return made


@pytest.fixture
def pages(board):
    return Pages(board)


@pytest.fixture
def browser(pages):
    return Browser(pages)


def kept(board):
    return {p.relative_to(board.ws): p.read_bytes() for p in (board.ws / "decisions").rglob("*") if p.is_file()}


async def test_read_decide_and_revoke(board, browser):
    await browser.sign_in("anna")
    page = await browser.get("/")
    assert "T" in page.plain
    assert "0 of 2 needed" in page.plain

    assert (await browser.say("anna")).location == "/decisions/first"
    assert [one.member for one in board.read().count.signers] == ["anna"]
    other = await Browser(browser.pages).sign_in("bert")
    await other.say("bert", act="approve-with-conditions", conditions="load-tested = 100 a second\n\n", comment="then")
    assert board.state() == "conditions open"
    assert "bert/load-tested: 100 a second; not met" in (await other.get("/decisions/first")).plain
    await other.say("bert", act="met", condition="bert/load-tested", evidence="a run")
    assert board.state() == "in force"
    assert "Nothing is before the board" in (await browser.get("/")).plain
    await browser.say("anna", act="revoke", comment="I was wrong")
    assert board.state() == "revoked"
    page = (await browser.get("/decisions/first")).plain
    assert "anna: revoke (entry 4): I was wrong" in page
    await browser.say("anna", act="approve", comment="after all")
    assert board.state() == "in force"


async def test_return_refuse_abstain_and_stand_in(board, pages):
    anna, bert, carl = [await Browser(pages).sign_in(person) for person in board.people]
    until = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()

    await anna.say("anna", act="return", comment="what of the loads?")
    assert board.state() == "returned"
    await anna.say("anna", act="abstain")
    assert board.state() == "open"
    asked = await carl.post("/delegations", act="delegate", to="bert", until=until)
    await carl.paste(asked.location, "carl")
    assert "bert stands in for carl" in (await carl.get("/delegations")).plain
    asked = await carl.post("/delegations", act="end-delegation", to="bert")
    await carl.paste(asked.location, "carl")
    assert "Everybody speaks" in (await carl.get("/delegations")).plain
    await bert.say("bert", act="refuse", comment="no")
    await carl.say("carl", act="refuse", comment="no")
    assert board.state() == "refused"
    assert "nothing is added" in (await bert.get("/decisions/first")).plain


class TestGettingIn:
    @pytest.mark.parametrize(
        "path", ["/", "/all", "/decisions/first", "/decisions/first/report", "/delegations", "/sign/ab"]
    )
    async def test_nothing_is_shown_to_strangers(self, browser, path):
        answer = await browser.get(path)
        assert (answer.status, answer.location) == (303, "/sign-in")

    async def signature(self, board, browser, person):
        digest = (await browser.get("/sign-in")).digest
        text = (await browser.get("/sign-in/text")).body
        return sign_apart(find_text(digest, text, board.ws), board.key_of(person))

    async def test_a_challenge_counts_once_and_in_its_browser(self, board, pages, browser):
        line = await self.signature(board, browser, "anna")
        other = Browser(pages)
        await other.get("/sign-in")
        assert (await other.post("/sign-in", signature=line)).status == 403
        assert (await browser.post("/sign-in", signature=line)).status == 303
        again = Browser(pages)
        await again.get("/sign-in")
        assert (await again.post("/sign-in", signature=line)).status == 403

    async def test_and_for_five_minutes(self, board, pages, browser):
        line = await self.signature(board, browser, "anna")
        pages.ahead = timedelta(minutes=6)
        answer = await browser.post("/sign-in", signature=line)
        assert answer.status == 403
        assert "too old" in answer.plain

    async def test_not_by_a_stranger_nor_by_who_was_removed(self, board, browser):
        board.new_key("mallory")
        answer = await browser.post("/sign-in", signature=await self.signature(board, browser, "mallory"))
        assert answer.status == 403
        board.publics["dora"] = board.new_key("dora")
        members = {p: {"keys": [board.publics[p]]} for p in ("anna", "bert", "carl", "dora")}
        members["dora"]["removed"] = {"length": 0}
        board.write_root(members=members)
        answer = await browser.post("/sign-in", signature=await self.signature(board, browser, "dora"))
        assert answer.status == 403
        assert "removed" in answer.plain

    async def test_a_decision_signature_signs_nobody_in(self, board, browser):
        board.sign("first", "anna")
        sig = json.loads(board.envelope().read_text())["signatures"][0]
        await browser.get("/sign-in")
        answer = await browser.post("/sign-in", signature=f"tidewaiter-signature:{sig['keyid']}:{sig['sig']}")
        assert answer.status == 403

    async def test_after_five_wrong_ones_another_challenge_is_shown(self, browser):
        first = (await browser.get("/sign-in")).digest
        for _ in range(5):
            answer = await browser.post("/sign-in", signature="tidewaiter-signature:sha256:" + "ab" * 32 + ":AAAA")
        assert answer.digest != first

    async def test_a_token_that_somebody_planted_opens_nothing(self, board, pages, browser):
        await browser.get("/sign-in")
        planted = browser.cookie
        await browser.sign_in("anna")
        assert browser.cookie != planted
        other = Browser(pages)
        other.cookie = planted
        assert (await other.get("/")).status == 303

    async def test_an_hour_and_out(self, pages, browser):
        await browser.sign_in("anna")
        pages.ahead = timedelta(minutes=61)
        assert (await browser.get("/")).location == "/sign-in"

    async def test_signed_out_the_token_is_nothing(self, pages, browser):
        await browser.sign_in("anna")
        stolen = Browser(pages)
        stolen.cookie = browser.cookie
        assert (await stolen.get("/")).status == 200
        assert (await browser.post("/sign-out")).location == "/sign-in"
        assert (await stolen.get("/")).status == 303

    async def test_a_member_who_is_removed_is_out_at_once(self, board, browser):
        await browser.sign_in("carl")
        members = {p: {"keys": [board.publics[p]]} for p in board.people}
        members["carl"]["removed"] = {"length": 0}
        roles = {name: {"threshold": 2, "members": ["anna", "bert"]} for name in board.root()["roles"]}
        board.write_root(members=members, roles=roles)
        assert (await browser.get("/")).location == "/sign-in"

    async def test_strangers_push_no_member_out(self, pages, browser):
        await browser.sign_in("anna")
        for _ in range(1_100):
            pages.app.sessions.visit("")
        assert (await browser.get("/")).status == 200

    async def test_the_cookie_is_for_this_origin_alone(self, board, browser):
        told = (await browser.get("/sign-in")).headers["set-cookie"]
        assert "HttpOnly" in told
        assert "SameSite=strict" in told
        assert "Secure" not in told
        away = Pages(board, origin=parse_origin("https://board.example.com"))
        told = (await Browser(away).get("/sign-in")).headers["set-cookie"]
        assert told.startswith("__Host-")
        assert "Secure" in told


class TestForgedForms:
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": ""},
            {"sec_fetch_site": "cross-site"},
            {"host": "evil.example"},
            {"host": "127.0.0.1:8700"},
        ],
    )
    async def test_another_origin_sends_nothing(self, board, browser, headers):
        await browser.sign_in("anna")
        before = kept(board)
        answer = await browser.post("/decisions/first/comment", text="x", headers=headers)
        assert answer.status in (403, 421)
        assert kept(board) == before

    @pytest.mark.parametrize("token", ["", "x" * 43, None])
    async def test_nor_a_form_without_this_sessions_token(self, board, pages, browser, token):
        await browser.sign_in("anna")
        if token is None:
            token = (await Browser(pages).sign_in("bert")).form
        before = kept(board)
        for path in ("/decisions/first/comment", "/decisions/first/say", "/delegations", "/sign-out"):
            answer = await browser.ask("POST", path, {"form": token, "text": "x", "act": "approve"})
            assert answer.status == 403, path
        assert kept(board) == before

    async def test_a_form_that_is_too_large_is_not_read(self, browser):
        await browser.sign_in("anna")
        assert (await browser.post("/decisions/first/comment", text="x" * 70_000)).status == 413

    @pytest.mark.parametrize(
        "form",
        [
            {"act": "delete"},
            {"act": "delegate"},
            {"act": "approve-with-conditions", "conditions": " "},
            {"act": "approve-with-conditions", "conditions": "No Name = x"},
            {},
        ],
    )
    async def test_what_nobody_can_say(self, board, browser, form):
        await browser.sign_in("anna")
        before = kept(board)
        assert (await browser.post("/decisions/first/say", **form)).status == 400
        assert kept(board) == before

    @pytest.mark.parametrize("name", ["..", "nix", "first.yaml", "%2e%2e", ".hidden", "a b"])
    async def test_what_is_no_decision(self, browser, name):
        await browser.sign_in("anna")
        assert (await browser.get(f"/decisions/{name}")).status in (404, 409)


class TestSignatures:
    """What is pasted: only the signature of who is signed in, over the text that is shown, is kept."""

    async def begun(self, browser, person="anna", **form):
        await browser.sign_in(person)
        asked = await browser.post("/decisions/first/say", **{"act": "refuse", "comment": "no", **form})
        return asked.location

    @pytest.mark.parametrize("act", ["refuse", "approve"])
    async def test_another_members(self, board, browser, act):
        path = await self.begun(browser, act=act, comment="no" if act == "refuse" else "")
        before = kept(board)
        answer = await browser.paste(path, "bert")
        assert answer.status == 409
        assert kept(board) == before

    async def test_another_members_session(self, board, pages, browser):
        path = await self.begun(browser)
        other = await Browser(pages).sign_in("bert")
        assert (await other.get(path)).status == 404
        assert (await other.post(path, signature="x")).status == 404

    async def test_over_another_text(self, board, pages, browser):
        path = await self.begun(browser)
        page = await browser.get(path)
        text = (await browser.get(path + "/text")).body
        other = text.replace(b"act: refuse", b"act: return")
        line = sign_apart(find_text(digest_of(other), other, board.ws), board.key_of("anna"))
        before = kept(board)
        answer = await browser.post(path, signature=line)
        assert answer.status == 409
        assert page.digest in answer.text
        assert kept(board) == before

    async def test_replayed(self, board, browser):
        path = await self.begun(browser)
        text = (await browser.get(path + "/text")).body
        line = sign_apart(find_text(digest_of(text), text, board.ws), board.key_of("anna"))
        assert (await browser.post(path, signature=line)).status == 303
        before = kept(board)
        assert (await browser.post(path, signature=line)).status == 404
        assert kept(board) == before

    async def test_after_its_time(self, board, pages, browser):
        path = await self.begun(browser)
        pages.ahead = timedelta(minutes=16)
        assert (await browser.get(path)).status == 404

    @pytest.mark.parametrize("line", ["", "x", "tidewaiter-signature:sha256:" + "a" * 64 + ":!!", EVERYTHING])
    async def test_what_is_none(self, board, browser, line):
        path = await self.begun(browser)
        before = kept(board)
        assert (await browser.post(path, signature=line)).status == 409
        assert kept(board) == before

    async def test_what_would_change_nothing_is_not_shown_for_signing(self, board, browser):
        await browser.sign_in("anna")
        answer = await browser.post("/decisions/first/say", act="revoke", comment="x", takes_back="own")
        assert answer.status == 409
        assert "has not approved it" in answer.plain

    async def test_a_disk_that_is_full_keeps_nothing_and_the_same_line_is_taken_later(
        self, board, browser, monkeypatch
    ):
        def full(*_):
            raise OSError(28, "No space left on device")

        path = await self.begun(browser)
        before = kept(board)
        with monkeypatch.context() as patched:
            patched.setattr("gateway.trust.register.write_whole", full)
            answer = await browser.paste(path, "anna")
        assert (answer.status, kept(board)) == (500, before)
        assert "no space left on device: nothing was kept" in answer.plain
        assert (await browser.paste(path, "anna")).status == 303
        assert board.read().standing.voices[0].act == "refuse"

    async def test_a_decision_that_changes_meanwhile(self, board, browser):
        path = await self.begun(browser, act="approve", comment="")
        text = (await browser.get(path + "/text")).body
        line = sign_apart(find_text(digest_of(text), text, board.ws), board.key_of("anna"))
        file = board.ws / "decisions/first.yaml"
        file.write_bytes(file.read_bytes().replace(b"because", b"for no reason"))
        answer = await browser.post(path, signature=line)
        assert answer.status == 409
        assert "changed meanwhile" in answer.plain


class TestDiscussion:
    async def test_it_is_kept_with_the_decision(self, board, pages, browser):
        await browser.sign_in("anna")
        await browser.post("/decisions/first/comment", text="why now?")
        other = await Browser(pages).sign_in("bert")
        await other.post("/decisions/first/comment", text="because\nof that")
        assert [(one.who, one.text) for one in read_discussion(board.ws, "first")] == [
            ("anna", "why now?"), ("bert", "because\nof that"),
        ]  # fmt: skip
        assert "why now?" in (await other.get("/decisions/first")).plain
        assert board.state() == "open"

    async def test_edited_it_is_told(self, board, browser):
        await browser.sign_in("anna")
        for text in ("one", "two"):
            await browser.post("/decisions/first/comment", text=text)
        file = board.ws / "decisions/first.discussion.jsonl"
        file.write_bytes(file.read_bytes().replace(b"one", b"One"))
        answer = await browser.get("/decisions/first")
        assert answer.status == 409
        assert "line 2 does not follow" in answer.plain


class TestReport:
    @pytest.fixture
    def reported(self, board, tmp_path):
        folder = tmp_path / "reports"
        folder.mkdir()
        file = folder / "gate.html"
        file.write_text(f"<h1>Gate</h1><script>alert(1)</script>{EVERYTHING}")
        board.draft(
            "with-report", About(contracts={"sales@1.0": "sha256:" + "ab" * 32}, report=digest_of(file.read_bytes()))
        )
        return Pages(board, reports=(folder,)), file

    async def test_it_stands_in_a_box_in_which_nothing_runs(self, board, reported):
        browser = await Browser(reported[0]).sign_in("anna")
        page = await browser.get("/decisions/with-report")
        assert '<iframe class="report" sandbox=""' in page.text
        report = await browser.get("/decisions/with-report/report")
        assert report.body == reported[1].read_bytes()
        assert report.headers["content-security-policy"].startswith("sandbox; default-src 'none'")

    async def test_changed_it_is_not_shown(self, board, reported):
        reported[1].write_text("another one")
        browser = await Browser(reported[0]).sign_in("anna")
        page = await browser.get("/decisions/with-report")
        assert "<iframe" not in page.text
        assert "no report with this digest" in page.plain
        assert (await browser.get("/decisions/with-report/report")).status == 404


def digest_of(text):
    from gateway.trust.signed import payload_digest

    return payload_digest(text)


WRITABLE = "".join(one for one in EVERYTHING if one == "\n" or one.isprintable())
"""What YAML takes as it is."""


async def test_texts_of_others_take_no_effect(board, pages):
    board.draft("hostile", title=WRITABLE[:150].replace("\n", " "), reason=WRITABLE[:1500], submitter=WRITABLE[:150])
    browser = await Browser(pages).sign_in("anna")
    await browser.post("/decisions/hostile/comment", text=EVERYTHING[:3000])
    await browser.say("anna", "hostile", "return", comment=EVERYTHING[:3000])
    assert board.state("hostile") == "returned"
    for path in ("/all", "/decisions/hostile"):
        text = (await browser.get(path)).text.lower()
        assert "&lt;script" in text
        for tag in ("<script", "<img", "<svg", "<style", "<base", "<meta http"):
            assert tag not in text


@pytest.mark.parametrize(
    "origin", ["http://board.example.com", "ftp://x", "localhost", "https://x/y", "https://", "http://10.0.0.1:80"]
)
def test_what_is_no_origin(origin):
    with pytest.raises(ValueError, match="http"):
        parse_origin(origin)


async def test_every_answer_is_guarded(browser):
    for path in ("/", "/sign-in", "/style.css", "/nix"):
        answer = await browser.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
    answer = await browser.get("/", host="localhost:8701")
    assert (answer.status, ORIGIN.text in answer.text) == (421, True)
