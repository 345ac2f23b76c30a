"""`make erp-onboard`: entity `mse` on a real Tryton, from candidate to live; then a sale is made through it."""

import argparse
import json
import shutil
import signal
import sys
import time
from pathlib import Path

from erp import Running, StartError
from onboarded import ENTITY, PARTIES, Onboarded

from governance.demo.board import StoppedError

SALE = {
    "party": 2, "reference": "PO-ONBOARDED", "invoice_address": 1, "shipment_address": 1,
    "lines": [["create", [
        {"product": 1, "quantity": 2, "unit": 1, "unit_price": {"__class__": "Decimal", "decimal": "4180.00"}},
    ]]],
}  # fmt: skip


def called(live: Onboarded) -> list[str]:
    """Live calls through the gateway; what was not as expected."""
    faults = []

    def tried(what: str, method: str, target: str, body: object = None) -> object:
        status, _, answer = live.call(method, target, body)
        print(f"{what:32} {status}", flush=True)
        if status != 200:
            faults.append(f"{what}: {status}: {answer[:300].decode(errors='replace')}")
            return {}
        return json.loads(answer)

    tried("parties", "GET", PARTIES)
    sale = tried("a sale is made", "POST", "/tryton-sales/v1/sale.sale?f=number&f=state&f=total_amount", SALE)
    if not faults:
        tried("a quotation of it", "POST", f"/tryton-sales/v1/sale.sale/{sale['id']}/quote")
        tried("its confirmation", "POST", f"/tryton-sales/v1/sale.sale/{sale['id']}/confirm")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=3, help="made-up cases an operation, at most")
    parser.add_argument("--report", type=Path, help="a new folder, into which the onboarding report is copied")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    try:
        with Running() as erp, Onboarded(erp) as live:
            live.board.first_release()
            live.serve()
            before = live.call("GET", PARTIES)[0]
            print(f"\n{ENTITY} is a candidate: a call is answered with {before}", flush=True)
            live.board.onboard(ENTITY, "--examples", str(asked.examples), "--samples", str(live.samples()))
            if asked.report is not None:
                shutil.copytree(live.board.place(ENTITY).report, asked.report)
            live.wait_until_live()
            faults = called(live)
            summary = live.board.summary(ENTITY)
    except KeyboardInterrupt:
        return 130
    except (StartError, StoppedError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, StartError) else 1
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"\n{summary}, in {time.monotonic() - began:.0f} seconds", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
