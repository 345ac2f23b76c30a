"""Makes the calls, prints the table, and tells what to try by hand."""

import shutil
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from governance.demo.calls import SALES, WRITE, Caller
from governance.demo.fleet import Fleet
from governance.demo.refusals import REFUSALS
from governance.demo.successes import SUCCESSES


def run_calls(fleet: Fleet) -> int:
    """Make every call; returns how many answers were not the expected ones."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    table = Table(title=f"Meridian behind {fleet.url}", title_justify="left", box=None, pad_edge=False)
    for name in ("", "call", "answer", "why"):
        table.add_column(name, overflow="fold")
    caller = Caller(fleet)
    wrong = 0
    for row in (*SUCCESSES, *REFUSALS):
        reply, fault = row.judge(caller)
        wrong += bool(fault)
        said = f"{reply.status} {reply.problem}".rstrip() if reply else "none"
        mark = Text("NO", "bold red") if fault else Text("ok", "green")
        table.add_row(mark, Text(row.name), Text(said), Text(f"{fault}: {row.why}" if fault else row.why))
        if fault and reply:
            table.add_row("", "", Text(reply.body.decode("utf-8", "replace")[:300], "dim"), "")
    console.print(table)
    total = len(SUCCESSES) + len(REFUSALS)
    console.print(f"\n{total - wrong} of {total} answers as expected", style="bold", highlight=False)
    return wrong


def tell_curl(fleet: Fleet) -> None:
    """Lines to paste into another terminal."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print("\nTry it yourself, in another terminal:\n")
    tidewaiter = "tidewaiter" if shutil.which("tidewaiter") else sys.argv[0]
    console.print(f'  TOKEN=$({tidewaiter} token webshop --scope "{WRITE}")')
    call = f"curl -i -H 'X-Entity: mde' -H \"Authorization: Bearer $TOKEN\" {fleet.url}{SALES}"
    console.print(f"  {call}/A_SalesOrder?%24top=2")
    console.print(f"  {call}/A_SalesOrder%28%274711%27%29")
    console.print(f"  curl -i -H 'X-API-Key: {fleet.keys['portal']}' '{fleet.url}/stock/v1/stock?material=PUMP-40'")
    console.print(f"  curl -s http://127.0.0.1:{fleet.ports['health']}/metrics")
    console.print(f"\nPortal: {fleet.url}/ in a browser; sign in at {fleet.url}/-/sign-in with that token or that key")
    console.print(f"Problem types: {fleet.url}/-/problems/    access log: {fleet.folder / 'access.log'}")
    console.print("Ctrl-C ends it and leaves nothing behind.")
