"""The change log of a client: what changed in its contract from one package to the next, for those who use it."""

from pathlib import Path
from typing import Any, Final

from contracts.diagnostic import InvalidInputError
from contracts.document import parse_document
from contracts.document_text import as_json
from governance.client_writing import Written

CHANGES: Final = "CHANGELOG.md"
CONTRACT: Final = "contract.json"
"""The published contract, as the package was made from it."""
_HEAD: Final = "# Changes of {name}\n\nWhat changed in the contract from one package to the next.\n"


def contract_bytes(tree: Any) -> bytes:
    """The contract as it stands in a package."""
    return (as_json(tree, indent=1) + "\n").encode()


def changes(folder: Path, before: Written | None, name: str, version: str, digest: str, contract: bytes) -> bytes:
    """The change log with what is new on top; the same bytes where the contract is the same."""
    head = _HEAD.format(name=name)
    older = ""
    if before is not None and (folder / CHANGES).is_file():
        text = (folder / CHANGES).read_text(encoding="utf-8")
        if before.contract == digest:
            return text.encode()
        older = text.removeprefix(head)
    body = "The first package of this contract.\n"
    if before is not None and (folder / CONTRACT).is_file():
        body = _compared((folder / CONTRACT).read_bytes(), contract)
    return f"{head}\n## {version}\n\nContract `{digest}`.\n\n{body}{older}".encode()


def _compared(old: bytes, new: bytes) -> str:
    """What changed between two contracts, as Markdown below a second heading."""
    from governance.diff.consumers import changelog  # noqa: PLC0415 - comparing takes its time to load
    from governance.diff.reporting import compare_sides, rules_by_id  # noqa: PLC0415
    from governance.diff.side import Side  # noqa: PLC0415
    from governance.reports.changelog import as_markdown  # noqa: PLC0415
    from governance.severities import DiffSettings  # noqa: PLC0415

    try:
        sides = [Side(parse_document(text, CONTRACT), CONTRACT) for text in (old, new)]
    except InvalidInputError:
        return "The contract of the package before cannot be read any more.\n"
    log = changelog(compare_sides(sides[0], sides[1], profile="wire", at=None, settings=DiffSettings()), rules_by_id())
    lines = as_markdown(log).splitlines()[1:]  # its title says what the heading here says
    return "\n".join(f"##{line}" if line.startswith("#") else line for line in lines).strip() + "\n"
