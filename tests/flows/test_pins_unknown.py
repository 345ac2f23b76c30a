"""No setting for unknown things loosens isolation: what it refuses is refused, and not cut away."""

import pytest
from gateway_thread import GatewayThread, write
from pinned_workspace import PinnedGateway, SharedSystem, write_pinned

SALES = "/sales/v1/Sales"
REFUSED = [
    ('{"Note": "n", "Org": "1720"}', "entity-selector-refused"),
    ('{"Note": "n", "\\u004frg": "1720"}', "entity-selector-refused"),
    ('{"Note": "n", "to_Item": [{"Item": "1", "oRg": "1720"}]}', "entity-selector-refused"),
    ('{"Note": "n", "to_Partner@odata.bind": "Partners(1)"}', "reference-not-proven"),
    ('{"Note": "n", "to_Item": [{"Order": "2", "Item": "10"}]}', "reference-not-proven"),
    ('{"Note": "n", "SalesOffice": "0001"}', "body-not-proven"),
    ('{"Note": "n", "to_Item": [{"Item": "1", "Plant": "2"}]}', "body-not-proven"),
    ('{"Note": "n", "Note": "m"}', "body-not-proven"),
]


class Cutting(PinnedGateway):
    """Everything that is unknown is to be stripped; for `loose` no contract is enforced and nothing must be readable."""

    def __init__(self, folder):
        self.system = SharedSystem()
        write_pinned(folder, self.system.port)
        write(folder, {"policies/modes.yaml": {
            "modes": [{"mode": "off", "consumer": "loose", "reason": "a test"}],
            "unknown": [{"members": "strip", "unchecked": "allow", "reason": "a test"}],
        }})  # fmt: skip
        GatewayThread.__init__(self, folder, {})


@pytest.fixture(scope="module")
def cutting(tmp_path_factory):
    made = Cutting(tmp_path_factory.mktemp("cutting"))
    yield made
    made.close()


@pytest.mark.parametrize(("body", "problem"), REFUSED)
@pytest.mark.parametrize("consumer", ["shop", "loose"])
def test_what_isolation_refuses_is_not_cut_away(cutting, body, problem, consumer):
    cutting.system.reset()

    reply = cutting.call("POST", SALES, "north", body.encode(), consumer)

    contract = {"request-violates-contract"} if problem == "body-not-proven" and consumer == "shop" else set()
    assert reply.problem in {problem} | contract, reply.body
    assert cutting.system.asked == []


@pytest.mark.parametrize("consumer", ["shop", "loose"])
def test_answers_are_stripped_after_they_were_proven(cutting, consumer):
    cutting.system.reset()
    cutting.system.sales["1"]["ZZ_Margin"] = "CANARY-OF-THE-FIELD"

    own = cutting.call("GET", f"{SALES}('1')", consumer=consumer)
    foreign = cutting.call("GET", f"{SALES}('2')", consumer=consumer)

    assert (own.status, own.json["d"]["Note"]) == (200, "north")
    assert b"ZZ_Margin" not in own.body
    assert (foreign.status, foreign.problem) == (404, "record-not-there")
    assert "contract-check" in dict(own.headers)
