"""The files of a client: those of its package, and its change log."""

from collections.abc import Mapping
from pathlib import Path

from codegen.describe import describe
from codegen.description import ClientDescription
from codegen.former import NONE, Former, former_names, still_free
from codegen.package import python_files
from codegen.verified import UnfaithfulError
from contracts.diagnostic import InvalidInputError
from contracts.document import parse_document
from governance.client_contract import Asked, examined
from governance.client_history import CHANGES, CONTRACT, changes, contract_bytes
from governance.client_writing import Written, with_manifest


class UngeneratedError(Exception):
    """A package that cannot be made; the message says why."""


def described(found: Asked) -> ClientDescription:
    """What the client is written from."""
    return describe(found.contract, found.problems)


def package_of(
    found: Asked, description: ClientDescription, folder: Path, before: Written | None = None
) -> Mapping[str, bytes]:
    """Every file by its path. `before`: what an earlier run wrote to the folder. Raises UngeneratedError."""
    naming = found.naming
    former = _former(description, folder, before)
    try:
        files = python_files(found.contract, description, naming, former)
    except UnfaithfulError as error:
        raise UngeneratedError(f"the generator of models did not do as asked: {error}") from None
    contract = contract_bytes(description.contract)
    files[CONTRACT] = contract
    files[CHANGES] = changes(
        folder, before, naming.distribution, naming.version, description.digest, contract
    )  # fmt: skip
    return with_manifest(
        files, made_by="tidewaiter client", language="python", distribution=naming.distribution,
        version=naming.version, contract=description.digest, former=former,
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
