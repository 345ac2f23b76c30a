"""A generated TypeScript client runs an order's way through the real gateway to a simulated ERP."""

import os
from pathlib import Path

import pytest
from meridian import QuickFleet
from typescript_client import Packages, compiled, needed, ran

from governance.demo.process import free_ports

pytestmark = pytest.mark.timeout(180)  # compilers on a busy machine
FLOW = Path(__file__).parent / "order_flow.ts"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What the program saw, which was compiled strictly before."""
    needed()
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("runtime"))
    try:
        with QuickFleet(free_ports(1)[0], with_valkey=False) as fleet:
            with Packages(tmp_path_factory.mktemp("typescript")) as packages:
                for name in ("sales-orders@1.1", "stock@1.1"):
                    packages.add(name, fleet.folder / "workspace")
            assert compiled(packages, order_flow=FLOW.read_text()) == ""
            issuer = f"http://127.0.0.1:{fleet.ports['issuer']}/token"
            yield ran(packages, "order_flow", GATEWAY=fleet.url, ISSUER=issuer, KEY=fleet.keys["portal"])
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


def test_an_order_is_listed_placed_read_changed_and_withdrawn(seen):
    assert seen["listed"] == 3
    assert seen["number"].isdigit()
    assert (seen["correlation"], seen["version"]) == ("order-flow-1", "1.1")
    assert (seen["before"], seen["changed"], seen["after"]) == ("PO-77", [204, True], "PO-78")
    assert seen["gone"] == 204
    assert (seen["again"]["status"], seen["unchanged"]["status"], seen["missing"]["status"]) == (412, 304, 404)


def test_what_is_wrong_is_told_with_its_places(seen):
    assert seen["wrong"]["kind"] == "request-violates-contract"
    assert (seen["wrong"]["effect"], seen["wrong"]["places"]) == ("none", [["/to_Item/0/RequestedQuantity", "pattern"]])
    assert "two" not in seen["wrong"]["message"]


def test_a_token_that_is_refused_is_asked_for_once_more(seen):
    assert seen["asked"] == [None, "old.token.nobody-takes"]
    assert seen["events"][:2] == ["GET /A_SalesOrder 401 invalid-token", "GET /A_SalesOrder 200 "]


def test_a_deprecated_version_is_told_once(seen):
    (notice,) = seen["notices"]
    assert "2027" in notice["sunset"]
    assert notice["version"].startswith("1.0")


def test_a_key_opens_what_it_is_for_and_nothing_is_sent_without(seen):
    assert set(seen["stock"]) == {"PUMP-40"}
    assert seen["unasked"].startswith("SetupError: GET /stock/{material} asks for `token` or `apiKey`")
    assert seen["raw"] == '{"d":'
