"""Ways to hide what a change does to a contract or a version: moved, renamed, split up, served by the back door."""

import random
import time

import pytest
from gated import classes, names, rules, ruling_of

from contracts.diagnostic import InvalidInputError

ORDERS = "contracts/orders/1.0.yaml"
API = "contracts/orders/api.yaml"


def on_main(gated, make):
    """What the base has already; the branch `change` begins there."""
    gated.git("checkout", "-q", "main")
    make(gated)
    gated.commit("before")
    gated.git("checkout", "-q", "-B", "change")


def breaks(gated, file=ORDERS):
    gated.edit(file, "maximum: 100,", "maximum: 10,")


def move(gated, old, new):
    (gated.ws / new).parent.mkdir(parents=True, exist_ok=True)
    (gated.ws / old).rename(gated.ws / new)


def callers_of(verdict, name):
    return sorted({one.consumer for point in ruling_of(verdict, name).change.points for one in point.callers})


def test_a_contract_that_is_moved(gated):
    move(gated, ORDERS, "contracts/orders/first.yaml")
    gated.edit(API, '"1.0": {stage: active}', '"1.0": {stage: active, file: first.yaml}')
    assert gated.judge().exit_code == 0

    breaks(gated, "contracts/orders/first.yaml")
    assert names(gated.judge().undecided) == ["orders@1.0"]


def test_a_contract_in_another_form(gated):
    """JSON beside YAML, and a folder with an overlay in place of a file: it is the contract that is compared."""
    import json

    import yaml

    tree = yaml.safe_load(gated.text(ORDERS))
    gated.remove(ORDERS)
    gated.write("contracts/orders/1.0.json", json.dumps(tree))
    assert names(gated.judge().undecided) == []

    tree["paths"]["/orders"]["get"]["parameters"][0]["schema"]["maximum"] = 10
    gated.write("contracts/orders/1.0.json", json.dumps(tree))
    assert names(gated.judge().undecided) == ["orders@1.0"]


def test_a_break_in_an_overlay(gated):
    move(gated, ORDERS, "contracts/orders/1.0/vendor.yaml")
    overlay = "overlay: 1.0.0\ninfo: {title: ours, version: '1'}\nactions:\n  - target: $.paths['/orders'].get.parameters[0].schema\n    update: "
    gated.write("contracts/orders/1.0/overlay.yaml", overlay + "{title: Limit}\n")
    assert names(gated.judge().undecided) == []

    gated.write("contracts/orders/1.0/overlay.yaml", overlay + "{maximum: 10}\n")
    assert names(gated.judge().undecided) == ["orders@1.0"]


def test_a_break_in_a_hidden_part(gated):
    def parts(g):
        move(g, ORDERS, "contracts/orders/1.0/openapi.yaml")
        g.edit(
            "contracts/orders/1.0/openapi.yaml", "{$ref: '#/components/schemas/NewOrder'}", "{$ref: '.parts/new.yaml'}"
        )
        g.write(
            "contracts/orders/1.0/.parts/new.yaml", "type: object\nproperties: {item: {type: string, maxLength: 40}}\n"
        )

    on_main(gated, parts)
    gated.edit("contracts/orders/1.0/.parts/new.yaml", "maxLength: 40", "maxLength: 4")

    assert names(gated.judge().undecided) == ["orders@1.0"]


def test_an_api_under_another_name(gated):
    move(gated, "contracts/orders", "contracts/sales")
    for file in ("entities/north.yaml", "entities/south.yaml", "consumers/edi.yaml"):
        gated.write(file, gated.text(file).replace("orders@1.0", "sales@1.0").replace("[orders,", "[sales,"))
    verdict = gated.judge()

    assert {"orders@1.0", "sales@1.0"} <= set(names(verdict.undecided))
    assert rules(ruling_of(verdict, "orders@1.0")) == {"contract-removed"}
    assert rules(ruling_of(verdict, "sales@1.0")) == {"contract-added"}
    assert callers_of(verdict, "orders@1.0") == ["edi", "portal"]


def test_a_new_api_that_calls_itself_like_another(gated):
    """It says itself who owns it and who may see it: none of that counts for who decides."""
    move(gated, "contracts/orders/2.0.yaml", "contracts/orders-eu/1.0.yaml")
    gated.edit(API, '  "2.0": {stage: draft}\n', "")
    text = gated.text(API).replace("layer: process", "layer: system").replace("partner", "internal")
    gated.write("contracts/orders-eu/api.yaml", text.replace("orders@quay.example", "ledger@quay.example"))
    verdict = gated.judge()

    for name in ("orders-eu@1.0", "contracts/orders-eu/api.yaml"):
        asked = ruling_of(verdict, name).asked
        assert asked.who == "quorum", name
        assert "names no owner" in asked.note


@pytest.mark.parametrize("folder", ["contracts/Orders", "contracts/ORDERS"])
def test_an_api_whose_name_differs_in_capitals(gated, folder):
    gated.write(f"{folder}/api.yaml", gated.text(API))
    gated.write(f"{folder}/1.0.yaml", gated.text(ORDERS))
    with pytest.raises(InvalidInputError) as told:
        gated.judge()

    assert told.value.diagnostics[0].code == "same-name"


def test_a_draft_that_was_changed_while_nobody_looked(gated):
    on_main(gated, lambda g: g.edit("contracts/orders/2.0.yaml", "security:\n  - staff: [orders.read]", "security: []"))
    gated.edit(API, '"2.0": {stage: draft}', '"2.0": {stage: active}')
    verdict = gated.judge()

    assert rules(ruling_of(verdict, "orders@2.0")) == {"contract-added"}
    assert "version-served" in rules(ruling_of(verdict, API))


def test_a_draft_of_the_same_major_is_held_against_what_callers_have(gated):
    def draft(g):
        g.write("contracts/orders/1.1.yaml", g.text(ORDERS).replace("maximum: 100,", "maximum: 10,"))
        g.edit(API, '"2.0"', '"1.1": {stage: draft}\n  "2.0"')

    on_main(gated, draft)
    gated.edit(API, '"1.1": {stage: draft}', '"1.1": {stage: active}')
    verdict = gated.judge()

    assert "request-maximum-narrowed" in rules(ruling_of(verdict, "orders@1.1"))
    # No entity offers it yet: nobody is given it.
    assert callers_of(verdict, "orders@1.1") == []


def second(stage, *, offered=()):
    """On the base: orders@1.1, which breaks, at a stage, offered by these."""

    def made(g):
        g.write("contracts/orders/1.1.yaml", g.text(ORDERS).replace("maximum: 100,", "maximum: 10,"))
        g.edit(API, '"2.0"', f'"1.1": {{stage: {stage}}}\n  "2.0"')
        for entity in offered:
            offer(g, entity)

    return made


def offer(gated, entity):
    gated.edit(
        f"entities/{entity}.yaml",
        "  - contract: catalog",
        "  - contract: orders@1.1\n    system: desk\n    shared: true\n  - contract: catalog",
    )


def test_a_preview_that_becomes_what_everybody_is_given(gated):
    """When it came, it was a preview that nobody had to take; now it takes the place of another version."""
    on_main(gated, second("preview", offered=["north", "south"]))
    gated.edit(API, '"1.1": {stage: preview}', '"1.1": {stage: active}')
    verdict = gated.judge()

    assert classes(ruling_of(verdict, "orders@1.1")) == "breaks"
    assert callers_of(verdict, "orders@1.1") == ["edi", "portal"]
    assert ruling_of(verdict, "orders@1.1").asked.who == "owner-and-consumers"


def test_an_offer_that_changes_what_everybody_is_given(gated):
    """The version is there since long, and nobody of this entity's callers had it."""
    on_main(gated, second("active", offered=["south"]))
    offer(gated, "north")
    verdict = gated.judge()

    assert "request-maximum-narrowed" in rules(ruling_of(verdict, "orders@1.1"))
    assert callers_of(verdict, "orders@1.1") == ["portal"]


def test_a_newer_version_deprecated_gives_the_older_one_back(gated):
    on_main(gated, second("active", offered=["north", "south"]))
    end = "deprecated: 2026-06-01, sunset: 2027-12-31, successor: '2.0'"
    gated.edit(API, '"1.1": {stage: active}', f'"1.1": {{stage: deprecated, {end}}}')
    verdict = gated.judge()

    # Back to the wider limit: nothing breaks, and that was looked at.
    assert ruling_of(verdict, "orders@1.0").decided_by == "automatic"
    assert "against orders@1.1" in ruling_of(verdict, "orders@1.0").change.note


def test_a_promise_that_gives_a_consumer_another_version(gated):
    on_main(
        gated,
        lambda g: second("active", offered=["north", "south"])(g) or g.edit(ORDERS, "maximum: 100,", "maximum: 5,"),
    )
    gated.edit("consumers/portal.yaml", "entities:", "pinned: [orders@1.0]\nentities:")
    verdict = gated.judge()

    assert "request-maximum-narrowed" in rules(ruling_of(verdict, "orders@1.0"))
    assert callers_of(verdict, "orders@1.0") == ["portal"]


def test_who_was_promised_an_older_version_is_not_concerned(gated):
    def promised(g):
        g.edit("consumers/portal.yaml", "entities:", "pinned: [orders@1.0]\nentities:")
        second("preview", offered=["north", "south"])(g)

    on_main(gated, promised)
    gated.edit(API, '"1.1": {stage: preview}', '"1.1": {stage: active}')

    assert callers_of(gated.judge(), "orders@1.1") == ["edi"]


def test_deprecated_and_retired_in_one_go(gated):
    end = "deprecated: 2025-01-01, sunset: 2026-01-01, successor: '2.0'"
    gated.edit(API, '"1.0": {stage: active}', f'"1.0": {{stage: retired, {end}}}')
    gated.edit(API, '"2.0": {stage: draft}', '"2.0": {stage: active}')
    verdict = gated.judge()

    found = ruling_of(verdict, API)
    assert {"lifecycle-move-not-allowed", "version-retired"} <= rules(found)
    assert callers_of(verdict, API) == ["edi", "portal"]


def test_a_sunset_brought_forward_to_retire(gated):
    """The day that was announced counts, not the one that is written with the end."""
    gated.edit("contracts/stock/api.yaml", "stage: deprecated", "stage: retired")
    gated.edit("contracts/stock/api.yaml", "sunset: 2026-12-31", "sunset: 2026-05-31")
    gated.edit("consumers/edi.yaml", "pinned: [stock@1.0]\n", "")
    verdict = gated.judge()

    points = [one.finding.message for one in ruling_of(verdict, "contracts/stock/api.yaml").change.points]
    assert any("sunset-passed fails" in one and "2026-12-31" in one for one in points)
    assert any("nobody-pinned fails" in one for one in points)


def test_terms_made_shorter_with_the_end_that_they_let_pass(gated):
    gated.edit("governance/lifecycle.yaml", "{partner: 300}", "{partner: 0}")
    end = "deprecated: 2026-06-01, sunset: 2026-06-02, successor: '2.0'"
    gated.edit(API, '"1.0": {stage: active}', f'"1.0": {{stage: deprecated, {end}}}')
    verdict = gated.judge()

    assert "lifecycle-terms-weaker" in rules(ruling_of(verdict, "governance/lifecycle.yaml"))
    assert any("300" in one.finding.message for one in ruling_of(verdict, API).change.points)


def test_taken_back_as_a_draft_and_served_again_as_another(gated):
    gated.edit(API, '"1.0": {stage: active}', '"1.0": {stage: draft}')
    for file in ("entities/north.yaml", "entities/south.yaml"):
        gated.edit(file, "  - contract: orders@1.0\n    system: desk\n    shared: true\n", "")
    breaks(gated)
    verdict = gated.judge()
    assert {"version-not-served", "lifecycle-move-not-allowed"} <= rules(ruling_of(verdict, API))

    gated.commit("not served")
    gated.git("branch", "-f", "main")
    gated.edit(API, '"1.0": {stage: draft}', '"1.0": {stage: active}')
    verdict = gated.judge("main")
    assert rules(ruling_of(verdict, "orders@1.0")) == {"contract-added"}


def test_a_lower_visibility_and_a_break_in_one(gated):
    """Who decides is read from the layer and the visibility of the base."""
    gated.edit("contracts/catalog/api.yaml", "visibility: public", "visibility: internal")
    gated.edit("contracts/catalog/api.yaml", "layer: experience", "layer: system")
    gated.edit("contracts/catalog/1.0.yaml", "maxLength: 60", "maxLength: 6")
    verdict = gated.judge()

    assert ruling_of(verdict, "catalog@1.0").asked.who == "quorum"
    assert ruling_of(verdict, "contracts/catalog/api.yaml").asked.who == "quorum"


def clauses(count, numbers, seed=1):
    """A formula of three-literal clauses as JSON Schema over properties that are booleans."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        three = chance.sample(range(numbers), 3)
        one_of = ", ".join(f"{{properties: {{p{n}: {{const: {chance.choice(('true', 'false'))}}}}}}}" for n in three)
        found.append(f"{{anyOf: [{one_of}]}}")
    return ", ".join(found)


def booleans(numbers):
    names = [f"p{n}" for n in range(numbers)]
    properties = ", ".join(f"{name}: {{type: boolean}}" for name in names)
    return f"type: object, required: [{', '.join(names)}], additionalProperties: false, properties: {{{properties}}}"


SECRET = ", ".join(f"p{n}: {{const: {str(n % 3 == 0).lower()}}}" for n in range(60))
EXHAUSTING = {
    "a formula that is hard to satisfy": f"{{{booleans(40)}, allOf: [{clauses(120, 40)}]}}",
    "one message of 2 to the power of 60 refused": f"{{{booleans(60)}, not: {{properties: {{{SECRET}}}}}}}",
    "alternatives of alternatives": "{anyOf: [" + ", ".join(
        f"{{oneOf: [{{type: object, required: [a{n}], maxProperties: {n + 2}}}, {{type: object, minProperties: {n}}}]}}" for n in range(14)
    ) + "]}",
    "patterns within patterns": "{type: string, allOf: [" + ", ".join(f"{{pattern: '(a|b|{n})*[ab]{{{n + 1},40}}$'}}" for n in range(12)) + "]}",
}  # fmt: skip


@pytest.mark.timeout(180)
@pytest.mark.parametrize("schema", EXHAUSTING.values(), ids=EXHAUSTING)
def test_a_schema_made_to_exhaust_the_proof(gated, schema):
    """What cannot be decided in time is decided by a person, and never taken for compatible."""
    numbers = 60 if "p59" in schema else 40
    open_before = f"{{{booleans(numbers)}}}" if schema.startswith("{type: object") else "{}"
    note = "        note: {type: string, maxLength: 200}\n    Order:"
    on_main(gated, lambda g: g.edit(ORDERS, note, f"        note: {open_before}\n    Order:"))
    gated.edit(ORDERS, f"        note: {open_before}\n    Order:", f"        note: {schema}\n    Order:")
    began = time.monotonic()
    found = ruling_of(gated.judge(), "orders@1.0")

    assert time.monotonic() - began < 90
    assert {"breaks", "unproven"} & set(classes(found).split())
    assert found.decided_by is None


def test_a_dormant_grant(gated):
    """A consumer of all apis that it may see: told when it is written, and again when an api comes."""
    on_main(gated, lambda g: g.edit("consumers/edi.yaml", "apis: [orders, stock]\n", ""))
    gated.write(
        "contracts/tools/api.yaml",
        "title: Tools\nowner: orders@quay.example\nvisibility: partner\nversions:\n  '1.0': {stage: active}\n",
    )
    gated.write("contracts/tools/1.0.yaml", gated.text("contracts/catalog/1.0.yaml"))
    gated.edit(
        "entities/south.yaml",
        "  - contract: catalog",
        "  - contract: tools@1.0\n    system: desk\n    shared: true\n  - contract: catalog",
    )
    verdict = gated.judge()

    assert "edi" in callers_of(verdict, "tools@1.0")
    assert ruling_of(verdict, "entities/south.yaml").asked.who == "quorum"
