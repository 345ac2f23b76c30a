"""check, lint, diff: the files judged as they will be, before any system is asked."""

from typing import Any

from governance.changes.changed import Changed
from governance.changes.whole import compare_states, waived
from governance.check import check
from governance.diff.inputs import Sources
from governance.lint.running import Asked as LintAsked
from governance.lint.running import run as lint
from governance.onboard.live import base_of
from governance.onboard.outcome import Outcome
from governance.onboard.subject import digest_of
from governance.onboard.work import Work
from governance.release.contents import base_release
from governance.waived_lint import waive_lint

_TOLD = 6


def check_inputs(work: Work) -> str:
    """All files of the workspace, in both environments."""
    return digest_of(work.subject.workspace_digest, work.subject.tested.digest, _governed(work))


def check_files(work: Work) -> Outcome:
    """`check` where it goes live and where it is fuzzed. What the entity does not rest on is told, and not kept."""
    found: list[dict[str, Any]] = []
    elsewhere = 0
    for environment in dict.fromkeys((work.asked.environment, work.asked.fuzzed_in)):
        report = check(work.subject.folder, environment, work.show or (lambda _: None), node=False)
        for one in report.found:
            fault = one.diagnostic
            mine = fault.file in work.subject.files
            elsewhere += not mine
            if mine or fault.severity == "error":
                found.append({
                    "file": fault.file, "line": fault.line, "severity": fault.severity, "rule": fault.code,
                    "message": fault.message, "remedy": fault.remedy, "environment": environment or "",
                })  # fmt: skip
    errors = [one for one in found if one["severity"] == "error"]
    digest = work.keep("check", {"findings": found})
    told = [f"{one['file']}:{one['line']}: {one['message']}" for one in (errors or found)[:_TOLD]]
    told.append(f"{len(errors)} errors, {len(found) - len(errors)} other findings; {elsewhere} elsewhere")
    if errors:
        return Outcome("negative", tuple(told), (work.command("check"), work.again()))
    return Outcome("done", tuple(told), facts={"evidence": digest})


def lint_inputs(work: Work) -> str:
    """The contracts that it offers, rules and waivers."""
    documents = {name: work.subject.document_digest(name) for name in work.subject.contracts}
    return digest_of(documents, _governed(work))


def lint_contracts(work: Work) -> Outcome:
    """`lint` of every contract that the entity offers, held against the workspace's rules, waivers and baseline."""
    sources = Sources(work.subject.folder)
    verdict = lint(LintAsked(work.subject.contracts), sources, work.show or (lambda _: None))
    verdict = waive_lint(verdict, decisions=None, workspace=work.subject.folder)
    kept: list[dict[str, Any]] = []
    failing: list[str] = []
    for report in verdict.reports:
        for finding in report.findings:
            contract = f"{report.side.api}@{report.side.version}"
            fails = verdict.fails(report, finding)
            kept.append({
                "contract": contract, "rule": finding.rule, "severity": finding.severity.value,
                "message": finding.message, "pointer": finding.pointer_new, "fingerprint": finding.fingerprint,
                "waived": list(finding.waived), "fails": fails,
            })  # fmt: skip
            if fails:
                failing.append(f"{contract}: {finding.message} [{finding.rule} {finding.fingerprint}]")
    waivers = [
        {"name": one.name, "reason": one.waiver.reason, "until": str(one.waiver.until)} for one in verdict.waivers
    ]
    rules = {"rule_set": work.subject.state.rule_set.name, "rules": list(verdict.asked)}
    digest = work.keep("lint", {"findings": kept, "waivers": waivers, **rules})
    told = (*failing[:_TOLD], f"{len(kept)} findings, {len(failing)} of them count; {len(waivers)} waivers in force")
    if failing:
        command = work.command("lint", *work.subject.contracts, environment=False)
        mend = "mend the contract, or have the finding waived: docs/waivers.md"
        return Outcome("negative", told, (command, mend, work.again()))
    return Outcome("done", told, facts={"evidence": digest})


def diff_inputs(work: Work) -> str:
    """The workspace and what is live."""
    return digest_of(work.subject.workspace_digest, _governed(work), base_of(work).digest)


def diff_with_live(work: Work) -> Outcome:
    """What callers will be given otherwise than now. It is for the board: nothing here stops the onboarding."""
    base = base_of(work)
    today = work.now.date()
    if base.written:
        with base_release(base.written) as held:
            compared = compare_states(held.contents, work.subject.state, today)
            waivers = [one for one in held.contents.waivers if one in work.subject.state.waivers]
            whole = waived(compared, waivers, today)
    else:
        whole = waived(compare_states(None, work.subject.state, today), (), today)
    mine = [one for one in whole.changes if is_concerned(work, one)]
    found = {
        "base": base.digest,
        "changes": [
            {
                "kind": one.kind, "name": one.name, "digest": one.digest, "reasons": list(one.reasons) or [one.note],
                "does": sorted(kind.value for kind in one.classes),
                "consumers": sorted(caller.consumer for caller in one.affected),
            }
            for one in mine
        ],
        "waivers": [one.name for one in whole.in_force],
    }  # fmt: skip
    digest = work.keep("diff", found)
    breaking = [one for one in mine if "breaks" in {kind.value for kind in one.classes}]
    told = [f"{one.name}: {one.reasons[0]}" for one in breaking[:_TOLD] if one.reasons]
    against = f"against {base.shown}" if base.written else "nothing is live yet, as far as this node knows"
    told.append(f"{len(mine)} changes of what the entity rests on, {len(breaking)} of them break a caller; {against}")
    return Outcome("done", tuple(told), facts={"evidence": digest})


def is_concerned(work: Work, change: Changed) -> bool:
    """Whether a change is of something that the entity rests on."""
    return change.name in (work.subject.contracts if change.kind == "contract" else work.subject.files)


def _governed(work: Work) -> dict[str, str]:
    """Digests of the rules and waivers that files are judged by."""
    state = work.subject.state
    return {path: digest_of(text.decode("utf-8", "replace")) for path, text in state.files.items()
            if path.startswith(("governance/", "decisions/"))}  # fmt: skip
