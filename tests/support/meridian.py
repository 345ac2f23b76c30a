"""The example behind a gateway with short timeouts, and its two systems as a test sees them: called and looked into."""

import json
import re
import time
from itertools import count

from governance.demo.calls import CENTRAL, SALES, Caller
from governance.demo.fleet import Fleet

COMPANIES = {"mna": "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410", "mca": "a07c5d18-3f62-4b9e-9d40-2c8e6f1b7a55"}
"""Of the entities that share Business Central: what only the gateway says, and nobody sees."""
FIRST_BYTE_SECONDS = 0.7
TIMEOUTS = {
    "connect_seconds": 1, "first_byte_seconds": FIRST_BYTE_SECONDS, "idle_seconds": 0.5, "total_seconds": 1.2,
    "operation_seconds": 2,
}  # fmt: skip
LONGEST_SECONDS = 2.5
"""No answer takes longer, whatever a system does: its total timeout, twice for a read whose connection was stale."""

HOSTS = ("vhcala4hci.dmz.example", "bc-internal.example", "elsewhere.example", "mail.dmz.example", "10.1.2.3")
BANNERS = ("sap netweaver", "microsoft-httpapi", "sap-processing-info", "x-ms-server-name", "bc-internal", "4.0.30319")
COOKIES = ("canary-cookie", "jsessionid", "sap_sessionid", "sap-usercontext", "x-csrf-token", "set-cookie")
LEAKS = (*HOSTS, *BANNERS, *COOKIES, *COMPANIES.values(), "technical_user")


class QuickFleet(Fleet):
    """The demo's fleet with other settings: short timeouts, no breaker, and plans that no test uses up."""

    def _write_environment(self, workspace):
        super()._write_environment(workspace)
        path = workspace / "environments" / "demo.yaml"
        written = json.loads(path.read_text())
        for system in written["systems"].values():
            system["timeouts"] = TIMEOUTS
            system["capacity"] = []  # one test's 429 must not hold up the next
        path.write_text(json.dumps(written))
        for name in ("s4-eu", "bc-us"):
            described = workspace / "systems" / f"{name}.yaml"
            described.write_text(described.read_text() + "\nbreaker: null\n")  # nearly every call here fails
        plans = workspace / "policies" / "plans.yaml"
        wide = {"rates": [{"name": "per-minute", "requests": 100_000, "window_seconds": 60}]}
        starter = {"rates": [{"name": "per-minute", "requests": 4, "window_seconds": 60}]}
        plans.write_text(json.dumps({"plans": {"standard": wide, "starter": starter}}))


class Meridian:
    """Calls as the web shop, and what each left in the access log."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.caller = Caller(fleet)
        self._bearer = self.caller.bearer("webshop")
        self._numbers = count(1)

    def call(self, method, path, entity, body=None, **headers):
        """The answer; its access line as `line`, and how long it took as `seconds`."""
        mark = f"meridian-{next(self._numbers)}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        began = time.monotonic()
        reply = self.caller.call(
            method, path, {**self._bearer, "X-Entity": entity, "X-Correlation-ID": mark, **named}, body
        )
        return Told(reply, mark, time.monotonic() - began, self)

    def line(self, mark):
        """The access line of a call, as soon as it is written."""
        for _ in range(200):
            for line in (self.fleet.folder / "access.log").read_text().splitlines():
                if mark in line:
                    return json.loads(line)
            time.sleep(0.01)
        raise AssertionError(f"no access line for {mark}")

    def leaks_in(self, said):
        """Which of the systems' hosts, cookies and banners, and which of the gateway's secrets, stand in a text."""
        said = re.sub(r"%2e", ".", said.lower())
        hidden = [*LEAKS, *(f":{self.fleet.ports[name]}" for name in ("s4-eu", "bc-us"))]
        made = {name: value for name, value in self.fleet.secrets.items() if len(value) > 20}
        return [w for w in hidden if w in said] + [name for name, value in made.items() if value.lower() in said]


class Told:
    """An answer, and what is told of it."""

    def __init__(self, reply, mark, seconds, meridian):
        self.status, self.headers, self.body = reply.status, reply.headers, reply.body
        self.json, self.problem = reply.json, reply.problem
        self.seconds, self._mark, self._meridian = seconds, mark, meridian

    @property
    def line(self):
        return self._meridian.line(self._mark)

    def leads(self, link):
        """Path and query of a link to the gateway; fails for any other."""
        path = self._meridian.caller.path_of(link)
        assert path, f"leads elsewhere: {link}"
        return path

    def leaks(self):
        """What of the systems stands in head or body."""
        return self._meridian.leaks_in(f"{self.headers}{self.body.decode('utf-8', 'replace')}")


class System:
    """One simulated system: calls that reach it, what it has kept, what it was asked."""

    def __init__(self, meridian, name, entity, base, orders):
        self.meridian, self.name = meridian, name
        self._entity, self._base, self._orders = entity, base, orders

    def call(self, method, path, body=None, **headers):
        return self.meridian.call(method, path if path.startswith("/") else f"{self._base}/{path}", self._entity, body,
                                  **headers)  # fmt: skip

    def control(self, path, body=None):
        return self.meridian.fleet.control(self.name, path, body)

    def misbehave(self, fault, times=-1, **order):
        self.control("misbehave", {"fault": fault, "times": times, **order})

    def orders(self):
        """How many orders it has."""
        return self.control("state")["rows"][self._orders]

    def requests(self):
        """What it was asked since the last `settle`."""
        return self.control("requests")["requests"]

    def asked(self, method):
        """The statuses of its answers to a method; 0 where it wrote to the connection itself."""
        return [asked["status"] for asked in self.requests() if asked["method"] == method]

    def settle(self):
        """It behaves, the gateway has signed on to it, and nothing is remembered of that."""
        self.control("reset", {})
        self.warm()
        self.control("reset", {})


ORDER = {
    "SalesOrderType": "OR", "DistributionChannel": "10",
    "OrganizationDivision": "00", "SoldToParty": "17100001", "PurchaseOrderByCustomer": "PO-1",
    "to_Item": [{"Material": "PUMP-40", "RequestedQuantity": "2"}],
}  # fmt: skip


class S4(System):
    """S/4HANA: sales orders of `mde`."""

    def __init__(self, meridian):
        super().__init__(meridian, "s4-eu", "mde", SALES, "A_SalesOrder")

    def read(self, **headers):
        return self.call("GET", "A_SalesOrder('4711')", **headers)

    def write(self, **changes):
        return self.call("POST", "A_SalesOrder", {**ORDER, **changes})

    def warm(self):
        """A session for writing is there."""
        assert self.write().status == 201


class BusinessCentral(System):
    """Business Central: sales orders of one of its companies."""

    def __init__(self, meridian, entity="mna"):
        super().__init__(meridian, "bc-us", entity, CENTRAL, "salesOrders")

    def read(self, **headers):
        return self.call("GET", "salesOrders?$top=3", **headers)

    def write(self, **changes):
        return self.call("POST", "salesOrders", {"customerNumber": "10000", **changes})

    def warm(self):
        """A token is there."""
        assert self.read().status == 200
