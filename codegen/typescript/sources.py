"""A description -> the TypeScript sources of its package, but for the types that the generator writes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from codegen.description import Argument, ClientDescription, Operation, Outcome, Payload, ProblemType, Scheme
from codegen.former import Former
from codegen.rendered import template
from codegen.shapes.shape import EnumShape
from codegen.texts import one_line
from codegen.typescript.reduced import BODILESS, said

NOTE: Final = "// Made by `tidewaiter client` from the contract: write it anew instead of editing it.\n"
_HERE: Final = Path(__file__).parent


def sources(description: ClientDescription, name: str, version: str, former: Former) -> dict[str, str]:
    """Every source by its path below the package, `src/schema.ts` excepted."""
    made = {
        "contract.ts": template(
            "typescript/contract.ts", name=literal(name), version=literal(version),
            contract=literal(description.digest), base_url=literal(description.base_url),
            schemes=[literal(_scheme(one)) for one in description.schemes],
            operations=[literal(_operation(one)) for one in description.operations],
        ),
        "client.ts": template("typescript/client.ts", title=one_line(said(description.title), 120) or name),
        "index.ts": template("typescript/index.ts"),
        "problems.ts": _problems(description.problems),
        "enums.ts": _enums(description.enums) + _aliases("enums", former.get("enums", {})),
        "models.ts": _types("models", [one.name for one in description.received], "Objects of answers.")
        + _aliases("models", former.get("models", {})),
        "inputs.ts": _types("inputs", [one.name for one in description.sent], "Objects that are sent.")
        + _aliases("inputs", former.get("inputs", {})),
    }  # fmt: skip
    files = {f"src/{path}": f"{NOTE}{text.rstrip()}\n" for path, text in made.items()}
    for path in sorted((_HERE / "runtime").glob("*.ts")):
        files[f"src/runtime/{path.name}"] = NOTE + path.read_text(encoding="utf-8")
    return dict(sorted(files.items()))


def literal(value: Any) -> str:
    """A JSON value as an expression of TypeScript; nothing of its texts is more than text."""
    return json.dumps(value, ensure_ascii=True)


def _scheme(scheme: Scheme) -> dict[str, str]:
    return {"name": scheme.name, "kind": scheme.kind, "in": scheme.location, "wire": scheme.wire}


def _operation(operation: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "method": operation.method, "path": operation.path,
        "parameters": [_parameter(one) for one in operation.arguments],
    }  # fmt: skip
    if operation.payload is not None and operation.method not in BODILESS:
        made["body"] = _body(operation.payload)
    made["answers"] = [_answer(one) for one in operation.successes]
    made["security"] = None if operation.security is None else [list(group) for group in operation.security]
    return made


def _parameter(argument: Argument) -> dict[str, Any]:
    flags = {
        "explode": argument.explode, "required": argument.required, "reserved": argument.allow_reserved,
        "json": argument.json,
    }  # fmt: skip
    said_of = {"name": argument.wire, "in": argument.location, "style": argument.style}
    return {**said_of, **{name: True for name, given in flags.items() if given}}


def _body(payload: Payload) -> dict[str, Any]:
    parts = [
        {"name": one.wire, "type": one.content_type, "style": one.style, "explode": one.explode}
        for one in payload.parts
    ]
    return {"type": payload.media_type, "kind": payload.kind, "required": payload.required, "parts": parts}


def _answer(outcome: Outcome) -> dict[str, str]:
    made = {"status": outcome.status, "kind": str(outcome.kind)}
    return made if outcome.shape is None else {**made, "type": outcome.media_type}


def _problems(problems: Sequence[ProblemType]) -> str:
    rows = [{"key": literal(one.name), "doc": said(one.title), "status": one.status} for one in problems]
    return template("typescript/problems.ts", problems=sorted(rows, key=lambda row: str(row["key"])))


def _enums(enums: Sequence[EnumShape]) -> str:
    rows = [
        {
            "name": one.name, "doc": one_line(said(one.text)),
            "values": [(literal(key), literal(value)) for key, value in one.values],
        }
        for one in enums
    ]  # fmt: skip
    return template("typescript/enums.ts", enums=rows)


def _types(space: str, names: Sequence[str], doc: str) -> str:
    return template("typescript/types.ts", space=space, names=names, doc=doc)


def _aliases(space: str, names: Mapping[str, str]) -> str:
    """Former names."""
    lines = [f"export type {name} = {now};\n" for name, now in names.items()]
    if space == "enums":
        lines += [f"export const {name}: typeof {now} = {now};\n" for name, now in names.items()]
    return "\n" + "".join(lines) if lines else ""
