"""report: all the evidence in one folder under one digest, for the board."""

from governance.onboard.kept import put_report
from governance.onboard.outcome import Outcome
from governance.onboard.report import write_report
from governance.onboard.subject import digest_of
from governance.onboard.work import Work

EVIDENCE = ("check", "lint", "diff", "fuzz", "client", "limits")
"""The steps that found what is in it, in their order."""


def report_inputs(work: Work) -> str:
    """What each step found, and who asks for what."""
    found = {name: work.fact(name, "evidence") for name in EVIDENCE}
    return digest_of(found, work.subject.contracts, work.asked.environment, work.asked.fuzzed_in)


def make_report(work: Work) -> Outcome:
    """Write the report anew as a whole; the one before stays where a decision names it."""
    digest = write_report(work)
    put_report(work.place, work.place.new_report, digest)
    told = (f"the onboarding report is {digest}", f"{work.place.shown(work.place.report)}/report.html is for people")
    return Outcome("done", told, facts={"report": digest})
