"""`tidewaiter mock CONTRACT`: serve a contract with answers that are made up, until Ctrl-C."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.counted import counted
from contracts.plain import plain
from governance.terminal import say

if TYPE_CHECKING:
    from gateway.mock.front import Mocked
    from governance.mock_contract import Chosen

_MOST_TOLD = 20


def command(
    contract: Annotated[
        str, typer.Argument(metavar="CONTRACT", help="A document or its folder; api@version with --workspace.")
    ],
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", metavar="DIR", help="Where api@version is found.")
    ] = None,
    host: Annotated[str, typer.Option(help="Where it listens; elsewhere than on loopback anybody may call.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 4010,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Generated answers differ by seed, and are the same for one.")
    ] = None,
    dynamic: Annotated[bool, typer.Option("--dynamic", help="Generate answers although there are examples.")] = False,
    security: Annotated[
        bool, typer.Option("--security/--no-security", help="Whether a credential must be there; any value is taken.")
    ] = True,
    cors: Annotated[bool, typer.Option("--cors", help="Let pages of any browser origin call it.")] = False,
    access_log: Annotated[Path | None, typer.Option(help="Where access lines go; none are written else.")] = None,
) -> None:
    """Serve a contract: examples or generated answers that keep to it; requests are judged as the gateway does.

    With `Prefer` a call asks for more: code=404, example=NAME, dynamic=true, seed=7, delay=250. Exit codes: 0 told to
    stop, 2 the contract cannot be read or the address cannot be bound.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.mock.front import MockSettings
    from governance.mock_contract import contract_of, version_of

    named = workspace is not None
    try:
        chosen = version_of(contract, workspace) if workspace is not None else contract_of(Path(contract))
        api, _, version = contract.partition("@") if named else ("mock", "", "1.0")
        asked = MockSettings(seed, dynamic, security, cors, api, version, chosen.protocol)
        _serve(chosen, asked, (host, port), access_log)
    except InvalidInputError as error:
        for fault in error.diagnostics:
            say(plain(str(fault)))
        if not named and "@" in contract and not Path(contract).exists():
            say("tidewaiter mock: api@version needs --workspace DIR")
        raise typer.Exit(2) from None


def _serve(chosen: "Chosen", asked: object, address: tuple[str, int], access_log: Path | None) -> None:
    import asyncio
    import contextlib
    import signal
    import sys

    import uvloop

    from gateway.mock.front import MockSettings
    from gateway.mock.serve import serve_mock

    assert isinstance(asked, MockSettings)

    def ready(url: str, mocked: "Mocked") -> None:
        _tell(chosen, mocked)
        sys.stdout.write(url + "\n")
        sys.stdout.flush()

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        with contextlib.ExitStack() as files:
            log = None if access_log is None else files.enter_context(access_log.open("a", encoding="utf-8"))
            await serve_mock(stop, chosen.contract, asked, address, ready, log)

    uvloop.run(main())


def _tell(chosen: "Chosen", mocked: "Mocked") -> None:
    """What it is, and what of the contract is not as it would be behind a gateway."""
    contract = chosen.contract
    mocked_count = len(contract.operations) - len(mocked.left_out)
    say(
        plain(
            f"This is a mock of {contract.title} {contract.stated_version}: its answers are made up, nothing is kept."
        )
    )
    are = "is" if mocked_count == 1 else "are"
    say(f"{counted(mocked_count, 'operation')} {are} mocked, {len(mocked.left_out)} not")
    if mocked.open:
        stating = counted(mocked.open, "operation states", "operations state")
        say(f"{stating} no security: mocked as if open, and a gateway serves none of that")
    told = [f"{fault}" for fault in chosen.faults]
    told += [f"{one.method} {one.path} is not mocked: {one.reason}" for one in mocked.left_out]
    for line in told[:_MOST_TOLD]:
        say(plain(line))
    if len(told) > _MOST_TOLD:
        say(f"and {len(told) - _MOST_TOLD} more")
