"""What can be found about waivers: by id how much it weighs, why, and what to do. None of it can be waived."""

from collections.abc import Mapping
from typing import Final

from governance.finding import Severity
from governance.lifecycle.rules import LifeRule

_BREAKING, _WARNING = Severity.BREAKING, Severity.WARNING

RULES: Final[Mapping[str, LifeRule]] = {
    "waiver-too-wide": LifeRule(
        _BREAKING,
        "What lets everything pass is no exception: nobody decided on what it covers. It lets nothing pass.",
        "Name what is meant: the api, the rule, and paths or versions.",
    ),
    "waiver-ended": LifeRule(
        _BREAKING,
        "Its last day has passed, and what it let pass is still there. Running traffic is not touched.",
        "Mend what it let pass, or have it decided anew in a new file.",
    ),
    "waiver-ends-soon": LifeRule(
        _WARNING,
        "In 30, 7 or 1 day what it lets pass will count again.",
        "Mend what it lets pass, or have it decided anew in a new file.",
    ),
    "waiver-too-long": LifeRule(
        _WARNING,
        "An exception that lasts longer than a year is a rule that nobody wrote down as one.",
        "Set the severity in governance/lint.yaml, or let it end sooner.",
    ),
    "waiver-unmatched": LifeRule(
        _WARNING,
        "What it let pass is gone, or it names another place: it could let something pass that nobody has seen.",
        "Take it out, or correct what it names.",
    ),
    "waiver-edited": LifeRule(
        _BREAKING,
        "What was decided is decided otherwise, and those who approved it may not know.",
        "Have it decided anew in a new file, and leave the old one as it was.",
    ),
    "waiver-added": LifeRule(
        _WARNING,
        "The change that is judged brings the waiver by which it passes.",
        "Let those who approve the change look at it, too.",
    ),
}
