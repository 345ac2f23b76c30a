"""What surrounds the code of a TypeScript package: its manifest, the compiler's settings, the README."""

import json
from collections.abc import Mapping
from typing import Any, Final

from codegen.description import ClientDescription, Operation, Scheme
from codegen.naming import attribute_name
from codegen.rendered import template
from codegen.texts import in_code, in_markdown, one_line
from codegen.typescript.reduced import BODILESS
from codegen.typescript.sources import literal

COMPILER: Final[Mapping[str, Any]] = {
    "target": "ES2022", "module": "NodeNext", "moduleResolution": "NodeNext",
    "lib": ["ES2022", "DOM", "DOM.Iterable", "DOM.AsyncIterable"], "types": [], "rootDir": "src", "outDir": "lib",
    "declaration": True, "strict": True, "noUncheckedIndexedAccess": True, "noImplicitOverride": True,
    "noImplicitReturns": True, "noUnusedLocals": True, "noUnusedParameters": True, "verbatimModuleSyntax": True,
    "isolatedModules": True, "isolatedDeclarations": True, "skipLibCheck": True, "newLine": "lf",
}  # fmt: skip
"""How a package is compiled, here and by its own `npm run build`."""
FETCHER: Final = ("openapi-fetch", "0.17.0")
_TYPESCRIPT: Final = "5.9.3"
_NODE: Final = ">=18.18"
_SETTINGS: Final[Mapping[str, str]] = {
    "bearer": 'token: "..."', "key": 'apiKey: "..."', "basic": 'basic: { user: "...", password: "..." }',
}  # fmt: skip


def project_files(
    description: ClientDescription, name: str, version: str, first: tuple[Operation, Mapping[str, Any]] | None
) -> dict[str, str]:
    """The files beside the code, by path."""
    about = one_line(description.title, 120)
    manifest = {
        "name": name, "version": version, "description": f"A typed client of {about}" if about else "A typed client",
        "type": "module", "sideEffects": False, "main": "./lib/index.js", "types": "./lib/index.d.ts",
        "exports": {
            ".": {"types": "./lib/index.d.ts", "default": "./lib/index.js"}, "./package.json": "./package.json",
        },
        "files": ["lib", "src", "CHANGELOG.md"], "engines": {"node": _NODE},
        "publishConfig": {"access": "restricted"}, "scripts": {"build": "tsc"},
        "dependencies": dict([FETCHER]), "devDependencies": {"typescript": _TYPESCRIPT},
    }  # fmt: skip
    return {
        "package.json": json.dumps(manifest, indent=2, ensure_ascii=True) + "\n",
        "tsconfig.json": json.dumps({"compilerOptions": COMPILER, "include": ["src"]}, indent=2) + "\n",
        "README.md": _readme(description, name, version, first),
    }


def _readme(
    description: ClientDescription, name: str, version: str, first: tuple[Operation, Mapping[str, Any]] | None
) -> str:
    kinds = [scheme.kind for scheme in description.schemes]
    if first is not None and first[0].security:
        by_name = {scheme.name: scheme.kind for scheme in description.schemes}
        kinds = [by_name[scheme] for scheme in first[0].security[0] if scheme in by_name]
    settings = [] if description.base_url else ['baseUrl: "https://host/api/v1"']
    settings += [_SETTINGS[kind] for kind in kinds if kind in _SETTINGS][:1]
    return template(
        "typescript/README.md",
        name=name,
        scope=name.partition("/")[0],
        version=version,
        title=in_markdown(description.title),
        digest=description.digest,
        base_url_known=in_code(description.base_url),
        settings=f" {', '.join(settings)} " if settings else "",
        known=description.enums[0].name if description.enums else "",
        packed=f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz",
        first="" if first is None else _call(*first),
        schemes=[_scheme(one) for one in description.schemes],
        operations=[_row(one) for one in description.operations],
        bodiless=[
            in_code(f"{one.method} {one.path}")
            for one in description.operations
            if one.payload is not None and one.method in BODILESS
        ],
        left_out=[
            {"call": in_code(f"{one.method} {one.path}"), "reason": in_markdown(one.reason)}
            for one in description.left_out
        ],
    )


def _call(operation: Operation, arguments: Mapping[str, Any]) -> str:
    """A call as it is written; `arguments` by their names in Python."""
    places: dict[str, dict[str, Any]] = {}
    for one in operation.arguments:
        if one.name in arguments:
            places.setdefault(one.location, {})[one.wire] = arguments[one.name]
    given = f", {{ params: {literal(places)} }}" if places else ""
    return f"{operation.method}({literal(operation.path)}{given})"


def _scheme(scheme: Scheme) -> str:
    kinds = {
        "bearer": "a bearer token: `token`", "basic": "a name and a password: `basic`",
        "key": f"a key, sent as {scheme.location} `{in_code(scheme.wire)}`: `apiKey`",
        "other": "something that this client has no part for",
    }  # fmt: skip
    said = f"`{in_code(scheme.name)}`: {kinds[scheme.kind]}"
    if scheme.token_url:
        said += f"; tokens come from `{in_code(scheme.token_url)}`"
    return f"{said}. {in_markdown(scheme.text)}".rstrip()


def _row(operation: Operation) -> dict[str, str]:
    return {
        "call": in_code(f"client.{operation.method}({literal(operation.path)})").replace("|", "\\|"),
        "text": in_markdown(operation.summary or attribute_name(operation.id).replace("_", " ")),
    }  # fmt: skip
