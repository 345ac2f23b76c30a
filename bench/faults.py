"""Two proofs about faults of systems. Labelled answers: what the profiles make of them, as confusion matrices.

Faulty calls: a gateway before a system that fails in every way it can; whatever it answers, no order is written twice,
no write is sent again unless the answer before proved that nothing was written, and `effect` is never wrong. Counted
at the system, by markers that are in one call only.
"""

import argparse
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fault_matrix import print_matrix
from fault_system import ANYWHERE, OF_PRODUCT, FaultSystem, proven

from governance.demo.process import Child, free_ports
from policies.keys import new_key
from policies.unknown_effects import unknown_effects

PEPPER = "a pepper of the proof"
THREADS = 12
TEXT = {"type": "string"}
ORDER = {"type": "object", "required": ["id"], "properties": {"id": TEXT}}


@dataclass(frozen=True)
class Seen:
    """One call as its caller saw it."""

    marker: str
    write: bool
    status: int
    problem: str
    effect: str


def contract() -> dict[str, object]:
    """One write, one read."""
    answers = {status: {"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}}
               for status in ("201", "200", "400", "404", "409")}  # fmt: skip
    marker = {"name": "id", "in": "path", "required": True, "schema": TEXT}
    return {
        "openapi": "3.1.0", "info": {"title": "Orders", "version": "1.0"},
        "paths": {
            "/orders": {"post": {"operationId": "createOrder", "security": [{"key": []}], "responses": answers,
                                 "requestBody": {"content": {"application/json": {"schema": ORDER}}}}},
            "/orders/{id}": {"get": {"operationId": "getOrder", "security": [{"key": []}], "parameters": [marker],
                                     "responses": answers}},
        },
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
    }  # fmt: skip


def write_workspace(folder: Path, upstream: int, port: int, health: int) -> str:
    """A system a product, an entity each; returns the key."""
    url = f"http://127.0.0.1:{upstream}"
    key, entry = new_key("tw", PEPPER, time.time(), 1)
    secret = {"value": "s"}
    credentials: dict[str, dict[str, object]] = {
        "business-central": {"credential": {"type": "oauth2", "token_url": f"{url}/token",
                                            "client_id": "secret:CLIENT", "client_secret": "secret:CLIENT"}},
        "sap-s4hana": {"csrf": {"fetch_path": "/csrf"}},
    }  # fmt: skip
    files: dict[str, object] = {
        "tidewaiter.yaml": {"name": "faults", "public_url": f"http://127.0.0.1:{port}", "public": {"port": port},
                            "health": {"port": health},
                            "address_limit": {"requests": 1_000_000, "window_seconds": 1, "failures": 1_000_000}},
        "contracts/orders/api.yaml": {"title": "Orders", "owner": "x", "visibility": "partner",
                                      "versions": {"1.0": {"stage": "active"}}},
        "contracts/orders/1.0.yaml": contract(),
        "policies/plans.yaml": {"plans": {"wide": {"concurrency": 1000}}},
        "consumers/shop.yaml": {"name": "Shop", "owner": "x@example.com", "plan": "wide", "audience": "partner",
                                "entities": list(OF_PRODUCT), "credentials": [entry.model_dump(mode="json")]},
        ".tidewaiter/node.yaml": {"secrets": {"KEY_PEPPER": {"value": PEPPER}, "CLIENT": secret}},
    }  # fmt: skip
    for product in OF_PRODUCT:
        files[f"systems/{product}.yaml"] = {
            "owner": "x", "url": url, "product": product, "capacity": [], **credentials.get(product, {}),
            "timeouts": {"first_byte_seconds": 0.6, "total_seconds": 3, "operation_seconds": 5},
            "retries": {"share": 1, "reserve": 1000, "first_wait_seconds": 0.01},
            "breaker": {"failure_share": 0.9},
        }  # fmt: skip
        files[f"entities/{product}.yaml"] = {"name": product, "country": "DE", "owner": "x", "stage": "onboarded",
                                             "offers": [{"contract": "orders@1.0", "system": product}]}  # fmt: skip
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return key


def start(folder: Path, port: int) -> Child:
    """A gateway as its users start it."""
    command = [sys.executable, "-m", "governance.cli.main", "serve", str(folder), "--no-clients"]
    root = str(Path(__file__).resolve().parent.parent)
    gateway = Child("gateway", command, folder / "gateway.log", {**os.environ, "PYTHONPATH": root})
    gateway.wait_for_port(port)
    return gateway


def plan_calls(count: int) -> Iterator[tuple[str, str, bool]]:
    """(entity, marker, is a write): every fault as often as any other, slow ones seldom."""
    dice = random.Random(7)
    for number in range(count):
        product = dice.choice(list(OF_PRODUCT))
        faults = [*ANYWHERE, *OF_PRODUCT[product], *OF_PRODUCT[product]]
        fault = dice.choice(faults)
        if fault == "slow" and dice.random() < 0.9:
            fault = "429"
        yield product, f"{number:07}.{fault}", dice.random() < 0.8


def call(connection: http.client.HTTPConnection, key: str, entity: str, marker: str, *, write: bool) -> Seen:
    """One call."""
    headers = {"X-API-Key": key, "X-Entity": entity, "Content-Type": "application/json"}
    if write:
        connection.request("POST", "/orders/v1/orders", json.dumps({"id": marker}), headers)
    else:
        del headers["Content-Type"]
        connection.request("GET", f"/orders/v1/orders/{marker}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    told = json.loads(body) if "problem+json" in answer.headers.get("content-type", "") else {}
    return Seen(marker, write, answer.status, told.get("type", "").rsplit("/", 1)[-1], told.get("effect", ""))


def run_calls(port: int, key: str, count: int) -> list[Seen]:
    """All calls, from some threads."""
    seen: list[Seen] = []
    failed: list[str] = []
    calls = plan_calls(count)
    lock = threading.Lock()

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        while True:
            with lock:
                planned = next(calls, None)
            if planned is None:
                return
            try:
                seen.append(call(connection, key, planned[0], planned[1], write=planned[2]))
            except (OSError, http.client.HTTPException) as error:
                failed.append(f"{planned}: {type(error).__name__}")
                connection.close()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        print(f"{len(failed)} calls got no answer: {failed[:3]}")
    return seen


def judge(seen: list[Seen], system: FaultSystem) -> list[str]:
    """What is wrong."""
    wrong: list[str] = []
    for one in seen:
        came, written = system.came.get(one.marker, []), system.written[one.marker]
        if not one.write:
            continue
        if written > 1:
            wrong.append(f"{one.marker}: written {written} times, came as {came}")
        wrong += [f"{one.marker}: sent again after {name}" for name in came[:-1] if not proven(name)]
        effect = one.effect or ("applied" if one.status < 300 else "none")
        if effect != "unknown" and (effect == "applied") != (written == 1):
            wrong.append(f"{one.marker}: told {one.status} {one.problem} {effect}, written {written}, came as {came}")
        if one.problem in ("", "answer-violates-contract") and one.status in (408, 429, 500, 502, 503, 504):
            wrong.append(f"{one.marker}: the system's {one.status} went through")
    return wrong


def main() -> int:
    """Exit 0 when both hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--state", type=Path, help="keep the workspace and its ledger here")
    chosen = parser.parse_args()
    misjudged = print_matrix()
    system = FaultSystem()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.state or Path(temporary)
        port, health = free_ports(2)
        key = write_workspace(folder, system.port, port, health)
        gateway = start(folder, port)
        started = time.monotonic()
        try:
            seen = run_calls(port, key, chosen.calls)
        finally:
            gateway.stop()
        seconds = time.monotonic() - started
        listed = unknown_effects(folder / ".tidewaiter" / "ledger.sqlite", limit=1_000_000)
    wrong = judge(seen, system)
    unknown = [one for one in seen if one.write and one.effect == "unknown"]
    if len(listed) != len(unknown):
        wrong.append(f"{len(unknown)} writes were told with an unknown effect, the ledger lists {len(listed)}")
    if len(seen) != chosen.calls:
        wrong.append(f"{chosen.calls - len(seen)} calls got no answer")
    problems = Counter(one.problem or str(one.status) for one in seen)
    writes = [one for one in seen if one.write]
    again = sum(len(system.came.get(one.marker, [])) > 1 for one in writes)
    print(f"\n{len(seen)} calls in {seconds:.0f} s: {dict(problems.most_common())}")
    print(f"effects told: {dict(Counter(o.effect or 'in the answer' for o in writes))}")
    for line in wrong[:20]:
        print(f"WRONG  {line}")
    twice = sum(system.written[o.marker] > 1 for o in writes)
    print(
        f"{len(writes)} writes, {again} sent again, {twice} written twice, {len(unknown)} of unknown effect, "
        f"{len(wrong)} wrong"
    )
    return 1 if wrong or misjudged or not again else 0


if __name__ == "__main__":
    sys.exit(main())
