"""Pins held against the contract: what is misspelt, misplaced or no value is told at its line, with what to write."""

import json
import shutil

import pytest
import yaml
from simulated import EXAMPLE

from contracts.diagnostic import InvalidInputError
from contracts.pin_names import declared_members
from contracts.pin_values import value_fault
from contracts.workspace import load

AMERICAN, CANADIAN = "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410", "a07c5d18-3f62-4b9e-9d40-2c8e6f1b7a55"
MCA, MNA, MDE, MFR = (f"entities/{name}.yaml" for name in ("mca", "mna", "mde", "mfr"))
TEST = "environments/test.yaml"


@pytest.fixture
def told(tmp_path):
    """`told({file: edit}, environment)`: the faults and warnings of the example with its files edited."""
    shutil.copytree(EXAMPLE, tmp_path / "w", ignore=shutil.ignore_patterns("simulators", "__pycache__"))

    def found(edits, environment=None):
        for file, edit in edits.items():
            path = tmp_path / "w" / file
            held = yaml.safe_load(path.read_text())
            edit(held)
            path.write_text(json.dumps(held, indent=1))
        try:
            return load(tmp_path / "w", environment).warnings
        except InvalidInputError as error:
            return error.diagnostics

    return found


def pins(changed, number=0):
    """An edit of the pins of an offer."""
    return lambda held: held["offers"][number].update(pins=changed(held["offers"][number]["pins"]))


def renamed(name):
    return pins(lambda old: {"path": {name: old["path"]["company_id"]}})


def one(faults, code):
    """The only fault; its line is known."""
    [fault] = faults
    assert (fault.code, fault.line > 0) == (code, True), fault
    return fault


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("companyid", "write `company_id`"),
        ("{company_id}", "write `company_id`, the parameter's name alone"),
        ("companies({company_id})", "write `company_id`, the parameter's name alone"),
        ("x", "one of `company_id`, `customer_id`, `item_id`, `salesOrder_id`"),
    ],
)
def test_a_segment_that_is_not_there_is_the_only_thing_told(told, name, remedy):
    faults = told({MCA: renamed(name), MNA: renamed(name)})

    assert [fault.file for fault in faults] == [MCA, MNA]
    for fault in faults:
        assert (fault.code, fault.severity) == ("dangling-reference", "error")
        assert f"business-central@2.0 has no path parameter `{name}`" in fault.message
        assert fault.remedy == remedy


@pytest.mark.parametrize("file", [MCA, MNA])
def test_who_misspells_is_told_and_not_who_does_not(told, file):
    faults = told({file: renamed("companyid")})

    assert {(fault.file, fault.code) for fault in faults} == {(file, "pins-differ"), (file, "dangling-reference")}


def test_a_path_parameter_under_query_would_be_named_by_consumers(told):
    def moved(old):
        return {"query": old["path"]}

    faults = told({MCA: pins(moved), MNA: pins(moved)})

    assert {(fault.file, fault.code) for fault in faults} == {(MCA, "wrong-value"), (MNA, "wrong-value")}
    assert {fault.remedy for fault in faults} == {
        f"write `path: {{company_id: {id_}}}`" for id_ in (AMERICAN, CANADIAN)
    }


@pytest.mark.parametrize("value", [CANADIAN[:13], "Meridian Canada", "4711"])
def test_a_value_that_the_parameter_does_not_take(told, value):
    fault = one(told({MCA: pins(lambda old: {**old, "path": {"company_id": value}})}), "wrong-value")

    assert fault.file == MCA
    assert "the value of `company_id` is none that business-central@2.0 takes: expected a UUID" in fault.message
    assert value not in fault.message


def test_a_value_of_an_environment_is_told_there(told):
    def edit(held):
        held["entities"]["mca"]["pins"]["bc-us"]["path"]["company_id"] = CANADIAN[:13]

    fault = one(told({TEST: edit}, "test"), "wrong-value")
    assert (fault.file, fault.pointer) == (TEST, "/entities/mca/pins/bc-us/path/company_id")


@pytest.mark.parametrize("value", [AMERICAN, AMERICAN.upper()])
def test_one_company_is_not_two_in_other_letters(told, value):
    fault = one(told({MNA: pins(lambda old: {**old, "path": {"company_id": value}}),
                      MCA: pins(lambda old: {**old, "path": {"company_id": AMERICAN}})}), "pins-equal")  # fmt: skip
    assert "mca" in fault.message
    assert "mna" in fault.message


def test_who_pins_nothing_is_told_and_not_who_pins(told):
    fault = one(told({MCA: lambda held: held["offers"][0].pop("pins")}), "pins-differ")

    assert (fault.file, fault.pointer) == (MCA, "/offers/0")
    assert "mca pins nothing of business-central@2.0, mna pins path company_id" in fault.message


@pytest.mark.parametrize(
    ("nested", "codes"),
    [
        ({"salesOrderLine": "address", "customer": "address"},
         {("dangling-reference", "write `salesOrderLines`"), ("expand-not-proven", "`nested: {salesOrderLines: address}`")}),
        ({"customer": "address", "salesOrderLines": "address", "zzz": "address"}, set()),
        ({"customer": "address"}, {("expand-not-proven", "`nested: {salesOrderLines: address}`")}),
    ],
)  # fmt: skip
def test_what_expand_brings_is_proven_or_told(told, nested, codes):
    faults = told({MCA: pins(lambda old: {**old, "nested": nested})})

    assert len(faults) == len(codes)
    assert {(fault.file, fault.severity) for fault in faults} <= {(MCA, "warning")}
    for code, remedy in codes:
        assert [fault for fault in faults if fault.code == code and remedy in fault.remedy]


def test_a_misspelt_field_of_records_is_the_only_thing_told(told):
    def misspelt(old):
        value = old["record"]["value"]
        return {**old, "record": {"field": "SalesOrganisation", "value": value}, "body": {"SalesOrganisation": value}}

    edits = {file: lambda held: [pins(misspelt, number)(held) for number in (0, 1)] for file in (MDE, MFR)}
    faults = told(edits)

    assert {(f.file, f.code, f.remedy) for f in faults} == {
        (file, "dangling-reference", "write `SalesOrganization`") for file in (MDE, MFR)
    }


@pytest.fixture(scope="module")
def contract():
    return load(EXAMPLE).contracts["business-central", "2.0"]


@pytest.mark.parametrize(
    ("place", "name", "value", "fits"),
    [
        ("path", "company_id", AMERICAN, True),
        ("path", "company_id", "7", False),
        ("path", "nowhere", "7", True),
        ("query", "$top", "7", True),
        ("query", "$top", "many", False),
        ("query", "sap-client", "100", True),
        ("header", "prefer", "odata.maxpagesize=7", True),
        ("header", "Prefer", "7", False),
    ],
)
def test_values_are_read_as_calls_are(contract, place, name, value, fits):
    assert (value_fault(contract, place, name, value) == "") is fits


def test_members_are_found_wherever_they_are_declared(contract):
    assert {"salesOrderLines", "customer", "displayName", "@odata.nextLink"} <= declared_members(contract).keys()
    assert "salesOrderLine" not in declared_members(contract)
