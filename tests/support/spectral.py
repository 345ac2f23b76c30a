"""Rule sets of Spectral's form in a workspace of their own, for tests."""

import hashlib
import json

from linted import document

from contracts import yaml12
from governance.lint.judge import lint
from governance.lint.rule_sets import RuleSet
from governance.lint.settings import LintSettings
from governance.lint.spectral.rules import rules_of
from governance.lint.spectral.sets import PinnedSpectral, read_set

FRONT = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1.0.0"}}


def digest(text):
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def write(folder, text, name="spectral.yaml"):
    """Write a rule set into a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def actives(folder, text, *, without=(), extends=None, name="spectral.yaml"):
    """The rules of a rule set; `extends`: the texts of the files that it extends."""
    write(folder, text, name)
    pins = {}
    for other, inner in (extends or {}).items():
        write(folder, inner, other)
        pins[other] = digest(inner)
    return read_set(PinnedSpectral(file=name, digest=digest(text), extends=pins, without=tuple(without)), folder)


def findings(folder, rule, tree, *, file="", **more):
    """What one rule finds in a document, as (pointer, message); `rule` as YAML, or as a mapping."""
    from governance.diff.side import Side

    body = json.dumps({"rules": {"it": yaml12.parse(rule.encode(), "rule") if isinstance(rule, str) else rule}, **more})
    rules = rules_of(actives(folder, body))
    made = RuleSet("it", {name: one.severity for name, one in rules.items()}, rules)
    report = lint(Side(document({**FRONT, **tree}), "openapi.json"), made, LintSettings(), file=file)
    assert report.limits == ()
    return [(one.pointer_new, one.message) for one in report.findings if one.rule == "spectral:it"]
