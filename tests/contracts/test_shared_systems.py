"""Entities on one system that nothing tells apart are told of, at the offer, with what to write."""

import json

import pytest
from pinned_workspace import contract, key, operation, org_pins, write_pinned

from contracts.diagnostic import InvalidInputError
from contracts.workspace import load

TEXT = {"type": "string"}


def stated(*paths, parameters=(), members=()):
    """A contract with these paths, query or header parameters, and members of its record."""
    made = {}
    for number, path in enumerate(paths):
        names = [part.split("}")[0] for part in path.split("{")[1:]]
        described = [{"name": name, "in": place, "schema": TEXT} for place, name in parameters]
        made[path] = {"get": operation(f"get{number}", {"200": {"description": "x"}}, *key(*names), *described)}
    tree = contract("C", made)
    tree["components"]["schemas"] = {"Record": {"type": "object", "properties": dict.fromkeys(members, TEXT)}}
    return tree


@pytest.fixture
def told(tmp_path):
    """`told(north, south, contract)`: which offers of both are told of, by their lists of offers."""
    write_pinned(tmp_path, 1)
    (tmp_path / "tidewaiter.yaml").write_text("name: t\npublic_url: http://127.0.0.1:8080\n")
    for name in ("one", "two"):
        folder = tmp_path / "contracts" / name
        folder.mkdir()
        api = {"title": "A", "owner": "x", "versions": {"1.0": {"stage": "active"}}}
        (folder / "api.yaml").write_text(json.dumps(api))

    def found(north, south, held=None, product="generic"):
        for name in ("one", "two"):
            document = held or stated("/things/{id}")
            (tmp_path / "contracts" / name / "1.0.yaml").write_text(json.dumps(document))
        described = {"owner": "x", "url": "https://s.example", "product": product}
        (tmp_path / "systems" / "both.yaml").write_text(json.dumps(described))
        for name, offers in (("north", north), ("south", south)):
            path = tmp_path / "entities" / f"{name}.yaml"
            entity = json.loads(path.read_text())
            entity["offers"] = [{"system": "both", **offer} for offer in offers]
            path.write_text(json.dumps(entity))
        faults = [fault for fault in load(tmp_path).warnings if fault.code == "not-told-apart"]
        assert all(fault.severity == "warning" and fault.line for fault in faults)
        return [(fault.file[9:14], fault.pointer, fault) for fault in faults]

    return found


def places(faults):
    return [(name, pointer) for name, pointer, _ in faults]


def offer(name="one", path="", **pins):
    return {"contract": f"{name}@1.0", "path": path, "pins": pins}


COMPANY = {"query": {"company": "1"}}
OTHER = {"query": {"company": "2"}}


@pytest.mark.parametrize(
    ("north", "south", "at"),
    [
        ([offer()], [offer()], [("north", "/offers/0"), ("south", "/offers/0")]),
        ([offer()], [offer("two")], [("north", "/offers/0"), ("south", "/offers/0")]),
        ([offer(**COMPANY), offer("two")], [offer(**OTHER)], [("north", "/offers/1")]),
        ([offer(**COMPANY)], [offer(**OTHER)], []),
        ([offer(**COMPANY)], [offer("two", **OTHER)], []),
        ([offer(**COMPANY)], [offer("two", **COMPANY)], [("south", "/offers/0/pins")]),
        ([offer(**COMPANY)], [offer("two", header={"X-Org": "2"})], []),
        ([offer(**COMPANY)], [offer("two", header={"X-Org": "1"})], [("south", "/offers/0/pins")]),
        ([offer(header={"X-Org": "7"}, **COMPANY)], [offer("two", **COMPANY)], [("south", "/offers/0/pins")]),
        ([offer(header={"X-Org": "7"}, **COMPANY)], [offer("two", header={"X-Org": "8"}, **COMPANY)], []),
        ([offer(path="/a"), offer("two", "/a2")], [offer(path="/b"), offer("two", "/b2")], []),
        ([offer(path="/a"), offer("two", "/a2")], [offer(path="/b"), offer("two", "/a2")],
         [("north", "/offers/0"), ("north", "/offers/1"), ("south", "/offers/0"), ("south", "/offers/1")]),
        ([{**offer(), "shared": True}], [offer()], []),
        ([{**offer(), "shared": True}, offer("two")], [{**offer(), "shared": True}, offer("two")],
         [("north", "/offers/1"), ("south", "/offers/1")]),
        ([offer(), offer("two")], [], []),
    ],
)  # fmt: skip
def test_offers_that_nothing_tells_apart(told, north, south, at):
    assert places(told(north, south)) == at


def test_answers_from_examples_belong_to_nobody(told):
    assert told([offer()], [offer()], product="example") == []


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (stated("/companies({company_id})/a", "/companies({company_id})/b({id})"), "path: {company_id: ...}"),
        (stated("/v1/tenants/{tenant}/a"), "path: {tenant: ...}"),
        (stated("/a/{id}", "/companies/{company}"), "path: {company: ...}"),
        (stated("/a", "/b", "/c", "/companies/{company}"), "a query parameter, a header"),
        (stated("/a/{id}", parameters=[("query", "q"), ("query", "company")]), "query: {company: ...}"),
        (stated("/a/{id}", parameters=[("header", "X-Tenant")]), "header: {X-Tenant: ...}"),
        (stated("/a/{id}", members=["id", "SalesOrganization"]), "record: {field: SalesOrganization, value: ...}"),
        (stated("/a/{id}", members=["id", "Plant x"]), "a path parameter, a query parameter, a header"),
    ],
)
def test_it_says_what_to_write(told, held, says):
    faults = told([offer()], [offer()], held)
    assert len(faults) == 2
    for _, _, fault in faults:
        assert says in fault.remedy
        assert "shared: true" in fault.remedy
        assert "both" in fault.message


def test_what_is_pinned_is_not_shared(told):
    with pytest.raises(InvalidInputError) as raised:
        told([{**offer(**COMPANY), "shared": True}], [{**offer(**OTHER), "shared": True}])
    assert {(fault.code, fault.line > 0) for fault in raised.value.diagnostics} == {("wrong-value", True)}


def test_pins_by_record_tell_apart(told):
    record = {name: {k: org_pins(name)[k] for k in ("record", "body")} for name in ("1", "2")}
    assert told([offer(**record["1"])], [offer("two", **record["2"])]) == []
    assert places(told([offer(**record["1"])], [offer("two", **record["1"])])) == [("south", "/offers/0/pins")]
