"""A description -> every file of its Python package: path -> bytes. Nothing is written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codegen.description import ClientDescription, ProblemType, Scheme
from codegen.doubled import doubled
from codegen.former import NONE, Former
from codegen.models import enums_source, objects_source
from codegen.naming import class_name
from codegen.presented import shown
from codegen.project import project_files
from codegen.python_types import literal
from codegen.rendered import template
from codegen.runtime import errors as runtime_errors
from codegen.texts import in_docstring, one_line, plain_text, wrapped
from contracts.contract import Contract

_NOTE: Final = "# Made by `tidewaiter client` from the contract: write it anew instead of editing it.\n"
_HERE: Final = Path(__file__).parent
_BASES: Final = (
    "BadRequest", "ClientError", "Conflict", "ConnectionFailed", "CredentialError", "Forbidden", "Gone", "NotFound",
    "NotModified", "Place", "PreconditionFailed", "PreconditionRequired", "Problem", "ServerError", "SetupError",
    "StatusError", "TimedOut", "TooManyRequests", "Unauthorized", "Unavailable", "Unprocessable", "UnreadableAnswer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Naming:
    """What a package is called."""

    distribution: str
    """What is installed, such as `meridian-stock`."""
    version: str
    """As PEP 440 wants it."""

    @property
    def module(self) -> str:
        """What is imported, such as `meridian_stock`."""
        return self.distribution.replace("-", "_")


def python_files(
    contract: Contract, description: ClientDescription, naming: Naming, former: Former = NONE
) -> dict[str, bytes]:
    """Every file by its path below the output folder. The same contract gives the same bytes.

    `former`: names that classes go by as well. Raises UnfaithfulError.
    """
    source = f"src/{naming.module}"
    doc = in_docstring(one_line(description.title, 120) or naming.distribution)
    files = {f"{source}/py.typed": b""}
    files.update(_runtime(source))
    text: dict[str, str] = {
        "__init__.py": template("init.py", doc=doc),
        "_package.py": template(
            "package.py", name=literal(naming.distribution), version=literal(naming.version),
            contract=literal(description.digest), schemes=[_scheme(one) for one in description.schemes],
        ),
        "client.py": template(
            "client.py", doc=doc, base_url=literal(description.base_url),
            resources=[_resource(one.name, one.class_name, one.tag, one.text) for one in description.resources],
        ),
        "errors.py": _errors(description.problems),
        "enums.py": enums_source(description.enums, naming.module) or '"""Enumerations: there are none."""\n',
        "choices.py": template(
            "choices.py",
            enums=[
                {"name": one.name, "literals": ", ".join(literal(value) for _, value in one.values)}
                for one in description.enums
            ],
        ),
        "models.py": objects_source(description.received, description.enums, naming.module, sent=False)
        or '"""Objects of answers: there are none."""\n',
        "inputs.py": objects_source(description.sent, description.enums, naming.module, sent=True)
        or '"""Objects of requests: there are none."""\n',
        "resources/__init__.py": '"""Operations, by what they are about."""\n',
    }  # fmt: skip
    for space, names in former.items():
        text[f"{space}.py"] += _aliases(names)
    if former.get("enums"):
        text["choices.py"] += _aliases(former["enums"])
    for one in description.resources:
        resource = _resource(one.name, one.class_name, one.tag, one.text)
        text[f"resources/{one.name}.py"] = template("resource.py", resource=resource, operations=shown(one))
    files.update({f"{source}/{name}": f"{_NOTE}{body.rstrip()}\n".encode() for name, body in text.items()})
    files.update(project_files(description, naming.distribution, naming.version, doubled(contract, description)))
    return dict(sorted(files.items()))


def _aliases(names: Mapping[str, str]) -> str:
    """Former names of classes."""
    return "\n\n" + "".join(f"{name} = {now}\n" for name, now in names.items()) if names else ""


def _runtime(source: str) -> dict[str, bytes]:
    return {
        f"{source}/_runtime/{path.relative_to(_HERE / 'runtime').as_posix()}": path.read_bytes()
        for path in sorted((_HERE / "runtime").rglob("*.py"))
    }


def _resource(name: str, kind: str, tag: str, text: str) -> Mapping[str, str]:
    doc = wrapped("\n\n".join(part for part in (one_line(tag, 80), plain_text(text, 400)) if part), "    ")
    return {"name": name, "class_name": kind, "doc": in_docstring(doc) + ("\n    " if "\n" in doc else "")}


def _scheme(scheme: Scheme) -> str:
    parts = [scheme.name, scheme.kind, scheme.location, scheme.wire, *([scheme.token_url] if scheme.token_url else [])]
    return ", ".join(map(literal, parts))


def _errors(problems: tuple[ProblemType, ...]) -> str:
    rows = [
        {
            "class_name": f"{class_name(one.name).removesuffix('_')}Problem",
            "base": runtime_errors.class_of(one.status).__name__,
            "doc": in_docstring(
                wrapped(f"{one.status}: {plain_text(one.title, 200)}\n\n{plain_text(one.remedy, 600)}", "    ")
                + "\n    "
            ),
            "key": literal(one.name),
        }
        for one in sorted(problems, key=lambda one: one.name)
    ]
    exported = sorted([*_BASES, *(row["class_name"] for row in rows)])
    return template("errors.py", bases=_BASES, problems=rows, exported=exported)
