"""The example workspace is accepted whole, and its contracts keep their own word."""

import json
import re
from datetime import UTC, datetime

import pytest
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from simulated import EXAMPLE

from contracts.compile import compile_operation
from contracts.workspace import load

DOCUMENTS = sorted(path for path in (EXAMPLE / "contracts").glob("*/*.yaml") if path.name != "api.yaml")
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def tree_of(path):
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


def name_of(path):
    return f"{path.parent.name}-{path.stem}"


def resolve(tree, value):
    while isinstance(value, dict) and "$ref" in value:
        node = tree
        for part in value["$ref"][2:].split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        value = node
    return value


def checker(tree, schema):
    theirs = pytest.importorskip("openapi_schema_validator")
    kind = theirs.OAS30Validator if tree["openapi"].startswith("3.0") else theirs.OAS31Validator
    root = Resource.from_contents(tree, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:contract", root)
    whole = json.loads(json.dumps(schema).replace('"#/', '"urn:contract#/'))
    return kind(whole, registry=registry)


def examples_of(holder):
    if "example" in holder:
        yield holder["example"]
    for example in holder.get("examples", {}).values():
        yield example["value"]


def described(tree):
    """(where, schema, example) of every example of a document."""
    for path, item in tree["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            where = operation["operationId"]
            for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
                found = resolve(tree, parameter)
                for example in examples_of(found):
                    yield f"{where} {found['name']}", found["schema"], example
            bodies = [("request", operation.get("requestBody", {}))]
            bodies += [(status, resolve(tree, answer)) for status, answer in operation["responses"].items()]
            for status, holder in bodies:
                for media in holder.get("content", {}).values():
                    for example in examples_of(media):
                        yield f"{where} {status} {path}", media["schema"], example


@pytest.fixture(scope="module")
def workspace():
    return load(EXAMPLE)


@pytest.mark.parametrize("environment", [None, "test", "prod"])
def test_the_workspace_is_accepted_without_a_warning(environment):
    assert load(EXAMPLE, environment).warnings == ()


def test_who_is_who(workspace):
    assert set(workspace.systems) == {"bc-us", "s4-eu", "stock-demo", "tryton-se"}
    assert {name: entity.country for name, entity in workspace.entities.items()} == {
        "mna": "US",
        "mca": "CA",
        "mde": "DE",
        "mfr": "FR",
        "mse": "SE",
    }
    assert set(workspace.consumers) == {"webshop", "portal", "edi", "dashboard"}
    assert set(workspace.plans) == {"standard", "starter"}
    stages = {number: version.stage for number, version in workspace.apis["sales-orders"].versions.items()}
    assert stages == {"1.0": "deprecated", "1.1": "active"}


def test_dates_still_tell_the_story(workspace):
    """A deprecated version whose sunset has passed would be a lie on the first page that people read."""
    for api in workspace.apis.values():
        for version in api.versions.values():
            if version.stage == "deprecated":
                assert version.sunset > datetime.now(UTC).date()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_a_document_is_valid_openapi(path):
    pytest.importorskip("openapi_spec_validator").validate(tree_of(path))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_a_document_is_flat_block_style_and_self_contained(path):
    text = path.read_text(encoding="utf-8")
    written = re.findall(r"^  (/\S*):$", text, re.MULTILINE)
    assert written == list(tree_of(path)["paths"])
    assert not re.search(r"^[^\n#'\"`]*: +[\[{](?!\])", text, re.MULTILINE), "flow style"
    assert {ref[0] for ref in re.findall(r"\$ref: '?(.)", text)} <= {"#"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_example_is_what_its_schema_says(path):
    tree = tree_of(path)
    faults = [
        (where, error.message)
        for where, schema, example in described(tree)
        for error in checker(tree, schema).iter_errors(example)
    ]
    assert faults == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_operation_can_be_understood_by_people(path):
    tree = tree_of(path)
    assert tree["info"]["description"]
    for item in tree["paths"].values():
        for method in METHODS:
            if method in item:
                operation = item[method]
                assert operation["summary"]
                assert "security" in operation or "security" in tree
                parameters = [resolve(tree, p) for p in [*item.get("parameters", []), *operation.get("parameters", [])]]
                unsaid = [p["name"] for p in parameters if p["in"] != "path" and not p.get("description")]
                assert unsaid == [] or path.name == "1.0.yaml"
                assert any(status.startswith("2") for status in operation["responses"])


def test_every_operation_is_served(workspace):
    bounds = workspace.settings.bounds
    for (api, version), contract in workspace.contracts.items():
        for operation in contract.operations:
            compiled = compile_operation(contract, operation, api, version, bounds)
            compiled.build()
            assert compiled.ready


def test_security_is_of_every_kind(workspace):
    kinds, open_operations = set(), 0
    for contract in workspace.contracts.values():
        for operation in contract.operations:
            assert operation.security is not None
            open_operations += operation.security == ()
            kinds |= {use.kind for alternative in operation.security for use in alternative}
    assert kinds == {"oauth2", "api_key"}
    assert open_operations == 2


def test_no_secret_stands_in_the_workspace():
    for path in EXAMPLE.rglob("*.yaml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            found = re.match(r"\s*(\w*(?:secret|password|username|client_id|pepper)\w*): (.*)", line)
            if found and path.parent.parent.name != "contracts":
                assert found[2].startswith("secret:"), (path.name, line)


def test_a_pinned_version_is_offered(workspace):
    offered = {offer.contract for entity in workspace.entities.values() for offer in entity.offers}
    for consumer in workspace.consumers.values():
        assert set(consumer.pinned) <= offered


def test_the_published_contract_names_no_company(workspace):
    """Nothing of where a company is in its system: not in a path, a parameter or an example."""
    contract = workspace.published["business-central", "2.0"]
    said = json.dumps(contract.document.tree, default=str)
    assert "companies(" not in said
    assert "company_id" not in said
    assert "6b1f4c2e" not in said
    assert {o.path.split("(")[0].split("/")[1] for o in contract.operations} == {"salesOrders", "customers", "items"}
    assert len(contract.operations) == len(workspace.contracts["business-central", "2.0"].operations)
