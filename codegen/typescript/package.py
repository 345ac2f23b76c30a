"""A description -> every file of its TypeScript package: path -> bytes. Nothing is written here."""

import contextlib
from dataclasses import replace
from typing import Final

from codegen.description import ClientDescription, LeftOut, Operation
from codegen.doubled import doubled
from codegen.former import NONE, Former
from codegen.typescript.node import Generator
from codegen.typescript.project import COMPILER, project_files
from codegen.typescript.reduced import BODILESS, METHODS, reduced
from codegen.typescript.sources import NOTE, sources
from contracts.contract import Contract

_EMPTY: Final = "fetch sends no body with {method}, and this one is required"


def narrowed(description: ClientDescription) -> ClientDescription:
    """The description without the operations that fetch cannot send."""
    left_out = list(description.left_out)
    resources = []
    for resource in description.resources:
        kept: list[Operation] = []
        for one in resource.operations:
            reason = _unsendable(one)
            if reason:
                left_out.append(LeftOut(one.method, one.path, reason, _pointer(one)))
            else:
                kept.append(one)
        if kept:
            resources.append(replace(resource, operations=tuple(kept)))
    return replace(description, resources=tuple(resources), left_out=tuple(left_out))


def typescript_files(
    contract: Contract,
    description: ClientDescription,
    name: str,
    version: str,
    former: Former = NONE,
    generator: Generator | None = None,
) -> dict[str, bytes]:
    """Every file by its path below the output folder. The same contract gives the same bytes.

    `name`, `version`: as npm wants them. `generator`: one that is there, where many packages are written.
    Raises UnfaithfulError, MissingToolError.
    """
    text = sources(description, name, version, former)
    project = project_files(description, name, version, doubled(contract, description).first_call)
    given = {"package.json": project["package.json"], **text}
    with contextlib.nullcontext(generator) if generator is not None else Generator() as ask:
        made = ask(reduced(description), given, COMPILER, NOTE)
    whole = {**project, **text, **made}
    return {path: (body.rstrip() + "\n").encode() for path, body in sorted(whole.items())}


def _unsendable(operation: Operation) -> str:
    if operation.method not in METHODS:
        return f"there is no way to send {operation.method} with fetch"
    if operation.method in BODILESS and operation.payload is not None and operation.payload.required:
        return _EMPTY.format(method=operation.method)
    return ""


def _pointer(operation: Operation) -> str:
    path = operation.path.replace("~", "~0").replace("/", "~1")
    return f"/paths/{path}/{operation.method.lower()}"
