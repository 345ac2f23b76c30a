"""Recordings written call by call, as a run would write them, and what judges make of them."""

import json
from pathlib import Path

from fuzz_system import contract
from fuzz_workspace import workspace

from governance.fuzz.entry import Entry, Exchanged, Received, Sent
from governance.fuzz.judging import judge
from governance.fuzz.recording import Writer, read_recording
from governance.fuzz.subjects import subjects_of
from governance.lint.words import SEVERITIES

PARTY = {"id": 101, "code": "P-101", "name": "Nordhafen GmbH", "status": "active", "creditLimit": 100.5,
         "remark": "", "createdOn": "2026-01-05"}  # fmt: skip
NEW = {"code": "P-900", "name": "Elbtal Pumpen"}
JSON = (("content-type", "application/json"),)
MADE = (*JSON, ("location", "http://erp.inner.example/parties/501"))
TAG = (*JSON, ("etag", '"1"'))
ROUTES = {
    "listParties": ("GET", "/parties"), "createParty": ("POST", "/parties"), "getParty": ("GET", "/parties/101"),
    "changeParty": ("PATCH", "/parties/101"), "deleteParty": ("DELETE", "/parties/101"),
}  # fmt: skip


_SUBJECTS = {}


class Tape:
    """One recording of entity `harbour`; `document` and `entity` as `fuzz_workspace.workspace` takes them."""

    def __init__(self, folder, **settings):
        self._settings = settings
        self.folder = folder / "workspace"
        self.path = folder / "recording.jsonl"
        self.entries = []
        self.canaries = []
        self.foreign = {}
        self.failures = []
        self.state, self.reason = "complete", ""
        self.operations = list(ROUTES)

    def add(
        self, operation, status=200, answer=None, *, body=None, query="", path=None, headers=JSON, sent=(), part="fuzz",
        about=None, problem="", failure="", raw=None, delivered=None, seconds=0.01, case="", reaches=True,
    ):  # fmt: skip
        """One call and the system's answer; `sent` are headers of the call. Returns its number."""
        method, usual = ROUTES[operation]
        path = path or usual
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        came = (*sent, *(JSON if data and not any(name == "content-type" for name, _ in sent) else ()))
        text = raw if raw is not None else b"" if answer is None else json.dumps(answer).encode()
        received = None if failure else Received(status, headers if text else headers[1:], text)
        main = Exchanged(
            "main", Sent(method, path + (f"?{query}" if query else ""), came, data), received, failure, seconds
        )
        target = f"/parties/v1{path}" + (f"?{query}" if query else "")
        given = delivered if delivered is not None else Received(status or 502, headers, text)
        entry = Entry(
            len(self.entries) + 1, part, f"parties@1.0 {operation}", Sent(method, target, came, data),
            (main,) if reaches else (), given, problem, 0.1 * len(self.entries), case, about or {},
        )  # fmt: skip
        self.entries.append(entry)
        return entry.number

    def all_fine(self):
        """One success of each operation, so that all are tested and nothing is found."""
        self.add("listParties", 200, {"items": [PARTY]})
        self.add("createParty", 201, {**PARTY, "id": 501, **NEW}, body=NEW, headers=MADE)
        self.add("getParty", 200, PARTY, headers=TAG)
        self.add("changeParty", 200, {**PARTY, "id": 102, "remark": "b"}, body={"remark": "b"}, path="/parties/102")
        self.add("deleteParty", 204, path="/parties/700")
        return self

    def write(self):
        head = {
            "entity": "harbour", "environment": "test", "production": False, "started": "2026-11-26T05:00:00+00:00",
            "workspace": "fuzzed", "seed": 1, "examples": 5, "canaries": self.canaries, "foreign": self.foreign, "left_out": [],
            "targets": [{"name": "parties@1.0", "system": "erp", "product": "generic", "contract": "sha256:other",
                         "operations": self.operations}],
            "tools": {"tidewaiter": "0.1.0", "schemathesis": "4.32.5", "python": "3.11"},
        }  # fmt: skip
        Path(self.path).unlink(missing_ok=True)
        with Writer(self.path, head) as writer:
            for entry in self.entries:
                writer.add(entry)
            writer.end(
                self.state, self.reason, {"engines": {"parties@1.0": {"failures": self.failures}}, "cleaned": {}}
            )
        return self.path

    def verdict(self, fail_on="error"):
        """As `replay` gives it; the contract is compiled once for all tapes of it."""
        recording = read_recording(self.write())
        key = json.dumps(self._settings, sort_keys=True)
        if key not in _SUBJECTS:
            _SUBJECTS[key] = subjects_of(recording, self.workspace(), "test")
        return judge(recording, _SUBJECTS[key], SEVERITIES[fail_on])

    def workspace(self):
        """The folder of the workspace, written when first asked for."""
        return self.folder if self.folder.exists() else workspace(self.folder, 1, **self._settings)

    def found(self, level="warning"):
        """Rules of the findings that are no mere information, each with its operation."""
        quiet = {"warning": ("info",), "info": ()}[level]
        return sorted(
            (one.finding.rule, one.operation.partition(" ")[2])
            for one in self.verdict().findings
            if one.finding.severity.value not in quiet
        )


def looser():
    """The contract with what a test changes; a fresh copy each time."""
    return json.loads(json.dumps(contract()))
