"""`tidewaiter demo`: the whole group on this machine, and calls that show what happens."""

import signal
import sys
from typing import Annotated

import typer


def command(
    check: Annotated[bool, typer.Option("--check", help="End after the calls; 0 when all were as expected.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The public listener; 0 takes a free one.")] = 8080,
    memory: Annotated[bool, typer.Option("--memory", help="Limits in memory, without a Valkey.")] = False,
) -> None:
    """Start two simulated ERPs, an issuer, a Valkey and the gateway; send calls, print a table, stay until Ctrl-C."""
    from contracts.diagnostic import InvalidInputError
    from governance.demo.example import ExampleMissingError
    from governance.demo.fleet import Fleet
    from governance.demo.process import StartError, free_ports, is_free
    from governance.demo.table import run_calls, tell_curl
    from governance.valkey_server import ValkeyServerError

    if port and not is_free(port):
        print(f"port {port} is taken: choose another with --port N, or --port 0 for a free one", file=sys.stderr)
        raise typer.Exit(2)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    told = False
    try:
        with Fleet(port or free_ports(1)[0], with_valkey=not memory, clients=not check) as fleet:
            wrong = run_calls(fleet)
            told = True
            if not check:
                tell_curl(fleet)
                signal.pause()
    except KeyboardInterrupt:
        raise typer.Exit(0 if told else 130) from None
    except (InvalidInputError, StartError, ExampleMissingError, ValkeyServerError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    raise typer.Exit(1 if check and wrong else 0)


def _interrupt(_number: int, _frame: object) -> None:
    """Once: a second Ctrl-C must not stop the cleaning up."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
