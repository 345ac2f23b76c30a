"""A system with real limits of its own, that says in one of several ways that it has no room; and what trying them gives."""

import json
import time

from fuzz_system import System, contract
from fuzz_tape import PARTY, TAG, Tape
from fuzz_workspace import workspace

from contracts.workspace import load
from governance.fuzz.asked import Asked
from governance.fuzz.judge.seen import Subject
from governance.fuzz.plan import make_plan
from governance.fuzz.recording import read_recording
from governance.onboard.limit_answers import bound_rows, fault_rows
from governance.onboard.limit_asking import Asking
from governance.onboard.limit_judging import Tried, limit_rows
from governance.onboard.limit_reads import reads_of

AGREED = {"by": "it@harbour.example", "until": "2099-12-31", "at_once": 8, "requests": 500, "seconds": 20}
TIMES = {"connect_seconds": 1, "first_byte_seconds": 0.4, "total_seconds": 0.6, "operation_seconds": 1}
NO_ROOM = {
    "429": (429, {}, "no room"), "429-after": (429, {"retry-after": "1"}, "no room"),
    "503": (503, {}, "down"), "200-error": (200, {}, "no room"), "500": (500, {}, "failed"),
}  # fmt: skip


class LimitedSystem(System):
    """Takes `at_once` calls at once and `in_window` in `window` seconds, whatever is stated; `way` is how it says no."""

    def __init__(self, way="429", *, at_once=1_000, in_window=100_000, window=1.0, seconds=0.02):
        super().__init__()
        self.way, self.at_once, self.in_window, self.window, self.seconds = way, at_once, in_window, window, seconds
        self.busy, self.came = 0, []

    def answer(self, handler):
        now = time.monotonic()
        with self.lock:
            self.busy += 1
            self.came = [*(one for one in self.came if now - one < self.window), now]
            over = self.busy > self.at_once or len(self.came) > self.in_window
        try:
            time.sleep(self.seconds)
            if not over:
                super().answer(handler)
            elif self.way == "hangs":
                time.sleep(0.8)
            else:
                self.refuse(handler, *NO_ROOM[self.way])
        finally:
            with self.lock:
                self.busy -= 1

    def refuse(self, handler, status, headers, text):
        data = json.dumps({"error": {"code": "NO_ROOM", "message": text}}).encode()
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(data)}", "content-type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        handler.wfile.write("\r\n".join([*lines, "", ""]).encode() + data)


def tried(folder, system, *, capacity=(), agreed=None, document=None, quiet_seconds=1_000):
    """Rows by their limit, and the recording. What the fuzzer would have learned is one read of a list and one by key."""
    made = workspace(
        folder / "ws", system.port, document=document or contract(), entity={"fuzzing": {"limits": {**AGREED, **(agreed or {})}}},
        system={"capacity": list(capacity), "timeouts": TIMES},
    )  # fmt: skip
    tape = Tape(folder)
    tape.add("listParties", 200, {"items": [PARTY]}, part="learn")
    tape.add("getParty", 200, PARTY, headers=TAG, part="learn")
    plan = make_plan(Asked(made, "harbour", "test", writes=bool((agreed or {}).get("bodies"))))
    reads = reads_of(plan, read_recording(tape.write()))
    systems = load(made, "test").systems
    path = folder / f"limits-{len(list(folder.glob('limits-*')))}.jsonl"
    Asking(plan, reads, systems, quiet_seconds, path, lambda _: None).run()
    recording = read_recording(path)
    return judged(
        made, recording, reads["erp"].target, systems["erp"], bodies=bool((agreed or {}).get("bodies"))
    ), recording


def judged(folder, recording, target, system, *, bodies=False, name="erp"):
    """Rows by their limit, from the recording alone."""
    found = Tried(name, system, recording, "")
    bounds = load(folder, "test").settings.bounds
    exchanges = [one for entry in recording.entries for one in entry.exchanges]
    rows = [
        *limit_rows(found),
        *fault_rows(found, Subject(target, bounds), bodies=bodies),
        *bound_rows(found, bounds, exchanges),
    ]
    return {row.limit: row for row in rows}
