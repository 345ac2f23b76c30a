"""What machines are told where a question could not be answered: the shape of what `check` says."""

from collections.abc import Iterable
from dataclasses import asdict

from contracts.diagnostic import Diagnostic
from governance.json_output import json_output


def as_json(faults: Iterable[Diagnostic]) -> str:
    """`exit_code`, `errors`, `warnings` and `findings`, each with the members that findings of `check` have."""
    findings = [{**asdict(one), "environments": []} for one in faults]
    warnings = sum(one["severity"] == "warning" for one in findings)
    content = {"exit_code": 2, "errors": len(findings) - warnings, "warnings": warnings, "findings": findings}
    return json_output(content)


def of_options(message: str, remedy: str = "") -> Diagnostic:
    """A fault of what was written on the command line, which has no file."""
    return Diagnostic("", "command-line", message, remedy)
