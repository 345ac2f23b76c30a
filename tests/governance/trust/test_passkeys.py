"""Passkeys: named with a key, for one origin and a while; what they sign counts, and nothing else does."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from board_acts import Acting
from board_pages import Browser, Pages
from soft_passkey import SoftPasskey

from contracts.diagnostic import InvalidInputError
from gateway.trust.board_stated import KIND, read_statements
from gateway.trust.board_statement import STATEMENT_TYPE
from gateway.trust.counting import digest_of
from gateway.trust.decision import DECISION_TYPE
from gateway.trust.delegations import delegations_of
from gateway.trust.envelope import Envelope, pre_authentication, write_envelope
from gateway.trust.files import envelope_at
from gateway.trust.register import NewEntry, append
from governance.decisions.detached import SIGN_IN_TYPE
from governance.decisions.signing import register_signatures


@pytest.fixture
def board(tmp_path):
    made = Acting(tmp_path, people=("anna", "bert", "carl"), threshold=2)
    made.now = datetime.now(UTC)
    made.draft()
    return made


def name(board, person, passkey, days=30):
    board.say(person, "passkey", "", until=board.now + timedelta(days=days), **passkey.named())


@pytest.fixture
def passkey(board):
    made = SoftPasskey()
    name(board, "anna", made)
    return made


def over(text, payload_type=STATEMENT_TYPE):
    return pre_authentication(payload_type, text)


def put(board, text, signature, file="by-hand"):
    path = board.ws / f"decisions/statements/{file}.dsse.json"
    path.write_bytes(write_envelope(Envelope(STATEMENT_TYPE, text, (signature,))))
    return path


def codes(board):
    with pytest.raises(InvalidInputError) as caught:
        board.read_all()
    return {one.code for one in caught.value.diagnostics}


def test_what_it_signs_counts_as_its_members(board, passkey):
    text = board.text("anna", "approve", comment="")
    board.take(text, passkey.sign(over(text)))
    board.approve("bert")
    assert board.state() == "in force"
    assert board.read().count.people == ("anna", "bert")
    text = board.text("anna", "revoke", takes_back="own")
    board.take(text, passkey.sign(over(text)))
    assert board.state() == "revoked"


WRONG = {
    "another page": {"origin": "http://localhost:8701"},
    "a page that looks like it": {"origin": "http://localhost.evil.example"},
    "another site": {"rp": "evil.example"},
    "nobody verified": {"flags": 0x01},
    "nobody present": {"flags": 0x04},
    "another kind of answer": {"kind": "webauthn.create"},
    "another challenge": {"challenge": b"x" * 32},
}


@pytest.mark.parametrize("case", WRONG)
def test_signed_otherwise_than_at_its_pages_over_this_text(board, passkey, case):
    text = board.text("anna", "approve")
    signature = passkey.sign(over(text), **WRONG[case])
    with pytest.raises(InvalidInputError, match="not signed by the passkey"):
        board.take(text, signature)
    put(board, text, signature)
    assert codes(board) == {"forged-signature"}


@pytest.mark.parametrize("payload_type", [DECISION_TYPE, SIGN_IN_TYPE, ""])
def test_over_the_same_bytes_as_another_kind_of_thing(board, passkey, payload_type):
    text = board.text("anna", "approve")
    with pytest.raises(InvalidInputError, match="not signed by the passkey"):
        board.take(text, passkey.sign(over(text, payload_type)))


def test_over_another_text(board, passkey):
    text, other = board.text("anna", "approve"), board.text("anna", "refuse")
    with pytest.raises(InvalidInputError, match="not signed by the passkey"):
        board.take(text, passkey.sign(over(other)))


def test_in_anothers_name(board, passkey):
    text = board.text("bert", "approve")
    with pytest.raises(InvalidInputError, match="bert never named"):
        board.take(text, passkey.sign(over(text)))


def test_one_that_nobody_named(board):
    text, stranger = board.text("anna", "approve"), SoftPasskey()
    with pytest.raises(InvalidInputError, match="anna never named"):
        board.take(text, stranger.sign(over(text)))


def test_another_key_under_a_known_id(board, passkey):
    other = SoftPasskey()
    other.credential = passkey.credential
    text = board.text("anna", "approve")
    with pytest.raises(InvalidInputError, match="not signed by the passkey"):
        board.take(text, other.sign(over(text)))


def test_one_passkey_under_two_names(board, passkey):
    with pytest.raises(InvalidInputError, match="another member named first"):
        name(board, "bert", passkey)


@pytest.mark.parametrize("by", ["key", "passkey"])
def test_ended(board, passkey, by):
    text = board.text("anna", "approve", comment="")
    board.take(text, passkey.sign(over(text)))
    ending = board.text("anna", "end-passkey", "", comment="", credential=passkey.credential)
    if by == "passkey":
        with pytest.raises(InvalidInputError, match="says nothing of passkeys"):
            board.take(ending, passkey.sign(over(ending)))
    board.take(ending, board.signature(ending, "anna"))
    late = board.text("anna", "revoke", takes_back="own")
    with pytest.raises(InvalidInputError, match="had ended"):
        board.take(late, passkey.sign(over(late)))
    put(board, late, passkey.sign(over(late)))
    register_signatures(board.ws, ["first"], board.trusted(), board.now)
    assert board.read().count.people == ("anna",)
    assert [one.why_not for one in board.read().standing.voices] == ["", "was signed with a passkey that had ended"]


def test_an_old_naming_revives_none(board, passkey):
    text = board.text("anna", "passkey", "", comment="", until=board.now + timedelta(days=9), **passkey.named())
    board.say("anna", "end-passkey", "", credential=passkey.credential)
    with pytest.raises(InvalidInputError, match="was ended at entry 2"):
        board.take(text, board.signature(text, "anna"))


def test_an_end_that_was_kept_back_ends_no_later_naming(board, passkey):
    kept = board.text("anna", "end-passkey", "", comment="", credential=passkey.credential)
    board.say("anna", "end-passkey", "", credential=passkey.credential)
    name(board, "anna", passkey)
    text = board.text("anna", "approve", comment="")
    board.take(text, passkey.sign(over(text)))
    with suppress(InvalidInputError):
        board.take(kept, board.signature(kept, "anna"))
    later = board.text("anna", "revoke", takes_back="own")
    board.take(later, passkey.sign(over(later)))
    assert board.read().standing.voices[-1].why_not == ""


def test_what_it_signed_is_taken_once_however_the_signature_is_written(board, passkey):
    """Whoever can write to the folder could else say anew, without any key, what a member once said."""
    board.now += timedelta(seconds=1)

    def said(act, **more):
        text = board.text("anna", act, "", comment="", to="carl", **more)
        return text, board.take(text, passkey.sign(over(text)))

    said("delegate", until=board.now + timedelta(days=5))
    ended, done = said("end-delegation")
    said("delegate", until=board.now + timedelta(days=9))
    old = envelope_at(board.ws / done.said.file, "old").signatures[0]
    other = passkey.written_otherwise(old)
    put(board, ended, other)
    before = board.register.read_bytes()
    register_signatures(board.ws, [], board.trusted(), board.now)
    assert board.register.read_bytes() == before
    entry = NewEntry(KIND, "by-hand", digest_of(ended), digest_of(other.value), "anna", "2026-11-26T00:00:00Z")
    register = append(board.ws, lambda _: [entry])
    trust = board.trusted()
    stated = read_statements(board.ws, trust, register)
    assert stated.said[-1].why_not == "was taken before, as entry 3"
    assert [one.ends for one in delegations_of(stated, trust.root)] == [3, None]


def test_its_time_is_over(board, passkey):
    board.now += timedelta(days=31)
    text = board.text("anna", "approve")
    with pytest.raises(InvalidInputError, match="had ended"):
        board.take(text, passkey.sign(over(text)))


def test_it_names_no_other_and_lasts_no_longer_than_a_year(board, passkey):
    other = SoftPasskey()
    text = board.text("anna", "passkey", "", comment="", until=board.now + timedelta(days=9), **other.named())
    with pytest.raises(InvalidInputError, match="says nothing of passkeys"):
        board.take(text, passkey.sign(over(text)))
    with pytest.raises(InvalidInputError, match="366 days at most"):
        name(board, "anna", other, days=367)


def test_the_same_answer_written_otherwise_is_none(board, passkey):
    text = board.text("anna", "approve")
    signature = passkey.sign(over(text))
    spaced = replace(signature, value=json.dumps(json.loads(signature.value), indent=1).encode())
    with pytest.raises(InvalidInputError, match="not signed by the passkey"):
        board.take(text, spaced)
    board.take(text, signature)
    with pytest.raises(InvalidInputError, match="registered already"):
        board.take(text, passkey.sign(over(text)))


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b"\xff", b'{"authenticatorData":1}', b"x" * 20_000])
def test_what_is_no_answer(board, passkey, value):
    text = board.text("anna", "approve")
    signature = replace(passkey.sign(over(text)), value=value)
    with pytest.raises(InvalidInputError):
        board.take(text, signature)


class TestPages:
    async def answered(self, board, browser, path, passkey, payload_type, **changed):
        page = await browser.get(path)
        text = (await browser.get(path.removesuffix("/passkey") + "/text")).body
        assert page.headers["content-security-policy"].endswith("; script-src 'self'")
        return await browser.post(path, answer=passkey.answer(over(text, payload_type), **changed))

    async def test_sign_in_and_decide(self, board, passkey):
        browser = Browser(Pages(board))
        assert "Sign in with a passkey" in (await browser.get("/sign-in")).plain
        answer = await self.answered(board, browser, "/sign-in/passkey", passkey, SIGN_IN_TYPE)
        assert (answer.status, answer.location) == (303, "/")
        await browser.get("/decisions/first")
        asked = await browser.post("/decisions/first/say", act="approve", **{"with": "passkey"})
        wrong = await self.answered(
            board, browser, asked.location, passkey, STATEMENT_TYPE, origin="http://evil.example"
        )
        assert wrong.status == 409
        assert (await self.answered(board, browser, asked.location, SoftPasskey(), STATEMENT_TYPE)).status == 409
        answer = await self.answered(board, browser, asked.location, passkey, STATEMENT_TYPE)
        assert answer.location == "/decisions/first"
        assert board.read().count.people == ("anna",)

    async def test_a_sign_in_is_answered_once_and_here(self, board, passkey):
        pages = Pages(board)
        first, second = Browser(pages), Browser(pages)
        await first.get("/sign-in/passkey")
        text = (await first.get("/sign-in/text")).body
        answer = passkey.answer(over(text, SIGN_IN_TYPE))
        await second.get("/sign-in/passkey")
        assert (await second.post("/sign-in/passkey", answer=answer)).status == 409
        assert (await first.post("/sign-in/passkey", answer=answer)).status == 303
        third = Browser(pages)
        await third.get("/sign-in/passkey")
        assert (await third.post("/sign-in/passkey", answer=answer)).status == 409

    async def test_its_end_ends_the_session(self, board, passkey):
        browser = Browser(Pages(board))
        await self.answered(board, browser, "/sign-in/passkey", passkey, SIGN_IN_TYPE)
        assert (await browser.get("/")).status == 200
        board.say("anna", "end-passkey", "", credential=passkey.credential)
        assert (await browser.get("/")).location == "/sign-in"

    async def test_one_of_other_pages_opens_nothing(self, board):
        elsewhere = SoftPasskey("http://localhost:9999")
        name(board, "anna", elsewhere)
        browser = Browser(Pages(board))
        assert "with a passkey" not in (await browser.get("/sign-in")).plain
        assert (await self.answered(board, browser, "/sign-in/passkey", elsewhere, SIGN_IN_TYPE)).status == 409

    @pytest.mark.parametrize("answer", ["", "x", "[]", "{}", '{"id": 1, "response": {}}', "null"])
    async def test_what_is_no_answer(self, board, passkey, answer):
        browser = await Browser(Pages(board)).sign_in("anna")
        asked = await browser.post("/decisions/first/say", act="abstain", **{"with": "passkey"})
        await browser.get(asked.location)
        assert (await browser.post(asked.location, answer=answer)).status == 409
        assert (await browser.post("/passkeys", answer=answer)).status == 409
