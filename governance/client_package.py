"""The files of a client: those of its package, and its change log."""

from collections.abc import Mapping
from pathlib import Path

from codegen.describe import describe
from codegen.description import ClientDescription
from codegen.package import python_files
from codegen.verified import UnfaithfulError
from governance.client_contract import Asked
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
    try:
        files = python_files(found.contract, description, naming)
    except UnfaithfulError as error:
        raise UngeneratedError(f"the generator of models did not do as asked: {error}") from None
    contract = contract_bytes(description.contract)
    files[CONTRACT] = contract
    files[CHANGES] = changes(
        folder, before, naming.distribution, naming.version, description.digest, contract
    )  # fmt: skip
    return with_manifest(
        files, made_by="tidewaiter client", language="python", distribution=naming.distribution,
        version=naming.version, contract=description.digest,
    )  # fmt: skip
