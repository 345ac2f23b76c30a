"""Judges of a soak: pure functions from what was seen to what is wrong with it. No fault found: an empty list."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

Fate = Literal["answer", "left", "cut", "never"]
"""A whole answer came; we hung up; the gateway ended it before it was whole; no call ever came to be."""
Row = Mapping[str, Any]
NOTHING_SENT = frozenset({"system-unreachable", "system-busy"})
"""Problems of an attempt of which the system saw nothing."""
PROVEN_HARMLESS = frozenset({401, 403, 429})
"""A write that a system answered so was not begun: no credential, no session, no capacity. It may be sent again."""
_SHOWN = 8


@dataclass(slots=True)
class Outcome:
    """One call as its caller saw it. `marker` is unique to the order that it wrote; `effect` as the problem says."""

    id: str
    kind: str
    method: str
    fate: Fate
    status: int = 0
    problem: str = ""
    effect: str = ""
    seconds: float = 0.0
    marker: str = ""
    expected: frozenset[int] = frozenset()
    """Statuses that this kind of call may end in; empty: any."""
    good: bool = False
    """Nothing is wrong with the call: of the 4xx, the gateway's own may only be 429."""


def judge_lines(outcomes: Sequence[Outcome], lines: Sequence[Row]) -> list[str]:
    """Each call has exactly one line, and line and answer say the same; no line is of a call that nobody made."""
    faults = []
    by_id: dict[str, list[Row]] = {}
    for line in lines:
        by_id.setdefault(str(line["id"]), []).append(line)
    for o in outcomes:
        found = by_id.pop(o.id, [])
        if len(found) != (o.fate != "never"):
            faults.append(f"{o.kind} {o.id} ({o.fate} {o.status}): {len(found)} lines")
        elif o.fate == "answer" and found[0]["event"] == "served":
            said = (found[0]["status"], found[0].get("problem", ""), found[0]["end"])
            # An answer to HEAD has no body to name its problem.
            seen = (o.status, said[1] if o.method == "HEAD" else o.problem, "complete")
            if said != seen:
                faults.append(f"{o.kind} {o.id}: the caller saw {o.status} {o.problem}, the line says {said}")
        elif o.fate == "cut" and found[0]["end"] == "complete":
            faults.append(f"{o.kind} {o.id}: cut, and the line says complete")
    faults += [f"{len(found)} lines of {name or 'no id'}, which no caller sent" for name, found in by_id.items()]
    return _some("lines", faults)


UNPROVEN = "record-not-there"
"""Where entities share a system, an answer that is too broken to prove whose it is gets what no record gets."""


def judge_statuses(outcomes: Iterable[Outcome]) -> list[str]:
    """Each kind of call ends only as it may, and none in a crash."""
    wrong = Counter(
        f"{o.kind}: {o.status} {o.problem}".rstrip()
        for o in outcomes
        if o.fate == "answer"
        and (
            (o.expected and o.status not in o.expected)
            or o.problem == "internal-error"
            or (o.good and 400 <= o.status < 500 and o.status != 429 and o.problem not in ("", UNPROVEN))
        )
    )
    hung = Counter(f"{o.kind}: cut without an answer" for o in outcomes if o.fate == "cut" and not o.status)
    return _some("statuses", [f"{what} x{count}" for what, count in (wrong + hung).items()])


def judge_metrics(
    lines: Sequence[Row], samples: Mapping[str, Counter[tuple[str, ...]]], still_open: float
) -> list[str]:
    """Counters are the sums of the lines. `samples`: calls, problems, ends, effects, wire, each by its labels."""
    served = [line for line in lines if line["event"] == "served"]
    names = ("api", "version", "operation")
    expected: dict[str, Counter[tuple[str, ...]]] = {
        "calls": Counter((*(str(x.get(n, "")) for n in names), str(x["status"])) for x in served),
        "problems": Counter((x["problem"], x.get("fault", "")) for x in served if "problem" in x),
        "ends": Counter((x["end"],) for x in served if x["end"] != "complete"),
        "effects": Counter((x["effect"],) for x in served if "effect" in x and x["method"] not in ("GET", "HEAD")),
        "wire": Counter((x["problem"],) for x in lines if x["event"] == "refused"),
    }
    faults = []
    for name, counted in expected.items():
        for labels in counted.keys() | samples[name].keys():
            if counted[labels] != samples[name][labels]:
                said = f"{name}{list(labels)}"
                faults.append(f"{said}: {counted[labels]} in the log, {samples[name][labels]:.0f} counted")
    if still_open:
        faults.append(f"{still_open:.0f} calls still open")
    return _some("metrics", faults)


def judge_ledger(lines: Sequence[Row], records: Sequence[Row], anonymous: int, dropped: int) -> list[str]:
    """One record for each refusal of somebody known, a count for the others; drops are counted."""
    refused = [x for x in lines if x["event"] == "served" and "problem" in x]
    known = Counter((x["id"], x["problem"]) for x in refused if x.get("consumer"))
    written = Counter((x["correlation"], x["problem"]) for x in records)
    faults = [f"recorded, not in the log: {key}" for key in (written - known)]
    missing = sum((known - written).values())
    unknown = sum(1 for x in refused if not x.get("consumer"))
    if anonymous > unknown or missing + unknown - anonymous > dropped:
        faults.append(f"{missing} records missing, {anonymous} of {unknown} anonymous, {dropped} dropped")
    return _some("ledger", faults)


def judge_attempts(lines: Sequence[Row], requests: Sequence[Row], resent: int, systems: Collection[str]) -> list[str]:
    """The `systems` were asked as often as the lines say. `requests`: correlation, safe, status, number.

    More only for reads that fell on a stale connection (`resent`, as counted by the gateway), less only where the last
    attempt never got a connection or its caller left before. A write is delivered once, besides
    answers that prove that it was not begun.
    """
    asked = Counter(str(r["correlation"]) for r in requests)
    faults, more = [], 0
    for line in lines:
        # A system of product `example` is the gateway itself: nobody else saw those requests.
        attempts = int(line.get("attempts", 0)) if line.get("system") in systems else 0
        seen = asked.pop(str(line["id"]), 0)
        # Where nothing could be sent, no attempt of the call need have been seen: each was tried again.
        spare = attempts if line.get("problem") in NOTHING_SENT else int(line["end"] != "complete")
        if seen > attempts and line["end"] != "left":
            more += seen - attempts
        elif seen < attempts - spare:
            faults.append(f"{line['id']} ({line.get('problem', line['status'])}): {attempts} attempts, {seen} requests")
    if more > resent:
        faults.append(f"{more} requests more than attempts, {resent} sent again")
    faults += [f"{count} requests of {name or 'nobody'}, which no line names" for name, count in asked.items()]
    writes = Counter(r["correlation"] for r in requests if not r["safe"] and r["status"] not in PROVEN_HARMLESS)
    for name in (name for name, count in writes.items() if count > 1):
        said = [f"{r['status']} {r.get('fault') or ''}".rstrip() for r in requests if r["correlation"] == name]
        faults.append(f"{name}: a write was delivered {writes[name]} times: {', '.join(said)}")
    return _some("attempts", faults)


def judge_writes(outcomes: Iterable[Outcome], found: Mapping[str, int]) -> list[str]:
    """No order stands twice; one whose caller saw 201 stands once; one told to have had no effect stands nowhere."""
    faults = []
    for o in outcomes:
        if not o.marker:
            continue
        count = found.get(o.marker, 0)
        if count > 1:
            faults.append(f"{o.id}: written {count} times")
        elif o.fate == "answer" and (o.status == 201 or o.effect == "applied") and count != 1:
            faults.append(f"{o.id}: {o.status}, and it does not stand in the system")
        elif o.fate == "answer" and count and (o.effect == "none" or (400 <= o.status < 500 and o.effect != "applied")):
            faults.append(f"{o.id}: {o.status} {o.problem} without effect, and it stands in the system")
    return _some("writes", faults)


def judge_times(lines: Iterable[Row], total_seconds: float, body_seconds: float) -> list[str]:
    """No call lasts longer than its attempts, one fetch of a credential shared with others, and its upload may."""
    faults = []
    for line in lines:
        if line["event"] == "served":
            bound = body_seconds + total_seconds * (max(int(line.get("attempts", 0)), 1) + 1) + 1
            if line["ms"] > bound * 1000:
                faults.append(f"{line['id']} took {line['ms']} ms, at most {bound:.0f} s")
    return _some("times", faults)


class Canaries:
    """What nobody outside may see: `hosts` in any case and escaping, `secrets` and `words` as they are.

    `learned` takes values as they become known (cookies, tokens of the systems); they are found as whole runs of the
    characters that such values have.
    """

    _RUN = re.compile(rb"[A-Za-z0-9_\-]{12,}")
    CREDENTIAL = re.compile(rb"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}|tw_[a-z0-9]{8}_[0-9A-Za-z]{16,}")
    """Any JWT, any API key. Inside a longer run of letters `eyJ` is chance: sealed links are long and random."""

    def __init__(self, hosts: Iterable[str], words: Iterable[str], secrets: Iterable[str]) -> None:
        self._hosts = [host.lower().encode() for host in hosts]
        self._words = {word: word.encode() for word in words}
        self._secrets = [secret.encode() for secret in secrets]
        self._learned: set[bytes] = set()
        self.looked_at = 0
        self.found: Counter[str] = Counter()

    def learn(self, values: Iterable[str]) -> None:
        """More values that may stand nowhere; short ones are too common to mean anything."""
        self._learned.update(v.encode() for v in values if len(v) >= 12)

    def look(self, where: str, data: bytes) -> None:
        """Note what of it stands in `data`. Secrets are told by kind, never by value."""
        self.looked_at += len(data)
        plain = data.lower()
        forms = [plain]
        if b"%" in plain or b"\\" in plain:
            text = unquote(unquote(plain.decode("utf-8", "replace"))).replace("\\/", "/")
            forms.append(re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text).lower().encode())
        for host in self._hosts:
            if any(host in form for form in forms):
                self.found[f"{where}: the host {host.decode()}"] += 1
        for word, value in self._words.items():
            if value in data:
                self.found[f"{where}: {word}"] += 1
        if any(secret in data for secret in self._secrets):
            self.found[f"{where}: a secret of the fleet"] += 1
        if self.CREDENTIAL.search(data):
            self.found[f"{where}: a token or key"] += 1
        if self._learned and any(run in self._learned for run in self._RUN.findall(data)):
            self.found[f"{where}: a session or token of a system"] += 1

    def judge(self) -> list[str]:
        """Where something was found."""
        return _some("canaries", [f"{what} x{count}" for what, count in self.found.items()])


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """Least squares: by how much the second grows for each of the first. 0 for fewer than two samples."""
    if len(samples) < 2:
        return 0.0
    mean_x = sum(x for x, _ in samples) / len(samples)
    mean_y = sum(y for _, y in samples) / len(samples)
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread if spread else 0.0


def judge_slope(name: str, samples: Sequence[tuple[float, float]], bound: float) -> list[str]:
    """After a third for warming up, growth a second stays under `bound`. Too few samples prove nothing: a fault."""
    warm = samples[len(samples) // 3 :]
    if len(warm) < 5:
        return [f"slope of {name}: {len(warm)} samples are too few"]
    found = slope(warm)
    return [f"slope of {name}: {found:.3f} a second, at most {bound}"] if found > bound else []


def judge_worth(figures: Mapping[str, tuple[float, float]]) -> list[str]:
    """A run in which too little happened proves nothing. `figures`: what there was, and the least there must be."""
    return _some(
        "worth", [f"{name}: {was:.0f}, at least {least:.0f}" for name, (was, least) in figures.items() if was < least]
    )


def judge_log(text: str, words: Collection[str] = ("crashed", "failed:", "Traceback", "the app ")) -> list[str]:
    """The process's own log tells of no defect."""
    return _some("gateway's log", [line[:200] for line in text.splitlines() if any(word in line for word in words)])


def _some(name: str, faults: list[str]) -> list[str]:
    shown = [f"{name}: {fault}" for fault in faults[:_SHOWN]]
    return shown + ([f"{name}: and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else [])
