"""The files of a client: those of its package, and its change log."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from codegen.describe import describe
from codegen.description import ClientDescription
from codegen.former import NONE, Former, former_names, still_free
from codegen.package import python_files
from codegen.typescript.node import MissingToolError
from codegen.typescript.package import narrowed, typescript_files
from codegen.verified import UnfaithfulError
from contracts.diagnostic import InvalidInputError
from contracts.document import parse_document
from governance.client_contract import Asked, examined
from governance.client_history import CHANGES, CONTRACT, changes, contract_bytes
from governance.client_npm import npm_name, semver_of
from governance.client_writing import Written, with_manifest

Language = Literal["python", "typescript"]


class UngeneratedError(Exception):
    """A package that cannot be made; the message says why."""


def described(found: Asked, language: Language = "python") -> ClientDescription:
    """What the client is written from, without what cannot be called in the language."""
    whole = describe(found.contract, found.problems)
    return narrowed(whole) if language == "typescript" else whole


def name_of(found: Asked, language: Language = "python") -> tuple[str, str]:
    """Name and version of the package, as the language's own index wants them."""
    if language == "typescript":
        return npm_name(found.prefix, found.naming.distribution), semver_of(found.stated)
    return found.naming.distribution, found.naming.version


def package_of(
    found: Asked,
    description: ClientDescription,
    folder: Path,
    before: Written | None = None,
    language: Language = "python",
) -> Mapping[str, bytes]:
    """Every file by its path. `before`: what an earlier run wrote to the folder. Raises UngeneratedError."""
    name, version = name_of(found, language)
    former = _former(description, folder, before)
    try:
        if language == "typescript":
            files = typescript_files(found.contract, description, name, version, former)
        else:
            files = python_files(found.contract, description, found.naming, former)
    except UnfaithfulError as error:
        raise UngeneratedError(f"the generator of models did not do as asked: {error}") from None
    except MissingToolError as error:
        raise UngeneratedError(str(error)) from None
    contract = contract_bytes(description.contract)
    files[CONTRACT] = contract
    files[CHANGES] = changes(folder, before, name, version, description.digest, contract)
    return with_manifest(
        files, made_by="tidewaiter client", language=language, distribution=name, version=version,
        contract=description.digest, former=former,
    )  # fmt: skip


def _former(description: ClientDescription, folder: Path, before: Written | None) -> Former:
    """Names that classes had in the package that is there, and in those before it."""
    if before is None or not (folder / CONTRACT).is_file():
        return NONE
    kept: Former = before.manifest.get("former", NONE)
    if before.contract == description.digest:
        return still_free(kept, description)
    try:
        old, _ = examined(parse_document((folder / CONTRACT).read_bytes(), CONTRACT))
    except InvalidInputError:
        return still_free(kept, description)
    return former_names(describe(old), description, kept)
