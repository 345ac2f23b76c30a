"""Reloads, killed workers, a rolling restart, a suspension and a drain, all under constant load by many callers.

Judged: no call failed by us; only the calls that stood in a killed worker are lost, at most one a caller and kill; a
limit is not forgotten; a suspension holds in every worker within five seconds and after `kill -9` and restart.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from flows_workspace import key_set, token, write_workspace  # noqa: E402
from processes import Load, Served, kill, patient, until  # noqa: E402
from scripted import Scripted  # noqa: E402

from governance.demo.process import free_ports  # noqa: E402

CALLERS = 8
ORDER = "/orders/v1/orders/4711"


class Rolling:
    """One run; `faults` says what did not hold."""

    def __init__(self, served: Served, upstream: int) -> None:
        self.served = served
        self.upstream = upstream
        self.faults: list[str] = []

    def bearer(self, name: str = "shop") -> dict[str, str]:
        """A fresh token."""
        return {"Authorization": f"Bearer {token(self.upstream, name)}", "Content-Type": "application/json"}

    def load(self) -> Load:
        """Reads and writes on kept connections."""
        headers = self.bearer()
        requests = [("GET", ORDER, headers, None), ("POST", "/orders/v1/orders", headers, b'{"customer": "C"}')]
        return Load(self.served.port, requests, callers=CALLERS, pause=0.002)

    def told(self, what: str, load: Load, most_lost: int = 0) -> None:
        """Judge and tell one part."""
        lost = Counter(load.but(200, 201))
        wrong = sum(count for fate, count in lost.items() if isinstance(fate, int))
        print(f"{what:44} {len(load.fates):7} calls, {sum(lost.values())} lost, {wrong} answered wrongly", flush=True)
        if sum(lost.values()) > most_lost or wrong:
            self.faults.append(f"{what}: {dict(lost)}")

    def reloads(self, count: int) -> None:
        """Each another release; a limit that is used up stays so."""
        daily = self.bearer("daily")
        for _ in range(40):
            self.served.call("GET", ORDER, daily)
        seconds = []
        with self.load() as load:
            for number in range(count):
                self.served.write({**self.served.settings, "cors": {"max_age_seconds": number}})
                began = time.perf_counter()
                status, told = self.served.admin("POST", "/reload")
                seconds.append(time.perf_counter() - began)
                if status != 200:
                    self.faults.append(f"reload {number}: {told}")
        self.told(f"{count} reloads ({max(seconds):.1f} s at most)", load)
        after = {self.served.call("GET", ORDER, daily)[0] for _ in range(20)}
        if after != {429}:
            self.faults.append(f"a limit that was used up before the reloads answered {after}")

    def kills(self, count: int) -> None:
        """One worker at a time, replaced before the next."""
        with self.load() as load:
            for number in range(1, count + 1):
                kill(self.served.worker_pids()[0])
                until(lambda n=number: self.served.metric("tidewaiter_worker_restarts_total") == n, 60)
                until(lambda: self.served.metric("tidewaiter_workers") == self.served.workers, 60)
        self.told(f"{count} killed workers", load, most_lost=count * CALLERS)

    def restart(self) -> None:
        """All workers, one after the other."""
        with self.load() as load:
            status, told = self.served.admin("POST", "/restart")
        if status != 200 or told["cut"]:
            self.faults.append(f"rolling restart: {told}")
        self.told("rolling restart", load)

    def suspension(self) -> None:
        """In every worker, then after a killed parent."""
        began = time.perf_counter()
        self.served.switch("/suspend", "consumer", "shop")
        seconds = time.perf_counter() - began
        met = {self.served.call("GET", ORDER, self.bearer())[0] for _ in range(50)}
        kill(self.served.process.pid)
        self.served.process.wait()
        self.served.start()
        after = {self.served.call("GET", ORDER, self.bearer())[0] for _ in range(50)}
        print(f"suspension: told after {seconds:.2f} s, then {met}; after kill -9 and restart {after}", flush=True)
        if (met, after) != ({403}, {403}) or seconds > 5:
            self.faults.append("the suspension did not hold")
        self.served.switch("/resume", "consumer", "shop")

    def drain(self) -> None:
        """SIGTERM under load; callers stop once /readyz says no, as whoever balances load would."""
        with self.load() as load:
            self.served.process.terminate()
            until(lambda: not self.served.ready())
            time.sleep(0.2)
            load.stop()
        code = self.served.process.wait(60)
        if code:
            self.faults.append(f"the drain ended with {code}")
        self.told("drain", load)


def main() -> int:
    """Exit 0 when all of it held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reloads", type=int, default=50)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    system = Scripted()
    system.jwks = key_set()
    with tempfile.TemporaryDirectory(prefix="tidewaiter-rolling-") as name:
        folder = Path(name) / "ws"
        write_workspace(folder, system.port, free_ports(1)[0])
        patient(folder)
        plans = json.loads((folder / "policies" / "plans.yaml").read_text(encoding="utf-8"))
        plans["plans"]["daily"]["quotas"][0]["requests"] = 2 * chosen.workers  # each worker grants its share
        (folder / "policies" / "plans.yaml").write_text(json.dumps(plans), encoding="utf-8")
        with Served(folder, workers=chosen.workers) as served:
            run = Rolling(served, system.port)
            run.reloads(chosen.reloads)
            run.kills(chosen.kills)
            run.restart()
            run.suspension()
            run.drain()
    system.close()
    for fault in run.faults:
        print(f"FAULT {fault}")
    print("held" if not run.faults else f"{len(run.faults)} faults")
    return 1 if run.faults else 0


if __name__ == "__main__":
    sys.exit(main())
