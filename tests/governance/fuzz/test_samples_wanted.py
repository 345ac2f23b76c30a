"""An operation without a success: the reason, and the sample that would do."""

import json

import pytest
from fuzz_system import contract

from contracts.contract import read_contract
from contracts.document import parse_document
from governance.fuzz.samples_wanted import wanted
from governance.fuzz.verdict import Coverage

READ = read_contract(parse_document(json.dumps(contract()).encode(), "it.json"))


def row(operation, method, calls=0, held_back=0, throttled=0, **statuses):
    answers = {int(status.lstrip("s")): number for status, number in statuses.items()}
    return Coverage(f"parties@1.0 {operation}", method, "", calls, answers, held_back, throttled, 0, 0, 0)


@pytest.mark.parametrize(
    ("coverage", "untested", "line"),
    [
        (row("createParty", "POST", 9, s400=7, s409=2), {"createParty"},
         ("createParty: not tested: the system never took it (7 400, 2 409); "
         "--samples: {operations: {createParty: [{body: {code: ..., name: ...}}]}}")),
        (row("changeParty", "PATCH", 4, 4), {"createParty", "changeParty"},
         ("changeParty: not tested: all 4 calls were held back: no record of the run was there to change; "
         "a sample of createParty is enough")),
        (row("changeParty", "PATCH", 4, 4), {"changeParty"},
         ("changeParty: not tested: all 4 calls were held back: no record of the run was there to change; "
         "--samples: {operations: {changeParty: [{parameters: {id: ...}, body: {...}}]}}")),
        (row("getParty", "GET"), {"getParty"},
         ("getParty: not tested: nothing names a record that it is about; "
         "--samples: {operations: {getParty: [{parameters: {id: ...}}]}}")),
        (row("listParties", "GET", 3, 3), {"listParties"},
         ("listParties: not tested: all 3 calls were held back by bounds or pins; "
         "--samples: {operations: {listParties: [{}]}}")),
        (row("getParty", "GET", 2, throttled=2, s429=2), {"getParty"},
         ("getParty: not tested: the system refused every call for load; "
         "--samples: {operations: {getParty: [{parameters: {id: ...}}]}}")),
        (row("getParty", "GET", 2, s0=2), {"getParty"},
         ("getParty: not tested: the system never took it (2 without an answer); "
         "--samples: {operations: {getParty: [{parameters: {id: ...}}]}}")),
    ],
)  # fmt: skip
def test_why_and_what_would_do(coverage, untested, line):
    assert wanted(coverage, READ, untested).line() == f"parties@1.0 {line}"
