"""The example's systems behind a gateway, whole, on real sockets.

`TIDEWAITER_FAULTS=s4-eu:down,s4-eu:off` runs each test of a system once for each fault of that system that is named,
with the fault switched on; `off` is none. So it is proven that no fault passes unnoticed: `bench/mutants.py`.
"""

import os
import time

import pytest
from meridian import S4, BusinessCentral, Meridian, QuickFleet

from governance.demo.process import free_ports

FIXTURES = {"s4": "s4-eu", "bc": "bc-us"}


def pytest_generate_tests(metafunc):
    wanted = [entry.partition(":") for entry in os.environ.get("TIDEWAITER_FAULTS", "").split(",") if entry]
    for fixture, system in FIXTURES.items():
        if wanted and fixture in metafunc.fixturenames:
            faults = [(f"{number}-{fault}", fault) for number, (name, _, fault) in enumerate(wanted) if name == system]
            metafunc.parametrize(fixture, [fault for _, fault in faults], ids=[i for i, _ in faults], indirect=True)


@pytest.fixture(scope="session")
def meridian(tmp_path_factory):
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("runtime"))  # a demo that runs keeps its own state file
    try:
        with QuickFleet(free_ports(1)[0], with_valkey=False) as fleet:
            yield Meridian(fleet)
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


def _behaving(system, fault):
    """The system, settled; with a fault switched on, which must then have happened."""
    system.settle()
    if fault != "off":
        system.misbehave(fault)
    yield system
    happened = {asked["fault"] for asked in system.requests()}
    system.control("reset", {})
    if "two-answers" in happened:
        time.sleep(0.1)  # the second of them is on its way
    assert fault in {*happened, "off"}, f"the fault never happened, but {happened}"


@pytest.fixture
def s4(meridian, request):
    yield from _behaving(S4(meridian), getattr(request, "param", "off"))


@pytest.fixture
def bc(meridian, request):
    yield from _behaving(BusinessCentral(meridian), getattr(request, "param", "off"))
