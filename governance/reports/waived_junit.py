"""Waivers in JUnit: what one lets pass is skipped; what was found about waivers is a suite of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from contracts.plain import plain
from governance.finding import Severity
from governance.placed import Placed
from governance.reports.junit import attributes, text
from governance.reports.waived import terms_of, told_of
from governance.waiver_files import Decided

_WORDS: Final = {severity: severity.value for severity in Severity}


def skipped(waivers: Sequence[Decided]) -> str:
    """That a case is skipped, and by which waivers."""
    terms = "; ".join(terms_of(one) for one in waivers)
    return f"<skipped{attributes(message=f'waived by {terms}')}/>"


def about_waivers(
    about: Sequence[Placed], fails: Callable[[Placed], bool], number: int, words: Mapping[Severity, str] = _WORDS
) -> str:
    """A suite with a case for each finding about a waiver; `words` are what the command calls severities."""
    cases = [_case(told, words[told.finding.severity], fails=fails(told)) for told in about]
    head = attributes(
        name="waivers", tests=len(cases), failures=sum(map(fails, about)), errors=0, skipped=0, time="0.000", id=number
    )
    return f"  <testsuite{head}>\n{''.join(cases)}  </testsuite>\n"


def _case(told: Placed, word: str, *, fails: bool) -> str:
    head = attributes(name=f"{told.finding.rule} {told.finding.fingerprint}", classname="waivers")
    body = text(told_of(told))
    if not fails:
        return f"    <testcase{head}><system-out>{body}</system-out></testcase>\n"
    kind = attributes(type=f"{word}.{told.finding.rule}", message=plain(told.finding.message))
    return f"    <testcase{head}><failure{kind}>{body}</failure></testcase>\n"
