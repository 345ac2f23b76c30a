"""What surrounds the code of a package: its project file, README, tests, and the double's data."""

import json
from collections.abc import Mapping
from typing import Any, Final

from codegen.description import ClientDescription, Operation, Scheme
from codegen.doubled import Doubled
from codegen.first_call import given
from codegen.naming import attribute_name
from codegen.presented import shown
from codegen.python_types import literal
from codegen.rendered import template
from codegen.texts import in_code, in_markdown, one_line

_AUTH: Final[Mapping[str, tuple[str, str]]] = {
    "bearer": ("Token", 'Token(os.environ["TOKEN"])'),
    "key": ("ApiKey", 'ApiKey(os.environ["API_KEY"])'),
    "basic": ("Basic", 'Basic(os.environ["API_USER"], os.environ["API_PASSWORD"])'),
}


def project_files(description: ClientDescription, distribution: str, version: str, made: Doubled) -> dict[str, bytes]:
    """The files beside the code, by path."""
    module = distribution.replace("-", "_")
    wheel = wheel_name(distribution, version)
    about = one_line(description.title, 120)
    files = {
        "pyproject.toml": template(
            "pyproject.toml", name=_toml(distribution), version=_toml(version), source=_toml(f"src/{module}"),
            description=_toml(f"A typed client of {about}" if about else "A typed client"),
        ),
        "README.md": _readme(description, distribution, version, made),
        "tests/test_client.py": template("test_client.py", module=module, paged=b'"iterate":' in made.calls),
        f"src/{module}/testing.py": template(
            "testing.py", url=literal(description.base_url or "https://double.example"), wheel=wheel,
            said=literal(f'the double needs the extra of this package: pip install "./{wheel}[testing]"'),
        ),
    }  # fmt: skip
    written = {name: (text.rstrip() + "\n").encode() for name, text in files.items()}
    return {**written, "tests/calls.json": made.calls, f"src/{module}/double.json": made.double}


def wheel_name(distribution: str, version: str) -> str:
    """The file that is installed (PyPA's binary distribution format)."""
    return f"{distribution.replace('-', '_')}-{version}-py3-none-any.whl"


def _toml(text: str) -> str:
    """A basic string of TOML; its escapes are JSON's."""
    return json.dumps(text, ensure_ascii=True)


def _readme(description: ClientDescription, distribution: str, version: str, made: Doubled) -> str:
    first = made.first_call
    kinds = [scheme.kind for scheme in description.schemes]
    if first is not None and first[0].security:
        by_name = {scheme.name: scheme.kind for scheme in description.schemes}
        kinds = [by_name[name] for name in first[0].security[0] if name in by_name]
    auth = next((_AUTH[kind] for kind in kinds if kind in _AUTH), None)
    address = "" if description.base_url else '"https://host/api/v1"'
    auth_given = "" if auth is None else f"{', ' if address else ''}auth={auth[1]}"
    return template(
        "README.md",
        distribution=distribution,
        module=distribution.replace("-", "_"),
        version=version,
        wheel=wheel_name(distribution, version),
        example=description.operations[0].name if description.operations else "",
        title=in_markdown(description.title),
        digest=description.digest,
        base_url=address,
        base_url_known=in_code(description.base_url),
        auth_import="" if auth is None else f", {auth[0]}",
        auth_given=auth_given,
        first=None if first is None else _first(*first),
        paged=_paged(description, made),
        schemes=[_scheme(one) for one in description.schemes],
        operations=[_row(one) for one in description.operations],
        left_out=[
            {"call": in_code(f"{one.method} {one.path}"), "reason": in_markdown(one.reason)}
            for one in description.left_out
        ],
    )


def _first(operation: Operation, arguments: Mapping[str, Any]) -> dict[str, str]:
    call = f"client.{operation.resource}.{operation.name}({given(arguments)})"
    return {"code": f"print({call})", "async_code": f"print(await {call})"}


def _paged(description: ClientDescription, made: Doubled) -> dict[str, str] | None:
    for resource in description.resources:
        for one, operation in zip(shown(resource), resource.operations, strict=True):
            required = [argument for argument in operation.arguments if argument.required]
            if one.iterate_name and (not required or (made.first_call and made.first_call[0] is operation)):
                arguments = made.first_call[1] if required and made.first_call else {}
                return {
                    "resource": resource.name, "iterate": one.iterate_name, "item": "record",
                    "arguments": given(arguments),
                }  # fmt: skip
    return None


def _scheme(scheme: Scheme) -> str:
    kinds = {
        "bearer": "a bearer token", "basic": "a name and a password",
        "key": f"a key, as {scheme.location} `{in_code(scheme.wire)}`",
        "other": "something that this client has no part for",
    }  # fmt: skip
    said = f"`{in_code(scheme.name)}`: {kinds[scheme.kind]}"
    if scheme.token_url:
        said += f"; tokens come from `{in_code(scheme.token_url)}`"
    return f"{said}. {in_markdown(scheme.text)}".rstrip()


def _row(operation: Operation) -> dict[str, str]:
    return {
        "resource": operation.resource, "name": operation.name,
        "call": in_code(f"{operation.method} {operation.path}").replace("|", "\\|"),
        "text": in_markdown(operation.summary or attribute_name(operation.id).replace("_", " ")),
    }  # fmt: skip
