"""Findings made by hand, and a comparison that gives them: reports and commands are tested apart from the judging."""

from dataclasses import dataclass, replace
from pathlib import Path

from contracts.document import parse_document
from governance.diff import comparison, reporting
from governance.diff.change import Area, Effect
from governance.diff.report import DiffReport, DiffVerdict, ordered
from governance.diff.side import Side
from governance.finding import Direction, FailingExample, Finding, Proof, Severity, Use
from governance.rules import Example, Rule

OLD = b"""openapi: 3.0.3
info: {title: Orders, version: 1.2.3}
paths:
  /orders:
    post:
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Order'}
components:
  schemas:
    Order:
      type: object
      properties:
        item: {type: string}
        quantity: {type: integer}
"""
NEW = OLD.replace(b"1.2.3", b"1.3.0").replace(
    b"      type: object\n", b"      type: object\n      required: [quantity]\n"
)

USES = tuple(
    Use("POST" if number % 2 else "GET", f"/a{number}", Direction.REQUEST, "request body") for number in range(37)
)
EXAMPLE = FailingExample({"item": "a"}, "request body application/json", "old", "new", '"quantity" is required', "")

BREAKING = Finding(
    "required-narrowed", Severity.BREAKING, "member quantity: must be sent now", Direction.REQUEST, "POST", "/orders",
    "/components/schemas/Order", "/components/schemas/Order/required", False, Proof.PROVEN, EXAMPLE, "0123456789ab", USES,
)  # fmt: skip
UNPROVEN = replace(
    BREAKING, rule="pattern-changed", severity=Severity.WARNING, proof=Proof.UNPROVEN, failing_example=None,
    message="member item: pattern was changed", reason="the patterns could not be compared", fingerprint="0123456789ac",
    reach=USES[:1], pointer_old="/components/schemas/Order/properties/item",
    pointer_new="/components/schemas/Order/properties/item",
)  # fmt: skip
ADDED = replace(
    BREAKING, rule="operation-added", severity=Severity.INFO, failing_example=None, exposes=True, method="GET",
    message="the operation was added", direction=Direction.NONE, path="/orders", fingerprint="0123456789ad",
    reach=(Use("GET", "/orders", Direction.NONE, "operation"),), pointer_old="/paths", pointer_new="/paths/~1orders",
)  # fmt: skip
WORDED = replace(
    ADDED, rule="schema-documentation-changed", exposes=False, message="description was changed",
    fingerprint="0123456789ae",
)  # fmt: skip


def rule(name, kinds, do, area=Area.SCHEMA):
    return Rule(
        name, area, kinds, (Effect.CHANGES,), (Direction.REQUEST,), Severity.INFO, Severity.INFO, Severity.INFO,
        exposes=False, reason=f"Why {name} is judged so.", do=do, example=Example({}, {}), message=lambda _: "",
    )  # fmt: skip


RULES = {
    "required-narrowed": rule("required-narrowed", ("required",), "You must send it."),
    "pattern-changed": rule("pattern-changed", ("pattern",), "You must check what you send."),
    "operation-added": rule("operation-added", ("operation",), "You may now call it.", Area.OPERATION),
    "schema-documentation-changed": rule(
        "schema-documentation-changed", ("title", "description"), "Nothing; read the new text."
    ),
}


def report(*findings, old=OLD, new=NEW, limits=()):
    """A report over two documents that lie in the working tree."""
    sides = [
        Side(parse_document(text, "openapi.yaml"), f"{name}/openapi.yaml", f"{name}/", in_tree=True)
        for name, text in (("old", old), ("new", new))
    ]
    return DiffReport(*sides, ordered(list(findings)), "wire", 0.25, 1, tuple(limits))


def verdict(*findings, **settings):
    """A verdict over one comparison, with the rules of this file."""
    limits = settings.pop("limits", ())
    return DiffVerdict((report(*findings, limits=limits),), rules=RULES, **settings)


@dataclass
class Compared:
    findings: list
    seconds: float = 0.5
    limits: tuple = ()
    operations: int = 1


def install(monkeypatch, compare):
    """Put `compare(old, new, profile, at) -> findings` in the place of the judging, and the rules of this file."""

    def compare_documents(old, new, *, profile, at, settings, contract, progress):
        asked.append((settings, contract))
        return Compared(compare(old, new, profile, at))

    asked = []
    monkeypatch.setattr(comparison, "compare_documents", compare_documents)
    monkeypatch.setattr(reporting, "BY_ID", RULES)
    return asked


def write(folder: Path) -> tuple[Path, Path]:
    """OLD and NEW as files in a folder."""
    old, new = folder / "old.yaml", folder / "new.yaml"
    old.write_bytes(OLD)
    new.write_bytes(NEW)
    return old, new
