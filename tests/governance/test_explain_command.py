"""`tidewaiter explain call`: what it prints, and how it ends."""

import json
from contextlib import closing

from policies.suspension_ledger import SuspensionLedger

SHOP = ("--consumer", "shop", "--scope", "orders.read")


def told(command, workspace, *arguments, code=0):
    got, out, err = command("explain", "call", *arguments, "--workspace", workspace.folder, "--format", "json")
    assert got == code, (out, err)
    return json.loads(out)


def places(content, step):
    (found,) = [one for one in content["steps"] if one["step"] == step]
    return [(held.get("file", ""), held.get("line", 0), held["what"]) for held in found["holds"]]


GOLDEN = """\
GET /orders/v1/orders/7 by shop
it reaches the system

entity     north
api        orders 1.1
operation  getOrder
system     erp-north
sends      first for the gateway's own need: a token or a session
answers    api-version: 1.1
answers    deprecation: @1769817600
answers    sunset: Fri, 31 Jul 2099 00:00:00 GMT
answers    link: <https://api.harbour.example/orders/v2>; rel="successor-version"

STEP                       FROM                              WHAT HOLDS
limit per address  passes  tidewaiter.yaml (default)         600 calls in 60 seconds
path               passes                                    /orders/v1/orders/7
identify           passes  consumers/shop.yaml:1             shop by a token of staff (assumed)
                                                             scopes: orders.read
select             passes  consumers/shop.yaml:5             entity north: the consumer's default
                           consumers/shop.yaml:6             version 1.1: promised to the consumer
                           contracts/orders/1.1.yaml:15      operation getOrder
                           entities/north.yaml:7             system erp-north
suspensions        passes                                    not known: there is no ledger here
approval           passes                                    no end stops it
maintenance        passes  systems/erp-north.yaml (default)  none within seven days
limits             passes  policies/plans.yaml:4             per-minute: 600 in 60 seconds, 600 at once
access             passes  contracts/orders/1.1.yaml:5       asks for oauth2(orders.read)
body               passes  contracts/orders/1.1.yaml:15      none is taken
selectors          passes                                    the offer has no pins
options            passes  contracts/orders/1.1.yaml:17      takes no option
conform            passes  policies/modes.yaml (default)     request: enforce, what cannot be checked is refused
                           policies/modes.yaml (default)     answer: enforce, what cannot be checked is refused
links              passes  tidewaiter.yaml:2                 lead to https://api.harbour.example/
forward            passes  entities/north.yaml (default)     under / of erp-north
resilience         passes  systems/erp-north.yaml (default)  at most 3 attempts
                           systems/erp-north.yaml (default)  spared when 50% of 20 calls or more fail in 30 seconds
credential         passes  systems/erp-north.yaml:5          oauth2
capacity           passes  systems/erp-north.yaml:1          requests: 6000 requests in 300 seconds, a call waits at most 10 seconds
                           systems/erp-north.yaml:1          at-work: 5 at once, a call waits at most 10 seconds
transport          passes  systems/erp-north.yaml (default)  at most 60 seconds
note: there is no ledger .tidewaiter/ledger.sqlite: what `tidewaiter suspend` has switched off is not known here
"""


def test_golden_text(workspace, command):
    code, out, err = command("explain", "call", "GET", "/orders/v1/orders/7", *SHOP, "--workspace", workspace.folder)

    assert (code, err) == (0, "")
    assert out == GOLDEN


def test_json_says_where_each_value_stands(workspace, command):
    workspace.replace("policies/modes.yaml", "consumer: carrier", "consumer: shop")
    content = told(command, workspace, "GET", "/orders/v2/orders/7", *SHOP, "--entity", "south")

    assert (content["verdict"], content["system"], content["version"]) == ("reaches", "erp-south", "2.0")
    assert content["sends"] == "GET /sap/opu/odata/sap/API_SALES_ORDER_SRV/orders/7"
    assert places(content, "conform")[0] == (
        "policies/modes.yaml", 2, "request: report, what cannot be checked is let through",
    )  # fmt: skip
    assert ("systems/erp-south.yaml", workspace.line_of("systems/erp-south.yaml", "sap-client"), "sets the query sap-client") in [
        (file, line + 1, what) if what.startswith("sets") else (file, line, what)
        for file, line, what in places(content, "forward")
    ]  # fmt: skip
    assert places(content, "credential")[0][0] == "systems/erp-south.yaml"
    assert "secret" not in json.dumps(content).lower()


def test_modes_by_rule_samples_and_unknown_things_say_where_they_stand(workspace, command):
    modes = """\
modes:
  - {mode: report, rule: format, reason: a test}
  - {mode: enforce, direction: answer, sample: 0.25, reason: a test}
  - {mode: report, rule: maxLength, api: orders, direction: answer, reason: a test}
unknown:
  - {members: refuse, reason: a test}
  - {members: strip, entity: south, direction: answer, unchecked: allow, reason: a test}
  - {headers: report, families: [x-sap-], direction: request, reason: a test}
"""
    workspace.write("policies/modes.yaml", modes)
    content = told(command, workspace, "GET", "/orders/v2/orders/7", *SHOP, "--entity", "south")

    assert [place[1:] for place in places(content, "conform")] == [
        (1, "request: enforce, what cannot be checked is refused"),
        (2, "request: report for `format`"),
        (6, "request: unknown members: refuse"),
        (8, "request: unknown headers: report"),
        (3, "answer: enforce, what cannot be checked is refused"),
        (4, "answer: report for `maxLength`"),
        (3, "answer: 0.25 of them are judged"),
        (7, "answer: unknown members: strip"),
    ]


def test_a_lacking_scope(workspace, command):
    content = told(command, workspace, "GET", "/orders/v2/orders", "-c", "shop", "--scope", "stock.read", code=1)

    assert (content["problem"], content["status"]) == ("not-allowed", 403)
    assert content["detail"] == "The credential lacks the scope orders.read."
    files = [one.get("file") for one in content["decided_by"]]
    assert files == ["contracts/orders/2.0.yaml", "consumers/shop.yaml"]
    states = {step["step"]: step["state"] for step in content["steps"]}
    assert (states["limits"], states["access"], states["body"]) == ("passes", "refuses", "not reached")


def test_without_scopes_they_are_taken_for_granted_and_that_is_said(workspace, command):
    content = told(command, workspace, "GET", "/orders/v2/orders", "-c", "shop")

    assert any("--scope" in note for note in content["notes"])


def test_claims_of_a_token_are_judged(workspace, command):
    claims = {"iss": "https://login.harbour.example/v2.0", "aud": "api://harbour", "azp": "shop-prod",
              "tid": "t", "scp": "orders.read"}  # fmt: skip
    good = told(command, workspace, "GET", "/orders/v1/orders", "--as-token-claims", json.dumps(claims))
    file = workspace.folder / "claims.json"
    file.write_text(json.dumps({**claims, "aud": "api://other"}))
    bad = told(command, workspace, "GET", "/orders/v1/orders", "--as-token-claims", f"@{file}", code=1)
    file.write_text(json.dumps({**claims, "azp": "stranger"}))
    unknown = told(command, workspace, "GET", "/orders/v1/orders", "--as-token-claims", f"@{file}", code=1)

    assert (good["consumer"], good["credential"]) == ("shop", "staff")
    assert (bad["problem"], bad["detail"]) == ("invalid-token", "Its `aud` is not this gateway.")
    assert unknown["problem"] == "unknown-consumer"


def test_a_suspended_entity_names_its_file(workspace, command):
    workspace.replace("entities/south.yaml", "stage: onboarded", "stage: suspended")
    content = told(command, workspace, "GET", "/orders/v2/orders", *SHOP, "--entity", "south", code=1)

    assert content["problem"] == "entity-suspended"
    assert content["decided_by"][0]["file"] == "entities/south.yaml"
    assert content["decided_by"][0]["line"] == workspace.line_of("entities/south.yaml", "stage:")


def test_a_body_that_is_needed_and_not_given_leaves_it_open(workspace, command):
    path = "contracts/orders/2.0.yaml"
    workspace.replace(
        path,
        "  /orders/{id}:\n",
        "  /notes:\n    post:\n      operationId: addNote\n      requestBody:\n        required: true\n"
        "        content:\n          application/json:\n            schema: {type: object, required: [text]}\n"
        "      responses:\n        '201': {description: done}\n  /orders/{id}:\n",
    )
    content = told(command, workspace, "POST", "/orders/v2/notes", *SHOP, code=2)
    file = workspace.folder / "body.json"
    file.write_text('{"text": "t"}')
    json_type = ("--header", "Content-Type: application/json")
    good = told(command, workspace, "POST", "/orders/v2/notes", *SHOP, "--body", file, *json_type)
    file.write_text("{}")
    bad = told(command, workspace, "POST", "/orders/v2/notes", *SHOP, "--body", file, *json_type, code=1)

    assert (content["verdict"], "--body" in content["why"]) == ("open", True)
    assert good["verdict"] == "reaches"
    assert (bad["problem"], bad["decided_by"][0]["file"]) == ("request-violates-contract", path)


def test_a_whole_address_is_taken(workspace, command):
    content = told(command, workspace, "get", "https://other.example/orders/v1/orders?x=1#y", *SHOP, code=1)

    assert (content["method"], content["problem"]) == ("GET", "request-violates-contract")
    assert any("own address" in note for note in content["notes"])


def test_pages_of_the_gateway_are_its_own(workspace, command):
    assert told(command, workspace, "GET", "/-/problems")["verdict"] == "answered"


def test_what_is_not_taken(workspace, command):
    def fails(*arguments):
        code, out, err = command("explain", "call", "GET", "/x", *arguments, "--workspace", workspace.folder)
        assert (code, out) == (2, "")
        return err

    assert "write `shop`" in fails("--consumer", "shp")
    assert "--consumer" in fails("--header", "Authorization: Bearer CANARY")
    assert "CANARY" not in fails("--header", "Authorization: Bearer CANARY")
    assert "NAME:VALUE" in fails("--header", "nothing")
    assert "has no credential nokey" in fails("--consumer", "shop", "--credential", "nokey")
    assert "either" in fails("--consumer", "shop", "--as-token-claims", "{}")
    assert "JSON" in fails("--as-token-claims", "{")
    workspace.replace("entities/north.yaml", "country: US", "country: usa")
    assert "entities/north.yaml:2:1" in fails("--consumer", "shop")


def test_a_ledger_that_cannot_be_read_is_told(workspace, command):
    workspace.write(".tidewaiter/ledger.sqlite", "this is no database, and long enough to be taken for none" * 20)

    code, _, err = command("explain", "call", "GET", "/x", "--workspace", workspace.folder)

    assert (code, "ledger" in err) == (2, True)


def test_a_candidate_entity_is_named_as_the_cause(workspace, command):
    workspace.replace("entities/south.yaml", "stage: onboarded", "stage: candidate")
    content = told(command, workspace, "GET", "/orders/v2/orders/7", "-c", "shop", "--entity", "south", code=1)

    assert (content["problem"], content["detail"]) == ("not-found", "The entity south does not offer orders v2.")
    first = content["decided_by"][0]
    assert (first["file"], first["line"]) == ("entities/south.yaml", 4)
    assert "candidate" in first["what"]


def test_machines_are_told_why_it_cannot_be_told(command, workspace):
    content = told(command, workspace, "GET", "/orders/v1/orders", "--consumer", "nobody", code=2)
    assert content["findings"][0]["message"].startswith("there is no consumer nobody")

    workspace.replace("consumers/shop.yaml", "plan: standard", "plan: standrad")
    content = told(command, workspace, "GET", "/orders/v1/orders", *SHOP, code=2)
    assert [(one["file"], one["line"]) for one in content["findings"]] == [("consumers/shop.yaml", 3)]


def test_each_fault_is_told_once(workspace, command):
    url = "/orders/v1/orders/7?CANARY=1"
    code, out, _ = command("explain", "call", "GET", url, *SHOP, "--workspace", workspace.folder)

    assert code == 1
    assert out.count("the contract does not declare this query parameter") == 1


def test_what_is_switched_off_of_others_is_told_as_that(workspace, command):
    with closing(SuspensionLedger(workspace.folder / ".tidewaiter/ledger.sqlite")) as ledger:
        assert ledger.suspend("consumer", "carrier", "the tests", "ann")
    content = told(command, workspace, "GET", "/orders/v1/orders/7", *SHOP)

    assert places(content, "suspensions") == [
        ("", 0, "nothing of this call is switched off; of others: consumer carrier")
    ]


def test_without_a_consumer_it_says_how_to_name_one(workspace, command):
    content = told(command, workspace, "GET", "/orders/v1/orders/7", code=1)

    assert content["problem"] == "not-identified"
    assert "X-API-Key" in content["detail"]
    assert any("--consumer" in note for note in content["notes"])
    assert not any(
        "--consumer" in note for note in told(command, workspace, "GET", "/orders/v1/orders/7", *SHOP)["notes"]
    )


def test_a_method_that_is_not_there_is_told_with_those_that_are(workspace, command):
    content = told(command, workspace, "DELETE", "/orders/v1/orders/7", *SHOP, code=1)

    assert (content["problem"], content["detail"]) == ("method-not-allowed", "This path takes GET, HEAD, OPTIONS.")
