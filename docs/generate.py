"""Writes the reference pages from what they describe; `--check` fails where one is not current."""

import argparse
import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from contracts.model import ID_PATTERN, VERSION_PATTERN  # noqa: E402
from gateway.problems import PROBLEMS  # noqa: E402
from governance.file_kinds import PLACED  # noqa: E402
from governance.reports import rule_pages  # noqa: E402
from policies import order  # noqa: E402

NAMED = 10
"""How many pages that are not current are named."""
MADE = "<!-- Made by `make docs`; do not edit. -->\n\n"


def first_lines(thing: object) -> str:
    """The first sentence of a docstring."""
    return inspect.cleandoc(inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def order_page() -> str:
    """The steps in the order in which a call meets them."""
    lines = [
        MADE + "# The order of the steps",
        "",
        "This order is the order on the wire; it is read from `policies/order.py`. The front comes before it: wire,",
        "forwarded, limit per address, path, preflight, identify, select.",
        "",
        "| # | step | what it does | what it refuses |",
        "|---|---|---|---|",
    ]
    steps = [*order.ROUTE, order.JOINT, *order.SYSTEM]
    for number, step in enumerate(steps, 1):
        module = inspect.getmodule(step)
        refused = ", ".join(f"[{p.name}](problems.md#{p.name})" for p in step.refuses) or "nothing"
        lines.append(f"| {number} | `{module.__name__}.{step.__name__}` | {first_lines(module)} | {refused} |")
    lines.append(f"| {len(steps) + 1} | transport | One exchange with the system. | "
                 + ", ".join(f"[{p.name}](problems.md#{p.name})" for p in order.TRANSPORT_REFUSES) + " |")  # fmt: skip
    return "\n".join(lines) + "\n"


def problems_page() -> str:
    """Every problem type."""
    lines = [
        MADE + "# Problem types",
        "",
        "Everything that the gateway itself refuses is a problem detail (RFC 9457) of one of these types.",
        "The gateway serves each as a page under `/-/problems/`. What a system's own business refuses (a 400 of SAP)",
        "is none of these: it passes in the form that the contract declares, and is judged by it like any answer.",
        "",
    ]
    for problem in sorted(PROBLEMS.values(), key=lambda p: (p.status, p.name)):
        lines += [f"## {problem.name}", "", f"**{problem.status}** {problem.title}.", "", problem.remedy, ""]
    return "\n".join(lines)


def kind_of(schema: Mapping[str, object], defs: Mapping[str, Mapping[str, object]]) -> str:
    """What a field holds, in words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        inner = defs.get(name, {})
        return f"[{name}](#{name.lower()})" if "properties" in inner else kind_of(inner, defs)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            parts = [kind_of(s, defs) for s in schema[key] if s.get("type") != "null"]  # type: ignore[attr-defined]
            return " or ".join(dict.fromkeys(parts))
    if "enum" in schema:
        return ", ".join(f"`{v}`" for v in schema["enum"])  # type: ignore[attr-defined]
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}), defs)}"  # type: ignore[arg-type]
    if schema.get("type") == "object":
        return map_of(schema, defs)
    return str(schema.get("format") or schema.get("type", "any"))


def map_of(schema: Mapping[str, object], defs: Mapping[str, Mapping[str, object]]) -> str:
    """A map: from what to what."""
    known = {ID_PATTERN: "id", VERSION_PATTERN: "version"}
    for pattern, held in schema.get("patternProperties", {}).items():  # type: ignore[attr-defined]
        return f"map from {known.get(pattern, 'name')} to {kind_of(held, defs)}"
    extra = schema.get("additionalProperties")
    return f"map from name to {kind_of(extra, defs) if isinstance(extra, dict) else 'anything'}"


def default_of(field: Mapping[str, object], defs: Mapping[str, Mapping[str, object]]) -> str:
    """What holds where the field is left out."""
    default = field.get("default")
    if default is None or default in ("", {}, []):
        return "none"
    part = defs.get(str(field.get("$ref", "")).rsplit("/", 1)[-1], {}).get("properties", {})
    if isinstance(default, dict) and isinstance(part, dict):
        # Where only what the part says itself stands there, the part's own table tells it.
        default = {name: value for name, value in default.items() if value != part.get(name, {}).get("default")}
        if not default:
            return "the defaults of the part"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def cell(text: str) -> str:
    """Text inside a table."""
    return text.replace("|", "&#124;")


def table(schema: Mapping[str, object], defs: Mapping[str, Mapping[str, object]]) -> list[str]:
    """The fields of one model."""
    required = schema.get("required", [])
    lines = ["| field | holds | where left out | meaning |", "|---|---|---|---|"]
    for name, field in schema.get("properties", {}).items():  # type: ignore[attr-defined]
        default = "**required**" if name in required else default_of(field, defs)  # type: ignore[operator]
        lines.append(f"| `{name}` | {cell(kind_of(field, defs))} | {cell(default)} | {cell(field['description'])} |")
    return lines


WORKSPACE_HEAD = """# The files of a workspace

How entities are kept apart is told in [pins.md](pins.md), what stands outside the workspace's git in
[node.md](node.md).

`tidewaiter schema KIND` prints the JSON Schema of each. `tidewaiter schema --write` puts all of them into `.schemas/`,
and maps them to these files in `.vscode/settings.json`, where other settings stay as they are: VS Code with the YAML
extension then completes and checks while you type. Commit both; `tidewaiter schema --check` ends with 1 where they are
not those of the installed version. Other editors with the YAML language server read a first line such as
`# yaml-language-server: $schema=../.schemas/entity.schema.json`; so do files that lie elsewhere, such as a baseline of
lint.
"""


def workspace_page() -> str:
    """Every file that people write."""
    lines = [MADE + WORKSPACE_HEAD]
    seen: dict[str, Mapping[str, object]] = {}
    for name, kind in PLACED.items():
        schema = kind.model.model_json_schema()
        defs = schema.get("$defs", {})
        seen.update(defs)
        lines += [f"## {kind.where}", "", first_lines(inspect.getmodule(kind.model)), "", f"Kind: `{name}`.", ""]
        lines += [*table(schema, defs), ""]
    lines += ["# Parts", ""]
    for name in sorted(name for name, part in seen.items() if "properties" in part):
        said = str(seen[name].get("description", "")).split("\n\n")[0].replace("\n", " ")
        lines += [f"## {name}", "", said, "", *table(seen[name], seen), ""]
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """Every generated page by its path below docs/."""
    return {
        "order.md": order_page(),
        "problems.md": problems_page(),
        "rules.md": MADE + rule_pages.index(),
        "workspace.md": workspace_page(),
        **{f"rules/{name}.md": MADE + text for name, text in rule_pages.pages().items()},
    }


def left_over(made: Mapping[str, str]) -> list[Path]:
    """Pages of rules that are gone."""
    return [path for path in sorted((DOCS / "rules").glob("*.md")) if f"rules/{path.name}" not in made]


def main() -> int:
    """Write the pages, or say which are not current (exit 1)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is not current")
    check = parser.parse_args().check
    made = pages()
    gone = left_over(made)
    stale = [name for name, text in made.items() if not _is_current(DOCS / name, text)]
    if not check:
        (DOCS / "rules").mkdir(exist_ok=True)
        for name in stale:
            (DOCS / name).write_text(made[name], encoding="utf-8")
        for path in gone:
            path.unlink()
        return 0
    stale += [path.relative_to(DOCS).as_posix() for path in gone]
    if stale:
        more = f" and {len(stale) - NAMED} more" if len(stale) > NAMED else ""
        print(f"not current: {', '.join(stale[:NAMED])}{more}; run `make docs`", file=sys.stderr)
    return 1 if stale else 0


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
