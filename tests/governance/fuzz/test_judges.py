"""Each judge on a recording that shows its fault, and on one that looks alike and shows none."""

import pytest
from fuzz_tape import JSON, MADE, NEW, PARTY, TAG, Tape, looser

from governance.fuzz.fuzzing import replay


@pytest.fixture
def tape(tmp_path):
    return Tape(tmp_path)


def page(*rows):
    return {"items": list(rows)}


def other(**changes):
    return {**PARTY, **changes}


def server_error(tape):
    tape.add("getParty", 500, {"error": "internal"})


def no_answer(tape):
    tape.add("getParty", 0, failure="timeout")


def sign_in_refused(tape):
    tape.add("getParty", 401, {"error": "no key"})


def status_undocumented(tape):
    tape.add("deleteParty", 423, {"error": "locked"})


def drift(tape):
    tape.add("getParty", 200, other(creditLimit="100.5"), headers=TAG)


def header(tape):
    tape.add("getParty", 200, PARTY, headers=JSON)


def media(tape):
    tape.add("getParty", 200, raw=b"<html>Please sign in</html>", headers=(("content-type", "text/html"), TAG[1]))


def undeclared(tape):
    tape.add("getParty", 200, other(z_margin=0.3), headers=TAG)


def slow(tape):
    tape.add("getParty", 200, PARTY, headers=TAG, seconds=1.4)


def rubbish(tape):
    tape.add("createParty", 201, other(id=501, code="", name="x"), body={"code": "", "name": "x"}, headers=MADE)


def refused_absent(tape):
    tape.add("createParty", 400, {"error": "remark"}, body=NEW)
    tape.add("createParty", 201, other(id=502, **NEW), body={**NEW, "remark": "a"}, headers=MADE)
    del tape.entries[1]
    for number, entry in enumerate(tape.entries, 1):
        object.__setattr__(entry, "number", number)


def refused_longer(tape):
    for name in ("Adler", "Adler Werkzeuge"):
        tape.add("changeParty", 200, other(name=name), body={"name": name})
    tape.add("changeParty", 400, {"error": "name"}, body={"name": "Adler Werkzeuge und Pumpen"})


def refused_letters(tape):
    for name in ("Adler", "Kaiser"):
        tape.add("changeParty", 200, other(name=name), body={"name": name})
    for name in ("Ädler", "Käise"):
        tape.add("changeParty", 400, {"error": "name"}, body={"name": name})


def refused_everywhere(tape):
    tape.entries = [one for one in tape.entries if not one.operation.endswith(("listParties",))]
    for number, entry in enumerate(tape.entries, 1):
        object.__setattr__(entry, "number", number)
    tape.add("listParties", 404, {"error": "no such thing"})


def refused_listed(tape):
    tape.add("changeParty", 200, other(status="active"), body={"status": "active"})
    tape.add("changeParty", 400, {"error": "status"}, body={"status": "blocked"})


def auth_ignored(tape):
    tape.add("getParty", 200, PARTY, headers=TAG, part="probe", about={"probe": "no-credential", "of": 3})


def wrong_taken(tape):
    tape.add("getParty", 200, PARTY, headers=TAG, part="probe", about={"probe": "wrong-credential", "of": 3})


def foreign_key(tape):
    tape.add("getParty", 200, PARTY, headers=TAG, part="probe", about={"probe": "foreign"})


def canary(tape):
    tape.canaries = ["CANARY-OTHER"]
    tape.add("getParty", 200, other(remark="CANARY-OTHER-1"), headers=TAG)


def stack(tape):
    tape.add("getParty", 404, {"error": 'Traceback (most recent call last): File "x.py", line 3'}, path="/parties/9")


def sql(tape):
    tape.add("getParty", 404, {"error": "ORA-00942: table or view does not exist"}, path="/parties/9")


def inner_host(tape):
    tape.add("getParty", 404, {"error": "not found on erp-db01.internal"}, path="/parties/9")


def credential(tape):
    tape.add("getParty", 404, {"error": "user=erp password=abcd1234"}, path="/parties/9")


def own_secret(tape):
    tape.add("getParty", 404, {"error": "bad key [secret:ERP_KEY]"}, path="/parties/9")


def not_there(tape):
    tape.add("getParty", 404, {"error": "none"}, path="/parties/501")


def still_there(tape):
    tape.add("getParty", 200, other(id=700), path="/parties/700", headers=TAG)


def cut(tape):
    tape.add("changeParty", 200, PARTY, body={"name": "Nordhafen Maschinenbau GmbH"})
    tape.add("getParty", 200, other(name="Nordhafen Masch"), headers=TAG)


def not_kept(tape):
    tape.add("changeParty", 200, other(creditLimit=7), body={"creditLimit": 7})
    tape.add("getParty", 200, other(remark="Calls first"), headers=(*JSON, ("etag", '"2"')))


def rounded(tape):
    tape.add("changeParty", 200, other(creditLimit=12.35), body={"creditLimit": 12.345})


def mojibake(tape):
    tape.add("changeParty", 200, other(name="GrÃ¶Ã\x9fe"), body={"name": "Größe"})


def condition(tape):
    tape.add("changeParty", 200, PARTY, body={"remark": "x"}, sent=(("if-match", '"7"'),))


def overwrites(tape):
    tape.add("getParty", 200, other(remark="keep me"), headers=(*JSON, ("etag", '"2"')))
    tape.add("changeParty", 200, other(name="New"), body={"name": "New"})
    tape.add("getParty", 200, other(name="New", remark=""), headers=(*JSON, ("etag", '"3"')))


def tag_stays(tape):
    tape.add("changeParty", 200, other(name="New"), body={"name": "New"})
    tape.add("getParty", 200, other(name="New"), headers=TAG)


def size(tape):
    tape.add("listParties", 200, page(PARTY, other(id=102)), query="limit=1")


def overlap(tape):
    tape.add(
        "listParties",
        200,
        page(PARTY, other(id=102)),
        query="limit=2",
        part="probe",
        about={"probe": "page", "page": 1},
    )
    tape.add("listParties", 200, page(other(id=102), other(id=103)), query="limit=2&offset=2", part="probe",
             about={"probe": "page", "page": 2})  # fmt: skip


def walked(tape, *pages):
    """A list of six read at once, then by pages of these ids; the last one has no next."""
    rows = [other(id=number) for number in range(1, 7)]
    tape.add("listParties", 200, page(*rows), query="limit=50", part="probe", about={"probe": "walk", "page": 0})
    for number, ids in enumerate(pages, 1):
        answer = {**page(*(other(id=one) for one in ids)), **({"next": f"c{number}"} if number < len(pages) else {})}
        about = {"probe": "walk", "page": number}
        tape.add("listParties", 200, answer, query=f"limit=2&offset={number}", part="probe", about=about)


def pages_lose(tape):
    walked(tape, (1, 2), (4, 5), (6,))


def pages_repeat(tape):
    walked(tape, (1, 2), (2, 3), (4, 5), (6,))


def foreign_record(tape):
    tape.foreign = {"id": ["900", "901"]}
    tape.add("listParties", 200, page(PARTY, other(id=900)))


def filtered(tape):
    tape.add("listParties", 200, page(PARTY, other(id=102, status="blocked")), query="status=active")


def varying(tape):
    tape.add("getParty", 200, PARTY, headers=TAG)
    tape.add("getParty", 404, {"error": "none"})


def fuzzer(tape):
    tape.add("getParty", 200, PARTY, headers=TAG, case="abc")
    tape.failures = [
        {"check": "use_after_free", "code": "ST301", "type": "UseAfterFree", "operation": "", "case": "abc"}
    ]


def unproven(tape):
    tape.add("getParty", 200, PARTY, headers=TAG, problem="answer-not-proven")


def filtered_by_code(tape):
    tape.add("listParties", 200, page(PARTY, other(id=102, code="Q-102")), query="code=P-1")


SHOWN = {
    server_error: ("server-error", "getParty"), no_answer: ("no-answer", "getParty"),
    sign_in_refused: ("sign-in-refused", "getParty"), status_undocumented: ("status-undocumented", "deleteParty"),
    drift: ("answer-drift", "getParty"), header: ("answer-header", "getParty"), media: ("answer-media", "getParty"),
    undeclared: ("undeclared-member", "getParty"), slow: ("slow-answer", "getParty"),
    rubbish: ("accepted-rubbish", "createParty"), refused_absent: ("refused-valid", "createParty"),
    refused_longer: ("refused-valid", "changeParty"), refused_letters: ("refused-valid", "changeParty"),
    refused_everywhere: ("refused-valid", "listParties"), refused_listed: ("refused-valid", "changeParty"),
    auth_ignored: ("auth-ignored", "getParty"), wrong_taken: ("auth-ignored", "getParty"),
    foreign_key: ("foreign-data", "getParty"), canary: ("foreign-data", "getParty"), stack: ("error-tells", "getParty"),
    sql: ("error-tells", "getParty"), inner_host: ("error-tells", "getParty"),
    credential: ("error-tells", "getParty"), own_secret: ("error-tells", "getParty"),
    not_there: ("created-not-there", "createParty"), still_there: ("deleted-still-there", "deleteParty"),
    cut: ("written-differently", "changeParty"), not_kept: ("written-differently", "changeParty"),
    rounded: ("written-differently", "changeParty"), mojibake: ("written-differently", "changeParty"),
    condition: ("condition-ignored", "changeParty"), overwrites: ("patch-overwrites", "changeParty"),
    tag_stays: ("etag-stays", "changeParty"), size: ("page-size-ignored", "listParties"),
    overlap: ("pages-overlap", "listParties"), pages_lose: ("pages-lose", "listParties"),
    pages_repeat: ("pages-overlap", "listParties"), foreign_record: ("foreign-data", "listParties"),
    filtered: ("filter-ignored", "listParties"), filtered_by_code: ("filter-ignored", "listParties"),
    varying: ("answers-vary", "getParty"), fuzzer: ("fuzzer-check", "getParty"),
    unproven: ("answer-not-proven", "getParty"),
}  # fmt: skip


def test_a_sound_system_has_no_findings(tape):
    verdict = tape.all_fine().verdict()

    assert verdict.findings == ()
    assert verdict.exit_code == 0


@pytest.mark.parametrize("show", SHOWN, ids=lambda show: show.__name__)
def test_a_fault_is_found(show, tape):
    show(tape.all_fine())

    assert SHOWN[show] in tape.found()


def business(tape):
    """A customer who is not there is a rule of the business."""
    tape.add("createParty", 400, {"error": "no such group"}, body={"code": "P-1", "name": "Adler"})


def taken_code(tape):
    tape.add("createParty", 409, {"error": "there is one"}, body=NEW)


def absent_record(tape):
    tape.add("getParty", 404, {"error": "none"}, path="/parties/9")


def throttled(tape):
    tape.add("getParty", 429, {"error": "slow down"})


def refused_rubbish(tape):
    tape.add("createParty", 400, {"error": "name"}, body={"code": "P-1"})


def wrong_media_refused(tape):
    tape.add("createParty", 415, {"error": "media"}, body=b"a=1", sent=(("content-type", "text/plain"),))


def credential_demanded(tape):
    tape.add("getParty", 401, {"error": "no"}, part="probe", about={"probe": "no-credential", "of": 3})


def gone_after_delete(tape):
    tape.add("getParty", 404, {"error": "none"}, path="/parties/700")


def same_number(tape):
    tape.add("changeParty", 200, other(creditLimit=7.0), body={"creditLimit": 7})


def trimmed(tape):
    tape.add("changeParty", 200, other(remark="a b"), body={"remark": "a b "})


def right_condition(tape):
    tape.add("changeParty", 200, PARTY, body={"remark": ""}, sent=(("if-match", '"1"'),))


def any_condition(tape):
    tape.add("changeParty", 200, PARTY, body={"remark": ""}, sent=(("if-match", "*"),))


def changed_between(tape):
    tape.add("getParty", 200, other(id=9), path="/parties/9", headers=TAG)
    tape.add("deleteParty", 204, path="/parties/9")
    tape.add("getParty", 404, {"error": "none"}, path="/parties/9")


def echo(tape):
    sent = {"code": "P-1", "name": "Adler", "nickname": "A"}
    tape.add("createParty", 201, other(id=503, **sent), body=sent, headers=MADE)


def own_words(tape):
    """An error that repeats what it was sent tells nothing."""
    tape.add("listParties", 400, {"error": "bad status SELECT a FROM b"}, query="status=SELECT%20a%20FROM%20b")


def next_rows(tape):
    tape.add(
        "listParties",
        200,
        page(PARTY, other(id=102)),
        query="limit=2",
        part="probe",
        about={"probe": "page", "page": 1},
    )
    tape.add(
        "listParties",
        200,
        page(other(id=103)),
        query="limit=2&offset=2",
        part="probe",
        about={"probe": "page", "page": 2},
    )


def pages_whole(tape):
    tape.foreign = {"id": ["900"]}
    walked(tape, (1, 2), (3, 4), (5, 6))


def soft_delete(tape):
    """What is deleted is kept, and says so."""
    tape.add("getParty", 200, other(id=700, status="blocked", remark="deleted"), path="/parties/700", headers=TAG)


def busy(tape):
    tape.add("getParty", 503, {"error": "busy"}, headers=(*JSON, ("retry-after", "1")))


def plain_words(tape):
    tape.add("getParty", 404, {"error": "Select a party from the list, see sales.svc/parties"}, path="/parties/9")


def filled_up(tape):
    tape.add("changeParty", 200, other(remark="0000042"), body={"remark": "42"})


def by_beginning(tape):
    """A code may be asked for by its first letters."""
    tape.add("listParties", 200, page(other(code="P-101"), other(id=102, code="P-102")), query="code=P-1")


def emptied_before(tape):
    """What an earlier change emptied on purpose is away after the next one, too."""
    tape.add("getParty", 200, other(remark="keep me"), headers=(*JSON, ("etag", '"50"')))
    for number, (name, body) in enumerate((("A", {"name": "A", "remark": ""}), ("B", {"name": "B"})), 51):
        tape.add("changeParty", 200, other(remark="", name=name), body=body)
        row = {member: value for member, value in other(name=name).items() if member != "remark"}
        tape.add("getParty", 200, row, headers=(*JSON, ("etag", f'"{number}"')))


def held_back(tape):
    tape.add("getParty", 403, {"error": "x"}, problem="record-not-of-this-run", reaches=False)


SILENT = (
    business, taken_code, absent_record, throttled, refused_rubbish, wrong_media_refused, credential_demanded,
    gone_after_delete, same_number, trimmed, right_condition, any_condition, changed_between, echo, own_words, next_rows,
    held_back, pages_whole, soft_delete, busy, plain_words, filled_up, by_beginning, emptied_before,
)  # fmt: skip


@pytest.mark.parametrize("show", SILENT, ids=lambda show: show.__name__)
def test_what_looks_like_a_fault_and_is_none(show, tape):
    show(tape.all_fine())

    assert tape.found() == []


def test_rubbish_that_was_taken_explains_what_comes_back(tape):
    tape.all_fine().add("changeParty", 200, other(remark=5), body={"remark": 5})
    tape.add("getParty", 200, other(remark=5), headers=(*JSON, ("etag", '"2"')))

    assert tape.found() == [("accepted-rubbish", "changeParty")]


def test_an_operation_without_a_success_is_not_tested(tape):
    tape.all_fine()
    tape.entries[3] = None
    tape.entries = [one for one in tape.entries if one is not None]
    for number, entry in enumerate(tape.entries, 1):
        object.__setattr__(entry, "number", number)
    tape.add("changeParty", 404, {"error": "none"}, body={"remark": "x"}, path="/parties/9")

    verdict = tape.verdict()

    assert [one.operation for one in verdict.not_tested] == ["parties@1.0 changeParty"]
    assert (verdict.findings, verdict.exit_code) == ((), 1)


def test_nothing_tested_is_no_answer(tape):
    tape.add("listParties", 400, {"error": "x"})

    assert tape.verdict().exit_code == 2


def test_a_run_that_was_stopped_is_no_answer(tape):
    tape.all_fine()
    tape.state, tape.reason = "stopped", "the system takes no connection any more"

    assert tape.verdict().exit_code == 2


def test_the_same_recording_gives_the_same_verdict(tape):
    for show in (drift, rubbish, stack, filtered):
        show(tape)
    path = tape.write()

    one, two = (replay(path, tape.workspace(), "test", "error") for _ in range(2))

    assert one == two
    assert len(one.findings) > 3


def test_members_left_open_on_purpose_are_not_told(tmp_path):
    document = looser()
    document["components"]["schemas"]["Party"]["additionalProperties"] = True
    tape = Tape(tmp_path, document=document)
    undeclared(tape.all_fine())

    assert tape.found() == []


def test_members_that_nobody_thought_of_are_told(tmp_path):
    document = looser()
    del document["components"]["schemas"]["Party"]["additionalProperties"]
    tape = Tape(tmp_path, document=document)
    tape.all_fine().add("getParty", 200, other(nickname="x"), headers=TAG)

    assert tape.found() == [("undeclared-member", "getParty")]
