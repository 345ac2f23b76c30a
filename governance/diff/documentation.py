"""Which findings are about documentation only: nothing in them changes a message or generated code."""

from typing import Final

from governance.finding import Finding, Severity
from governance.rules import Rule

_KINDS: Final = frozenset((
    "title", "description", "summary", "examples", "example", "externalDocs", "xml", "extension", "info", "tag",
    "operation-tag",
))  # fmt: skip


def is_documentation(finding: Finding, rule: Rule | None) -> bool:
    """Whether a finding is `info` of a rule that looks at words for people, examples and extensions only."""
    if finding.severity is not Severity.INFO or finding.exposes or rule is None:
        return False
    return _KINDS.issuperset(rule.kinds)
