"""The onboarding report as one page, shown from a file: no script, nothing fetched, every text escaped."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from contracts.counted import counted
from contracts.plain import plain
from governance.reports.fuzz_causes import (
    evidence_of,
    places_of,
    title_of_cause,
    told_causes,
    told_counts,
    told_operations,
)
from governance.reports.onboarding_counts import answers_of, calls_line, fit_of, stay_lines
from governance.reports.pages import render

_HEADS: Final = {"error": "Errors", "warning": "Warnings", "info": "For information"}
_SHADES: Final = {"error": "breaking", "warning": "warning", "info": "info"}
_ROWS: Final = 200


def as_html(about: Mapping[str, Any], evidence: Mapping[str, Any]) -> str:
    """What is decided, what was not tested, findings, operations, limits, changes, and how it was made.

    `about` is the manifest without its files, `evidence` what each step found.
    """
    fuzz, limits = evidence["fuzz"], evidence["limits"]
    entity = about["entity"]
    return render(
        "onboarding", heading=plain(f"Onboarding {entity['name']} ({entity['id']})"),
        outcome=_outcome(about, fuzz), fails=bool(fuzz["counts"]["error"] or about["not_tested"]),
        stay=list(stay_lines(fuzz)), calls=plain(calls_line(fuzz, limits, about["recording"]["entries"])),
        about=[(name, plain(what)) for name, what in _about(about)],
        contracts=[plain(line) for line in _contracts(about)],
        not_tested=list(_not_tested(about, fuzz)),
        left_out=[(plain(one["operation"]), plain(one["reason"])) for one in about["left_out"]],
        groups=list(groups_of(fuzz)), operations=list(_operations(fuzz)),
        limits=[_limits(one, limits["share"]) for one in limits["systems"]], agreed=plain(_agreed(limits)),
        changes=[_change(one) for one in evidence["diff"]["changes"]],
        judged=[
            ("check", [_checked(one) for one in evidence["check"]["findings"][:_ROWS]]),
            ("lint", [_linted(one) for one in evidence["lint"]["findings"][:_ROWS]]),
            ("client", list(_clients(evidence["client"]))),
        ],
        waivers=[{name: plain(str(one[name])) for name in ("name", "until", "reason")} for one in about["waivers"]],
        made=[(name, plain(what)) for name, what in _made(about, evidence)],
    )  # fmt: skip


def _outcome(about: Mapping[str, Any], fuzz: Mapping[str, Any]) -> str:
    total, tested = len(about["coverage"]), sum(about["coverage"].values())
    left = f", {len(about['left_out'])} left out" if about["left_out"] else ""
    return f"{tested} of {counted(total, 'operation')} tested{left}; {told_counts(fuzz['findings'])}"


def _about(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    entity = about["entity"]
    yield "Entity", f"{entity['name']}, {entity['country']}; {entity['owner']} answers for it"
    yield "Goes live in", about["environment"] or "a workspace without environments"
    yield "Tested in", about["tested_in"] or "a workspace without environments"


def _contracts(about: Mapping[str, Any]) -> Iterator[str]:
    for name, contract in about["contracts"].items():
        yield f"{name}: {contract['digest']}" + (f", overlay {contract['overlay']}" if contract["overlay"] else "")


def groups_of(fuzz: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What fuzzing found, by severity, one cause after the other."""
    for level, heading in _HEADS.items():
        found = told_causes(one for one in fuzz["findings"] if one["severity"] == level)
        rules = [list(of_rule) for _, of_rule in groupby(found, key=lambda one: str(one[0]["rule"]))]
        if rules:
            yield {"heading": heading, "shade": _SHADES[level], "rules": [_rule(one) for one in rules]}


def _rule(causes: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """All causes that a rule found: what mends them is the same."""
    first = causes[0][0]
    return {"rule": plain(first["rule"]), "do": plain(first["do"]), "causes": [_cause(found) for found in causes]}


def _cause(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Findings of one cause: the first tells what it is."""
    one, operations = found[0], told_operations(found)
    name = one["fingerprint"] if len(found) == 1 else f"cause {one['cause']}"
    entries = [call["entry"] for each in found for call in each["evidence"]]
    return {
        "message": title_of_cause(one["message"], operations, one["operation"]), "places": places_of(operations),
        "reason": plain(one["reason"]), "name": plain(name),
        "evidence": evidence_of(sum(each["calls"] for each in found), entries),
    }  # fmt: skip


def _operations(fuzz: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    fits = {one["operation"]: one for one in fuzz["tightness"]}
    crossings = {one["operation"]: one for one in fuzz["crossings"]}
    for one in fuzz["coverage"]:
        name = one["operation"]
        crossed = crossings.get(name)
        yield {
            "name": plain(name), "tested": one["tested"], "calls": counted(one["calls"], "call"),
            "answers": plain(answers_of(one)), "fit": fit_of(fits.get(name)),
            "crossing": "not made again" if crossed is None else _crossing(crossed),
        }  # fmt: skip


def _crossing(one: Mapping[str, Any]) -> str:
    parts = [f"{one['agreed']} the same"]
    for key, words in (("too_tight", "refused by the gateway"), ("hole", "passed, and failed"),
                       ("kept_back", "answer kept back"), ("changed", "answered otherwise")):  # fmt: skip
        parts += [f"{one[key]} {words}"] if one[key] else []
    return ", ".join(parts)


def _not_tested(about: Mapping[str, Any], fuzz: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    told = {one["operation"]: one for one in fuzz["untested"]}
    for name in about["not_tested"]:
        one = told.get(name, {"reason": "it had no success", "sample": "give samples"})
        yield {"name": plain(name), "reason": plain(one["reason"]), "sample": plain(one["sample"])}


def _limits(one: Mapping[str, Any], share: float) -> dict[str, Any]:
    took = one["seconds"]
    slow = f"half of the answers took {took['median']:g} seconds at most, 95 of 100 {took['most_of_95']:g}"
    lines = [
        f"{counted(one['exchanges'], 'message')} while it was fuzzed; {slow}",
        f"the fuzzer kept to {share:g} of what is stated; the table says what was tried beyond",
    ]
    for budget in one["budgets"]:
        window = f" in {budget['window_seconds']:g} seconds" if budget["window_seconds"] else " at once"
        used = "" if budget["used_at_most"] is None else f"; asked at most: {budget['used_at_most']}"
        lines.append(f"stated: {budget['amount']} {budget['unit']}{window} ({budget['name']}){used}")
    load = one["overload"]
    if load["answers"]:
        statuses = ", ".join(f"{number} {status}" for status, number in load["statuses"].items())
        lines.append(f"refused for load: {statuses}; {load['with_retry_after']} of them with Retry-After")
    else:
        lines.append("how it says that it has no room was not seen")
    if one["faults"]:
        told = ", ".join(f"{number} {kind}" for kind, number in one["faults"].items())
        lines.append(f"faults by the profile of {one['product']}: {told}")
    findings = [{name: plain(told[name]) for name in ("rule", "message", "do")} for told in one["findings"]]
    names = ("limit", "stated", "seen", "verdict", "propose")
    rows = [{name: plain(row[name]) for name in names} for row in one["limits"]]
    return {"name": plain(one["system"]), "lines": [plain(line) for line in lines], "findings": findings, "rows": rows}


def _agreed(limits: Mapping[str, Any]) -> str:
    if limits["not_probed"]:
        return f"Limits were not probed: {limits['not_probed']}."
    agreed = limits["agreed"]
    bounds = f"{agreed['at_once']} calls at once, {agreed['requests']} messages and {agreed['seconds']:g} seconds"
    tried = limits["recording"]
    calls = f"{counted(tried['entries'], 'call')} in a recording of their own, {tried['digest']}"
    if "messages" in tried:  # not in what was kept before they were counted
        calls = f"{counted(tried['messages'], 'message')} went to systems, of {calls}"
    return f"{agreed['by']} agreed to {bounds} for each system, until {agreed['until']}: {calls}."


def _change(one: Mapping[str, Any]) -> dict[str, Any]:
    does = set(one["does"])
    shade = "breaking" if "breaks" in does else "warning" if does - {"compatible"} else "info"
    return {
        "name": plain(one["name"]), "shade": shade, "reasons": [plain(reason) for reason in one["reasons"]],
        "consumers": ", ".join(plain(name) for name in one["consumers"]),
    }  # fmt: skip


def _checked(one: Mapping[str, Any]) -> str:
    return plain(f"{one['file']}:{one['line']}: {one['message']}; {one['remedy']} [{one['rule']}]")


def _linted(one: Mapping[str, Any]) -> str:
    waived = f", waived by {', '.join(one['waived'])}" if one["waived"] else ""
    return plain(f"{one['contract']} {one['pointer']}: {one['message']} [{one['rule']} {one['fingerprint']}{waived}]")


def _clients(client: Mapping[str, Any]) -> Iterator[str]:
    for one in client["clients"]:
        left = len(one["left_out"])
        text = f"{one['contract']}: {one['distribution']} {one['version']}, {counted(one['operations'], 'operation')}"
        yield plain(f"{text}, {client['checker']} finds nothing" + (f"; {left} left out" if left else ""))


def _made(about: Mapping[str, Any], evidence: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    recording = about["recording"]
    yield (
        "Recording",
        f"{recording['digest']}, {counted(recording['entries'], 'call')}, kept until {recording['kept_until']}",
    )
    yield "Run began", evidence["fuzz"]["started"]
    yield "Seed", str(about["seed"])
    yield "Held against", about["rule_sets"]["base"] or "no release: nothing was live"
    yield "Rules", f"lint {about['rule_sets']['lint']}, {about['rule_sets']['fuzz']}"
    yield "Tools", ", ".join(f"{name} {number}" for name, number in about["tools"].items() if number)
    for name, told in evidence["fuzz"]["cleaned"].items():
        yield "Taken back", f"{name}: {counted(told['deleted'], 'record')} deleted, {told['left']} stay"
