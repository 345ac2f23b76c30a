"""A gateway in processes of its own that serves the releases of a node."""

import subprocess

from processes import ROOT, TIDEWAITER, Served, until

from governance.demo.process import free_ports

ORDERS = "/sales/v1/orders"


class Gateway(Served):
    """`tidewaiter serve HOME --releases` of a node."""

    def __init__(self, node, workers=2):
        self.node, self.folder, self.workers, self.process = node, node.home, workers, None
        self.port, self.health = free_ports(2)
        node.edit(
            "environments/prod.yaml", "health: {host: 127.0.0.1}", f"health: {{host: 127.0.0.1, port: {self.health}}}"
        )
        node.edit("tidewaiter.yaml", "bounds:", "drain: {wait_seconds: 0.2, calls_seconds: 5}\nbounds:")
        self.errors, self.log = node.folder / "serve.err", node.folder / "access.log"

    def start(self, wait=True):
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [*TIDEWAITER, "serve", str(self.folder), "--releases", "-e", "prod", "--no-clients", "--port", str(self.port),
                 "--workers", str(self.workers), "--access-log", str(self.log)],
                stdout=subprocess.DEVNULL, stderr=errors, cwd=ROOT,
            )  # fmt: skip
        if wait:
            until(lambda: self.process.poll() is not None or self.ready(), 60)
            assert self.process.poll() is None, self.errors.read_text()
        return self

    def refused(self):
        """Start it; what it says as it ends."""
        before, self.workers = len(self.errors.read_text()), 1
        self.start(wait=False)
        assert self.process.wait(60) == 2
        return self.errors.read_text()[before:]

    @property
    def release(self):
        return self.admin("GET", "/status")[1]["release"]

    def order(self):
        return self.call("GET", ORDERS, {"X-API-Key": self.node.started.key})
