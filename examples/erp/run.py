"""`make erp`: a real Tryton, tried: signed on, parties listed, a sale made and confirmed. `--stay` leaves it up."""

import argparse
import json
import signal
import sys
import time

from erp import CONTEXT, Running, StartError

SALE = {
    "party": 2,
    "reference": "PO-8101",
    "invoice_address": 1,
    "shipment_address": 1,
    "lines": [["create", [
        {"product": 1, "quantity": 2, "unit": 1, "unit_price": {"__class__": "Decimal", "decimal": "4180.00"}},
    ]]],
}  # fmt: skip
TO_TRY = """
curl -H "Authorization: bearer $(cat {folder}/key)" -H "X-Tryton-Context: {context}" \\
  "{url}/rest/model/sale.sale?s=3&f=number&f=state&f=party.name"

Ctrl-C ends it"""
SHOWN = "?f=number&f=state&f=total_amount&f=shipments.state"


def smoke(erp: Running) -> list[str]:
    """What did not hold."""
    faults = []

    def tried(what: str, expected: int, answer: tuple[int, str, bytes]) -> object:
        status, media, body = answer
        print(f"{what:44} {status} {media}", flush=True)
        if status != expected:
            faults.append(f"{what}: {status} instead of {expected}: {body[:300].decode(errors='replace')}")
            return None
        return json.loads(body) if media == "application/json" else None

    tried("another key", 401, erp.call("GET", "/party.party?s=1", key="0" * 32))
    parties = tried("parties", 200, erp.call("GET", "/party.party?s=100&f=name&f=code"))
    if parties is not None and len(parties) != 9:
        faults.append(f"{len(parties)} parties instead of the nine that were seeded")
    sale = tried("a sale is made", 200, erp.call("POST", f"/sale.sale{SHOWN}", SALE))
    if sale is None:
        return faults
    if sale["total_amount"] != {"__class__": "Decimal", "decimal": "8360.00"}:
        faults.append(f"two pumps at 4180.00 cost {sale['total_amount']}")
    tried("a quotation of it", 200, erp.call("POST", f"/sale.sale/{sale['id']}/quote", {}))
    tried("its confirmation", 200, erp.call("POST", f"/sale.sale/{sale['id']}/confirm", {}))
    read = tried("read again", 200, erp.call("GET", f"/sale.sale/{sale['id']}{SHOWN}"))
    if read is not None and (read["state"], [one["state"] for one in read["shipments"]]) != ("processing", ["waiting"]):
        faults.append(f"after its confirmation the sale is {read}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stay", action="store_true", help="until Ctrl-C, with lines to try")
    stay = parser.parse_args().stay
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    try:
        with Running() as erp:
            print(f"Tryton answers at {erp.url} after {time.monotonic() - began:.0f} seconds", flush=True)
            faults = smoke(erp)
            if stay and not faults:
                print(TO_TRY.format(folder=erp.folder, context=CONTEXT, url=erp.url), flush=True)
                signal.pause()
    except KeyboardInterrupt:
        return 0 if stay else 130
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
