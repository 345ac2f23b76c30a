"""An old client against a newer contract, and user code against a client written anew: both go on working."""

import asyncio
import json

import pytest
from compatible_changes import CHANGES, RENAMES, USER, changed, contract
from generated_client import generate, load, typed

from contracts.document import parse_document
from governance.diff.reporting import compare_sides
from governance.diff.side import Side
from governance.finding import Severity
from governance.severities import DiffSettings

TOLERATED = {"new_value_in_answers"}
"""What the diff calls breaking, because other clients break; these do not."""


def made(tree, folder, prefix):
    folder.mkdir(exist_ok=True)
    path = folder / "openapi.json"
    path.write_text(json.dumps(tree))
    out, description = generate(path, folder, prefix=prefix)
    assert description.left_out == ()
    return out


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    out = made(contract(), tmp_path_factory.mktemp("old") / "old", "old")
    return load(out)


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    """A client of each newer contract, each of a name of its own."""
    folder = tmp_path_factory.mktemp("newer")
    return {
        change.__name__: made(changed(change) | {"info": {"title": "Shop", "version": "1.1.0"}}, folder / change.__name__, f"v{number}")
        for number, change in enumerate(CHANGES)
    }  # fmt: skip


def breaking(change, profile):
    sides = [
        Side(parse_document(json.dumps(tree).encode(), "a.json"), "a.json") for tree in (contract(), changed(change))
    ]
    report = compare_sides(*sides, profile=profile, at=None, settings=DiffSettings())
    return [finding.message for finding in report.findings if finding.severity is Severity.BREAKING]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_an_old_client_works_with_the_newer_server(change, old, newer):
    """The double of the newer contract judges what the old client sends, and answers by the newer contract."""
    package = old
    assert bool(breaking(change, "wire")) == (change.__name__ in TOLERATED)

    from importlib import import_module

    double_of = import_module(f"{package.__name__}._runtime.double")
    data = next((newer[change.__name__] / "src").glob("*/double.json")).read_bytes()
    double = double_of.Double(double_of.load(data), "https://shop.example/v1")
    space = {}
    exec(USER.format(package=package.__name__), space)  # the very code that is type-checked below

    http = import_module("httpx2")
    client = package.Client(
        "https://shop.example/v1", auth=package.ApiKey("k"), http=http.Client(transport=double.transport())
    )
    placed = space["place"](client)
    assert placed.status in ("open", "parked")
    assert space["read"](client)[0] in ("o1", "parked")
    assert space["every"](client) == ["o1"]

    async def look():
        transport = http.AsyncClient(transport=double.transport())
        async with package.AsyncClient(
            "https://shop.example/v1", auth=package.ApiKey("k"), http=transport
        ) as asynchronous:
            return await space["look"](asynchronous)

    assert asyncio.run(look()) == 1
    assert [call.errors for call in double.calls] == [()] * 4


def test_user_code_compiles_after_each_change_that_the_sdk_profile_lets_pass(newer, tmp_path):
    """The claim of the profile, run: one file of user code for each client that was written anew."""
    passed = [change for change in CHANGES if not breaking(change, "sdk")]
    files = []
    for change in passed:
        package = next((newer[change.__name__] / "src").iterdir()).name
        file = tmp_path / f"use_{change.__name__}.py"
        file.write_text(USER.format(package=package))
        files.append(file)

    assert len(passed) >= 20
    names = {change.__name__ for change in passed}
    assert names & {"new_success_without_a_body", "new_success_with_the_same_body"} == {
        "new_success_with_the_same_body"
    }
    assert typed(*(newer[change.__name__] for change in passed), files=files) == ""


def test_classes_keep_their_former_names_where_the_package_is_written_anew(tmp_path):
    """One package after the other in the same folder; each file of user code is that of the first."""
    outs, files = [], []
    for number, change in enumerate(RENAMES):
        assert breaking(change, "sdk") == []
        folder, prefix = tmp_path / change.__name__, f"r{number}"
        for tree in (contract(), changed(change), changed(change) | {"tags": [{"name": "orders", "description": "x"}]}):
            out = made(tree, folder, prefix)
        outs.append(out)
        files.append(tmp_path / f"use_{change.__name__}.py")
        files[-1].write_text(USER.format(package=f"{prefix}_shop"))

    assert typed(*outs, files=files) == ""
    models = load(outs[0]).models
    assert models.OrderCustomer is models.Customer
