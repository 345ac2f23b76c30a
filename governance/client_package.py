"""The files of a client: those of its package, and its change log."""

from collections.abc import Mapping

from codegen.describe import describe
from codegen.description import ClientDescription
from codegen.package import python_files
from codegen.verified import UnfaithfulError
from governance.client_contract import Asked
from governance.client_writing import with_manifest


class UngeneratedError(Exception):
    """A package that cannot be made; the message says why."""


def described(found: Asked) -> ClientDescription:
    """What the client is written from."""
    return describe(found.contract, found.problems)


def package_of(found: Asked, description: ClientDescription) -> Mapping[str, bytes]:
    """Every file by its path. Raises UngeneratedError."""
    try:
        files = python_files(description, found.naming)
    except UnfaithfulError as error:
        raise UngeneratedError(f"the generator of models did not do as asked: {error}") from None
    return with_manifest(
        files, made_by="tidewaiter client", language="python", distribution=found.naming.distribution,
        version=found.naming.version, contract=description.digest,
    )  # fmt: skip
