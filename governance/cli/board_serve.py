"""`tidewaiter board serve`: the board's pages, on an origin of their own."""

from pathlib import Path
from typing import Annotated

import typer

from contracts.plain import plain
from governance.cli.board_ground import Folder, RootFile, fail, ground, mark
from governance.terminal import say

_DEFAULT_PORT = 8700


def serve(
    workspace: Folder = Path(),
    trust: RootFile = None,
    host: Annotated[str, typer.Option(help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = _DEFAULT_PORT,
    origin: Annotated[
        str | None,
        typer.Option("--origin", metavar="URL", help="What browsers call it; http://localhost:PORT without."),
    ] = None,
    reports: Annotated[
        list[Path] | None,
        typer.Option("--reports", metavar="DIR", help="Where reports lie that decisions name; may be given again."),
    ] = None,
) -> None:
    """Serve the board's pages until Ctrl-C: read, discuss, and paste what you signed where your key is.

    No private key comes near it. Under any other name than its origin's it answers nothing; elsewhere than on this
    machine it needs an https origin, whose TLS somebody in front of it ends.

    Exit codes: 0 told to stop, 2 the workspace or the trust root cannot be used, or the address cannot be bound.
    """
    import asyncio
    import signal
    import sys

    import uvloop

    from contracts.diagnostic import InvalidInputError
    from governance.web.app import BoardPages
    from governance.web.ground import Place
    from governance.web.origin import parse_origin
    from governance.web.serve import bound, serve_pages

    try:
        found, _ = ground(workspace, trust)
        mark(found)
        where = parse_origin(origin) if origin else None
        listening = bound(host, port)
        where = where or parse_origin(f"http://localhost:{listening.getsockname()[1]}")
        pages = BoardPages(Place(workspace, trust, where, tuple(reports or ())))
    except InvalidInputError as error:
        raise fail(error) from None
    except ValueError as error:
        say(f"tidewaiter board: --origin: {plain(str(error))}")
        raise typer.Exit(2) from None

    text = where.text

    def ready() -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve_pages(stop, pages, listening, ready)

    uvloop.run(main())
