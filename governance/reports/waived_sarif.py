"""Waivers in SARIF: a suppression of what one lets pass, and a run of its own for what was found about waivers."""

from collections.abc import Callable, Sequence
from typing import Any

from contracts.plain import plain
from governance.diff.side import Place
from governance.placed import Placed
from governance.reports.sarif import LEVELS, location, message, physical, tool
from governance.reports.waived import place_of, terms_of, told_of
from governance.waiver_files import Decided
from governance.waiver_rules import RULES


def suppression(one: Decided) -> dict[str, Any]:
    """The waiver by which a result is suppressed, with its terms and its place."""
    line, column = one.source.place("")
    place = Place(one.source.file, line, column, in_tree=True)
    return {
        "kind": "external",
        "status": "accepted",
        "justification": plain(terms_of(one)),
        "location": {"physicalLocation": physical(place)},
        "properties": {"waiver": one.name, "until": one.waiver.until.isoformat(), "owner": one.waiver.owner},
    }


def about_waivers(about: Sequence[Placed], fails: Callable[[Placed], bool], exit_code: int) -> dict[str, Any]:
    """A run of what was found about waivers."""
    ids = sorted({told.finding.rule for told in about})
    return {
        "tool": tool([_rule(name) for name in ids]),
        "invocations": [{"executionSuccessful": True, "exitCode": exit_code}],
        "automationDetails": {"id": "waivers/"},
        "columnKind": "unicodeCodePoints",
        "results": [_told(told, ids, fails=fails(told)) for told in about],
    }


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "fullDescription": {"text": message(rule.reason)},
        "help": {"text": message(f"{rule.reason} {rule.do}")},
    }


def _told(told: Placed, ids: list[str], *, fails: bool) -> dict[str, Any]:
    return {
        "ruleId": told.finding.rule,
        "ruleIndex": ids.index(told.finding.rule),
        "level": LEVELS[told.finding.severity],
        "message": {"text": message(told_of(told))},
        "locations": [location(place_of(told), told.finding.pointer_new)],
        "partialFingerprints": {"tidewaiterFinding/v1": told.finding.fingerprint},
        "properties": {"fails": fails},
    }
