"""What single parts of a call cost: the same gateway with and without each, measured in interleaved rounds.

Every variant is a gateway of its own on core 0; load and upstream share core 1, and one variant is loaded at a time.
The ratio is to the first variant of the same round: 1 is no price. Prints the table and writes `docs/prices.md`.
"""

import json
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import rig
import throughput
from throughput import PATHS, ROOT, Round

PAGE = ROOT / "docs" / "prices.md"
SIZES = (50, 200)
"""Lines of larger orders: about 13 and 52 kB; all others have 5."""
Change = Callable[[dict[str, Any]], None]
"""Changes the workspace's files, by name."""


def _as_it_is(_: dict[str, Any]) -> None:
    pass


def _no_capacity(files: dict[str, Any]) -> None:
    files["systems/erp.yaml"] |= {"product": "generic", "capacity": []}


def _on_valkey(files: dict[str, Any]) -> None:
    files["tidewaiter.yaml"]["store"] = {"kind": "redis", "url": "secret:STORE_URL", "timeout_seconds": 1}


def _path_pin(files: dict[str, Any]) -> None:
    contract = files["contracts/orders/1.0.yaml"]
    company = {"name": "company", "in": "path", "required": True, "schema": {"type": "string"}}
    contract["paths"] = {
        f"/companies({{company}}){path}": {**item, "parameters": [company]} for path, item in contract["paths"].items()
    }
    files["entities/one.yaml"]["offers"][0]["pins"] = {"path": {"company": "c1"}, "nested": {"lines": "address"}}


def _record_pin(files: dict[str, Any]) -> None:
    record = {"field": "currencyCode", "value": "USD", "unchanging": True}
    pins = {"record": record, "body": {"currencyCode": "USD"}, "nested": {"lines": "part"}}
    files["entities/one.yaml"]["offers"][0]["pins"] = pins


def _off(files: dict[str, Any]) -> None:
    files["policies/modes.yaml"] = {"modes": [{"mode": "off", "reason": "the price of judging"}]}


def _sampled(files: dict[str, Any]) -> None:
    sampled = {"mode": "enforce", "direction": "answer", "sample": 0.1, "reason": "the price of judging"}
    files["policies/modes.yaml"]["modes"].append(sampled)


def _unknown(what: str, files: dict[str, Any]) -> None:
    files["policies/modes.yaml"]["unknown"] = [{"members": what, "reason": "the price of looking"}]


def _sized(lines: int, files: dict[str, Any]) -> None:
    files["systems/erp.yaml"]["url"] += f"-{lines}"


@dataclass(frozen=True)
class Variant:
    """One gateway. `new_order`: what is sent, where a pin took a member out of the published contract."""

    name: str
    change: Change
    new_order: dict[str, Any]
    workers: int = 1


_UNPINNED = {name: value for name, value in rig.NEW_ORDER.items() if name != "currencyCode"}
VARIANTS = (
    Variant("capacity in memory, no pins, one worker", _as_it_is, rig.NEW_ORDER),
    Variant("without capacity", _no_capacity, rig.NEW_ORDER),
    Variant("limits and capacity on Valkey", _on_valkey, rig.NEW_ORDER),
    Variant("a pinned path segment", _path_pin, rig.NEW_ORDER),
    Variant("a pinned record: every answer proven", _record_pin, _UNPINNED),
    Variant("contracts not enforced", _off, rig.NEW_ORDER),
    Variant("answers judged by a sample of a tenth", _sampled, rig.NEW_ORDER),
    Variant("unknown members refused", partial(_unknown, "refuse"), rig.NEW_ORDER),
    Variant("unknown members stripped", partial(_unknown, "strip"), rig.NEW_ORDER),
    *(Variant(f"orders of {lines} lines", partial(_sized, lines), rig.larger(lines, new=True)) for lines in SIZES),
    Variant("a second worker on the same core", _as_it_is, rig.NEW_ORDER, workers=2),
)


def _workspace(folder: Path, variant: Variant, ports: tuple[int, int, int]) -> None:
    rig.write_workspace(folder, *ports)
    files = {str(path.relative_to(folder)): json.loads(path.read_text()) for path in folder.rglob("*.yaml")}
    variant.change(files)
    for name, data in files.items():
        (folder / name).write_text(json.dumps(data, indent=1), encoding="utf-8")


def run(folder: Path, seconds: int, rounds: int) -> list[Round]:
    """All variants, each round in turn, every second round backwards."""
    from governance.demo.process import free_ports  # noqa: PLC0415 - needs the path set in main
    from governance.valkey_server import start  # noqa: PLC0415

    upstream, store, *ports = free_ports(2 + 2 * len(VARIANTS))
    per_round = len(PATHS) * len(VARIANTS)
    fresh = int(seconds * rounds * per_round * 1500 / throughput.NEW_SHARE)
    tokens, key_set = rig.make_tokens(f"http://127.0.0.1:{upstream}", throughput.HOT_TOKENS + min(fresh, 20_000))
    rig.write_nginx(folder, upstream, upstream, key_set, SIZES)
    found: list[Round] = []
    with ExitStack() as stack:
        valkey = start(store, folder / "valkey")
        stack.callback(valkey.wait)
        stack.callback(valkey.terminate)
        env = {"PYTHONPATH": str(ROOT), "TIDEWAITER_SECRET_KEY_PEPPER": "bench",
               "TIDEWAITER_SECRET_STORE_URL": f"redis://127.0.0.1:{store}"}  # fmt: skip
        nginx = ("nginx", "-p", str(folder), "-c", str(folder / "upstream.conf"))
        stack.enter_context(rig.pinned(1, *nginx, log=folder / "up.log"))
        urls, by_kind = [], []
        for at, variant in enumerate(VARIANTS):
            place = folder / f"v{at}"
            _workspace(place / "ws", variant, (ports[2 * at], ports[2 * at + 1], upstream))
            command = [*rig.gateway_command(place / "ws", place / "access.log"), "--workers", str(variant.workers)]
            stack.enter_context(rig.pinned(0, *command, log=place / "gw.log", env=env))
            urls.append(f"http://127.0.0.1:{ports[2 * at]}")
            by_kind.append(throughput.scripts(place, tokens, variant.new_order))
        throughput.wait(f"http://127.0.0.1:{upstream}/")
        for url, scripts in zip(urls, by_kind, strict=True):
            throughput.wait(url + "/")
            for kind, path in PATHS.items():  # warm: pools, validators, the hot tokens
                throughput.load(url + path, scripts[kind], 1, "", kind)
        for number in range(rounds):
            order = range(len(VARIANTS)) if number % 2 == 0 else reversed(range(len(VARIANTS)))
            for at in order:
                for kind, path in PATHS.items():
                    result = throughput.load(urls[at] + path, by_kind[at][kind], seconds, VARIANTS[at].name, kind)
                    print(f"{result.target:40} {kind:4} {result.rate:7.0f}/s  p50 {result.p50_ms:6.2f} ms  "
                          f"failed {result.failed}", flush=True)  # fmt: skip
                    found.append(result)
    return found


def page(rounds: list[Round], seconds: int) -> tuple[str, bool]:
    """The page, and whether every answer was the expected one."""
    lines = [
        "<!-- Made by `make prices`; do not edit. -->",
        "",
        "# Prices",
        "",
        "What single parts of a call cost: requests a second of the same gateway with one thing changed, divided by",
        f"those of the first row in the same round (median, least to most; {seconds} s a round; all else is as in",
        "[performance](performance.md)). 1 is no price; differences under about 15 % are unproven. All workers share",
        "one core, since load and upstream need the other: the last row is a second worker's cost, not what it brings.",
        "",
        "| variant | GET | POST | not 2xx |",
        "|---|---|---|---|",
    ]
    by_name = {
        (variant.name, kind): [r for r in rounds if (r.target, r.kind) == (variant.name, kind)]
        for variant in VARIANTS for kind in PATHS
    }  # fmt: skip
    for variant in VARIANTS:
        cells = [variant.name]
        for kind in PATHS:
            pairs = zip(by_name[variant.name, kind], by_name[VARIANTS[0].name, kind], strict=True)
            ratios = sorted(one.rate / first.rate for one, first in pairs)
            cells.append(f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})")
        cells.append(str(sum(r.failed for kind in PATHS for r in by_name[variant.name, kind])))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""]), not any(r.failed for r in rounds)


def main() -> int:
    """Write `bench/results/prices.json` and `docs/prices.md`."""
    form = throughput.Form
    return throughput.publish(str(__doc__), "prices", PAGE, form(3, 3), form(8, 7), run, page)


if __name__ == "__main__":
    sys.exit(main())
