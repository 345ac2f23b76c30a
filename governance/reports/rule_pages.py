"""Every rule as a page of its own, and the index of them, in Markdown."""

from collections.abc import Iterator
from typing import Final

from governance.diff.rules.table import BY_ID, TABLES
from governance.known_rules import FILE_RULES
from governance.lint.rule_sets import NEWEST
from governance.lint.table import LINT_RULES
from governance.lint.table import TABLES as LINT_TABLES
from governance.lint.words import NAMES
from governance.reports import file_rules, lint_rules, rules, unjudged
from governance.severities import UNJUDGED


def pages() -> dict[str, str]:
    """The page of each rule by the rule's id."""
    return {
        **{name: rules.page_of(rule) for name, rule in BY_ID.items()},
        UNJUDGED: unjudged.page(),
        **{name: lint_rules.page_of(rule) for name, rule in LINT_RULES.items()},
        **{name: file_rules.page_of(name) for name in file_rules.BY_ID},
    }


def index() -> str:
    """All rules with what they weigh, each linked to its page below `rules/`."""
    return "\n".join([_HEAD, *_of_diff(), *_of_lint(), *_of_files()]).rstrip("\n") + "\n"


_HEAD: Final = f"""# The rules

{len(BY_ID)} rules judge the changes between two versions of a contract ([diff.md](diff.md)), {len(LINT_RULES)} judge a
contract by itself ([lint.md](lint.md)), {len(file_rules.BY_ID)} judge files of a workspace. Each has a page: what it
finds, why, what it weighs, an example, and what to do. `tidewaiter explain rule ID` prints the same.
"""
_DIFF: Final = """## Changes between two versions

What changed, how, and in which direction: each place of this grid has one rule; special cases take over where their
reason says so. What other tools judge otherwise, and how to have it their way, is told in
[diff-decisions.md](diff-decisions.md).
"""
_UNTIL_PROVEN: Final = """
Where messages are concerned the severity is that of the rule only until the question is answered: proven to fail is
`breaking`, proven to hold is `info`, what could not be proven is a `warning`.
"""
_NO_CHANGE: Final = """### What no change comes to

These have no rule, for the reason beside them. A change that comes there all the same is found as
[{0}](rules/{0}.md).
"""


def _of_diff() -> Iterator[str]:
    yield from (_DIFF, "| profile | the question |", "|---|---|")
    yield from (f"| `{name}` | {words} |" for name, words in rules.PROFILES.items())
    yield _UNTIL_PROVEN
    for heading, found in TABLES.items():
        yield from (f"### {heading}", "", "| rule | wire | strict | sdk |", "|---|---|---|---|")
        for rule in found:
            weighs = " | ".join(rules.level_words(getattr(rule, name)) for name in rules.PROFILES)
            yield f"| {_link(rule.id)} | {weighs} |"
        yield ""
    yield from (_NO_CHANGE.format(UNJUDGED), "| what | why |", "|---|---|", *rules.holes(), "")


def _of_lint() -> Iterator[str]:
    yield from ("## A contract by itself", "", f"What each weighs is that of the rule set `{NEWEST}`.", "")
    for heading, found in LINT_TABLES.items():
        yield from (f"### {heading}", "", *_WITH_REASON)
        yield from (f"| {_link(rule.id)} | {NAMES[rule.severity]} | {rule.reason} |" for rule in found)
        yield ""


def _of_files() -> Iterator[str]:
    yield from ("## Files of a workspace", "")
    for heading, found in FILE_RULES.items():
        yield from (f"### {heading}", "", *_WITH_REASON)
        yield from (f"| {_link(name)} | {rule.severity.value} | {rule.reason} |" for name, rule in found.items())
        yield ""


_WITH_REASON: Final = ("| rule | weighs | why |", "|---|---|---|")


def _link(name: str) -> str:
    return f"[{name}](rules/{name}.md)"
