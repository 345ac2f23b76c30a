"""Walks over the examples of a double come to an end, however a list goes on, and what was prepared is walked over."""

import json
import subprocess
import sys
from importlib import import_module

import pytest
from generated_client import generate, load

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
RECORD = {"type": "object", "required": ["id"], "properties": {"id": TEXT}}
ONE = [{"id": "a"}]


def _list(name, members, example, *, query=(), required=(), headers=None):
    schema = {"type": "object", "required": ["value", *required], "additionalProperties": False,
              "properties": {"value": {"type": "array", "items": RECORD}, **members}}  # fmt: skip
    answer = {
        "description": "x",
        "content": {"application/json": {"schema": schema, "example": {"value": ONE, **example}}},
    }
    return {"get": {
        "operationId": name, "tags": ["lists"], "security": [],
        "parameters": [{"name": one, "in": "query", "schema": kind} for one, kind in query],
        "responses": {"200": answer | ({"headers": headers} if headers else {})},
    }}  # fmt: skip


LINKED = {"Link": {"schema": TEXT, "example": '<https://l.example/v1/header?p=2>; rel="next"'}}
LISTS = {
    "/elsewhere": _list("listElsewhere", {"nextLink": TEXT}, {"nextLink": "https://other.example/v1/x?t=2"}),
    "/circle": _list("listCircle", {"nextLink": TEXT}, {"nextLink": "https://l.example/v1/circle?t=2"}),
    "/must": _list("listMust", {"nextLink": {**TEXT, "minLength": 1}}, {"nextLink": "/v1/must?t=2"}, required=["nextLink"]),
    "/null": _list("listNull", {"nextLink": {"type": ["string", "null"], "minLength": 1}}, {"nextLink": "/v1/null?t=2"},
                   required=["nextLink"]),
    "/cursor": _list("listCursor", {"next_cursor": TEXT}, {"next_cursor": "c2"}, query=[("cursor", TEXT)]),
    "/last": _list("listLast", {"has_more": {"type": "boolean"}}, {"has_more": True}, query=[("starting_after", TEXT)]),
    "/header": _list("listHeader", {}, {}, headers=LINKED),
    "/offset": _list("listOffset", {}, {}, query=[("offset", WHOLE), ("limit", WHOLE)]),
    "/page": _list("listPage", {}, {}, query=[("page", WHOLE)]),
}  # fmt: skip
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Lists", "version": "1"},
    "servers": [{"url": "https://l.example/v1"}],
    "paths": LISTS,
}
WALKS = [path["get"]["operationId"].removeprefix("list").lower() for path in LISTS.values()]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    (folder / "openapi.json").write_text(json.dumps(CONTRACT))
    return generate(folder / "openapi.json", folder / "out", prefix="acme")[0]


@pytest.fixture(scope="module")
def package(out):
    return load(out)


@pytest.fixture
def double(package):
    return import_module(f"{package.__name__}.testing").ServerDouble()


@pytest.mark.parametrize("name", WALKS)
def test_an_example_is_the_last_page(name, double):
    with double.client() as client:
        walked = list(getattr(client.lists, f"iterate_{name}")())

    assert [record.id for record in walked] == ["a"]
    assert len(double.calls) == (2 if name in ("offset", "page") else 1)


def test_what_the_schema_requires_is_null_or_empty(double):
    with double.client() as client:
        assert client.lists.list_null().next_link is None
        assert client.lists.list_must().next_link == ""
        assert client.lists.list_elsewhere().next_link is None
        assert client.lists.list_offset(offset=0).value
        assert client.lists.list_page(page=1).value
        assert client.lists.list_page(page=2).value == []


def test_prepared_pages_go_before_the_last_one(double):
    double.prepare("list_cursor", json={"value": [{"id": "1"}], "next_cursor": "c2"})
    double.prepare("listCursor", json={"value": [{"id": "2"}], "next_cursor": "c3"})
    with double.client() as client:
        assert [record.id for record in client.lists.iterate_cursor()] == ["1", "2", "a"]
    assert [call.arguments.get("cursor") for call in double.calls] == [None, "c2", "c3"]


def test_the_package_s_own_tests_walk_over_each_list(out):
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "test_walk"], cwd=out,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert f"{len(LISTS)} passed" in ran.stdout
