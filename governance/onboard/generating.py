"""client: a typed client of each contract that is offered, written and held against a type checker."""

import importlib.util
import subprocess
import sys
from typing import Any, Final

from contracts.diagnostic import InvalidInputError
from contracts.plain import plain
from governance.client_contract import asked as asked_for
from governance.client_package import UngeneratedError, described, package_of
from governance.client_writing import MANIFEST, earlier, write
from governance.onboard.outcome import Outcome
from governance.onboard.subject import digest_of
from governance.onboard.work import Work

_SECONDS: Final = 600
_CACHE: Final = ".tidewaiter/mypy"
"""Of the type checker, for all entities: what clients have in common is read once."""
_TOLD: Final = 6


def client_inputs(work: Work) -> str:
    """The contracts, and how packages are called."""
    settings = work.subject.state.workspace.settings
    documents = {name: work.subject.document_digest(name) for name in work.subject.contracts}
    return digest_of(documents, work.asked.prefix, settings.name, settings.clients.model_dump(mode="json"))


def generate_clients(work: Work) -> Outcome:
    """Write each package and run `mypy --strict` over it. What cannot be generated is told, and kept in the report."""
    if importlib.util.find_spec("mypy") is None or importlib.util.find_spec("httpx2") is None:
        missing = "clients cannot be type-checked: mypy and httpx2 are not installed here"
        return Outcome("unanswered", (missing,), ("pip install 'tidewaiter[governance]'", work.again()))
    kept: list[dict[str, Any]] = []
    wrong: list[str] = []
    work.place.clear(work.place.clients)
    for contract in work.subject.contracts:
        if work.show is not None:
            work.show(f"writing a client of {contract}")
        try:
            row = _one(work, contract)
        except UngeneratedError as error:
            row = {"contract": contract, "reason": str(error), "left_out": []}
        except InvalidInputError as error:
            row = {"contract": contract, "reason": str(error.diagnostics[0].message), "left_out": []}
        kept.append(row)
        if row.get("reason"):
            wrong.append(f"{contract}: {plain(row['reason'])}")
    packages = [one for one in kept if "distribution" in one]
    for one in packages:
        wrong += _checked(work, one["contract"]) if not wrong else []
    digest = work.keep("client", {"clients": kept, "checker": "mypy --strict"})
    told: tuple[str, ...] = (
        *wrong[:_TOLD],
        f"{len(packages)} of {len(kept)} clients written, in {work.place.shown(work.place.clients)}",
    )
    if wrong:
        command = work.command("client", work.subject.contracts[0], "--out", "DIR", environment=False)
        return Outcome("negative", told, (command, "mend the contract, or name it an overlay", work.again()))
    return Outcome("done", told, facts={"evidence": digest})


def _one(work: Work, contract: str) -> dict[str, Any]:
    """Write one package. Raises UngeneratedError, InvalidInputError."""
    found = asked_for(contract, work.subject.folder, work.asked.prefix)
    description = described(found)
    left_out = [{"operation": f"{one.method} {one.path}", "reason": one.reason} for one in description.left_out]
    row: dict[str, Any] = {"contract": contract, "left_out": left_out}
    if not description.operations:
        return {**row, "reason": "no operation can be generated"}
    folder = work.place.clients / contract
    files = package_of(found, description, folder, earlier(folder))
    write(folder, files)
    return {
        **row, "distribution": found.naming.distribution, "version": found.naming.version,
        "operations": len(description.operations), "manifest": digest_of(files[MANIFEST].decode()),
    }  # fmt: skip


def _checked(work: Work, contract: str) -> list[str]:
    """What the type checker says of one package; empty where it finds nothing."""
    if work.show is not None:
        work.show(f"type-checking the client of {contract}")
    folder = (work.place.clients / contract).resolve()
    cache = (work.asked.folder / _CACHE).resolve()
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", "--cache-dir"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            [*command, str(cache), str(folder / "src")], capture_output=True, text=True, timeout=_SECONDS, check=False,
            cwd=folder, env={"MYPYPATH": str(folder / "src"), "PATH": ""},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [f"{contract}: the type checker took more than {_SECONDS} seconds"]
    if done.returncode == 0:
        return []
    return [plain(line) for line in (done.stdout or done.stderr).strip().splitlines()] or ["the type checker failed"]
