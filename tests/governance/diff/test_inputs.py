"""What a person may write for a document: files, folders, workspaces, pipes; and each way in which it can be wrong."""

import os
import threading

import pytest
from diff_findings import NEW, OLD

from contracts.diagnostic import InvalidInputError
from governance.diff.inputs import Sources, read, read_pair

SPLIT = OLD.replace(b"#/components/schemas/Order", b"parts/order.yaml#/Order")
ORDER = b"Order: {type: object, properties: {item: {type: string}}}\n"


def put(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return path


def schema(side):
    return side.document.resolve("/paths/~1orders/post/requestBody/content/application~1json/schema")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file(here):
    put(here, "api/old.yaml", OLD)

    side = read("api/old.yaml", Sources())

    assert (side.shown, side.stated_version, side.title, side.in_tree) == ("api/old.yaml", "1.2.3", "Orders", True)
    assert str(side.place("/components/schemas/Order/properties/quantity")) == "api/old.yaml:16"


def test_a_file_in_the_current_folder_by_its_absolute_name(here):
    path = put(here, "api/old.yaml", OLD)

    assert read(str(path), Sources()).shown == "api/old.yaml"


def test_a_file_that_refers_to_its_neighbours(here):
    put(here, "api/orders-v1.yaml", SPLIT)
    put(here, "api/parts/order.yaml", ORDER)
    put(here, "api/overlay.yaml", b"this is of another document\n")

    side = read("api/orders-v1.yaml", Sources())

    found, pointer = side.document.follow(schema(side), "")
    assert found["properties"] == {"item": {"type": "string"}}
    assert str(side.place(pointer)) == "api/parts/order.yaml:1"


@pytest.mark.parametrize("written", ["api", "api/", "api/openapi.yaml"])
def test_a_folder_by_its_entry_with_its_overlay(here, written):
    put(here, "api/openapi.yaml", OLD)
    put(
        here,
        "api/overlay.yaml",
        b"overlay: 1.0.0\ninfo: {title: ours, version: '1'}\n"
        b"actions:\n  - target: $.info\n    update: {title: Corrected}\n",
    )

    side = read(written, Sources())

    assert side.title == "Corrected"
    assert str(side.place("/info/title")) == "api/overlay.yaml:5"


def test_a_symbolic_link_that_a_person_names(here):
    put(here, "real/api.yaml", OLD)
    (here / "link.yaml").symlink_to(here / "real" / "api.yaml")

    assert read("link.yaml", Sources()).shown == "real/api.yaml"


def test_json_under_any_name(here):
    put(here, "a.txt", b'{"openapi": "3.1.0", "info": {"title": "\\ud83d\\ude00", "version": "1"}, "paths": {}}')

    assert read("a.txt", Sources()).title == "\U0001f600"


def test_standard_input(here):
    side = read("-", Sources(standard_input=lambda: OLD))

    assert (side.shown, side.stated_version, side.in_tree) == ("standard input", "1.2.3", False)


def test_a_named_pipe_as_shells_make_it(here):
    os.mkfifo(here / "pipe")
    writer = threading.Thread(target=lambda: (here / "pipe").write_bytes(OLD))
    writer.start()

    side = read("pipe", Sources())

    writer.join()
    assert side.stated_version == "1.2.3"


@pytest.mark.parametrize("written", ["orders@2.0", "orders@1.1", "stock@2.0"])
def test_a_version_of_a_workspace(workspace, written):
    side = read(written, Sources(workspace.folder))

    assert f"{side.api}@{side.version}" == side.shown == written
    assert (side.layer, bool(side.visibility)) == ("system", True)
    assert side.place("/info").file.startswith(str(workspace.folder / "contracts"))


def test_the_current_folder_is_the_workspace(workspace, monkeypatch):
    monkeypatch.chdir(workspace.folder)

    side = read("orders@2.0", Sources())

    assert str(side.place("/info")).startswith("contracts/orders/2.0.yaml:")


def test_a_workspace_that_is_wrong_elsewhere_and_a_version_that_could_not_be_served(workspace):
    workspace.write("systems/erp-north.yaml", "nonsense").replace("contracts/orders/2.0.yaml", "security:", "x-none:")

    assert read("orders@2.0", Sources(workspace.folder)).api == "orders"


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.0", "3.1.1", "3.2.0"])
def test_versions_of_openapi(here, version):
    put(here, "a.yaml", OLD.replace(b"3.0.3", version.encode()))

    assert read("a.yaml", Sources()).document.tree["openapi"] == version


def test_a_path_wins_over_what_else_a_name_could_mean(here):
    put(here, "main:a.yaml", OLD)
    put(here, "orders@1.0", NEW)

    first, second = read_pair("main:a.yaml", "orders@1.0", Sources())

    assert (first.stated_version, second.stated_version) == ("1.2.3", "1.3.0")


BIG = b"openapi: 3.0.0\n# " + b"x" * 33_554_432

WRONG = {
    "missing": ({}, "zz", "missing-file", "name a file, a folder"),
    "misspelt": ({"order.yaml": OLD}, "ordr.yaml", "missing-file", "write `order.yaml`"),
    "misspelt in a folder": ({"a/order.yaml": OLD}, "a/ordr.yaml", "missing-file", "write `a/order.yaml`"),
    "no name": ({}, "", "no-document", "name a file"),
    "empty": ({"a.yaml": b""}, "a.yaml", "empty-file", "openapi: 3.1.0"),
    "blank": ({"a.yaml": b"\n# nothing\n"}, "a.yaml", "not-openapi", "openapi: 3.1.0"),
    "a list": ({"a.yaml": b"- 1\n"}, "a.yaml", "not-openapi", "openapi: 3.1.0"),
    "binary": ({"a.yaml": b"\x89PNG\r\n\x1a\n\x00\xff\xfe"}, "a.yaml", "not-utf-8", "UTF-8"),
    "null bytes": ({"a.yaml": b"a\x00b: 1\n"}, "a.yaml", "yaml-syntax", "take it out"),
    "no YAML": ({"a.yaml": b"a: [1\nb: 2\n"}, "a.yaml", "yaml-syntax", "correct"),
    "no JSON": ({"a.json": b'{"openapi": "3.0.0",}'}, "a.json", "json-syntax", "correct"),
    "twice a key": ({"a.yaml": b"openapi: 3.0.0\nopenapi: 3.1.0\n"}, "a.yaml", "duplicate-key", "keep one"),
    "no OpenAPI": ({"a.yaml": b"asyncapi: 2.0.0\n"}, "a.yaml", "not-openapi", "openapi: 3.1.0"),
    "Swagger": ({"a.yaml": b"swagger: '2.0'\npaths: {}\n"}, "a.yaml", "swagger-2", "convert it"),
    "a later OpenAPI": ({"a.yaml": b"openapi: 4.0.0\npaths: {}\n"}, "a.yaml", "openapi-version", "use 3.0, 3.1 or 3.2"),
    "too large": ({"a.yaml": BIG}, "a.yaml", "too-large", "split it"),
    "no entry": ({"api/notes.txt": b"x"}, "api", "no-entry", "call it openapi.yaml"),
    "one document of another name": ({"api/orders.yaml": OLD}, "api", "no-entry", "name the file itself: api/orders.yaml"),
    "a neighbour that is missing": ({"a.yaml": SPLIT}, "a.yaml", "missing-file", "put the file there"),
    "a reference out of the folder": (
        {"a/b.yaml": OLD.replace(b"#/components/schemas/Order", b"../order.yaml"), "order.yaml": ORDER},
        "a/b.yaml", "reference-outside", "name the folder above",
    ),
    "a reference to a network": (
        {"a.yaml": OLD.replace(b"#/components/schemas/Order", b"https://x.example/o.yaml")},
        "a.yaml", "reference-outside", "save the file beside this one",
    ),
    "a version without a workspace": ({}, "orders@1.0", "no-workspace", "--workspace DIR"),
    "no git": ({}, "HEAD:a.yaml", "no-repository", "go into it"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_a_remedy(here, case, command, monkeypatch):
    files, written, code, words = WRONG[case]
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(here.parent))
    for name, text in files.items():
        put(here, name, text)
    put(here, "good.yaml", OLD)

    with pytest.raises(InvalidInputError) as caught:
        read(written, Sources())

    fault = caught.value.diagnostics[0]
    assert fault.code == code
    assert words in fault.remedy
    assert fault.message
    done, out, err = command("diff", "good.yaml", written)
    assert (done, out) == (2, "")
    assert str(fault) in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("text", "code"),
    [(b"", "empty-file"), (SPLIT, "reference-outside"), (BIG, "too-large"), (b"\xff", "not-utf-8")],
    ids=["empty", "refers to a file", "too large", "binary"],
)
def test_what_is_wrong_on_standard_input(here, text, code):
    with pytest.raises(InvalidInputError) as caught:
        read("-", Sources(standard_input=lambda: text))

    fault = caught.value.diagnostics[0]
    assert (fault.code, fault.file) == (code, "standard input")


def test_what_is_wrong_with_both_is_told_at_once(here):
    with pytest.raises(InvalidInputError) as caught:
        read_pair("one.yaml", "two.yaml", Sources())

    assert [fault.file for fault in caught.value.diagnostics] == ["one.yaml", "two.yaml"]


def test_standard_input_is_not_two_documents(here):
    with pytest.raises(InvalidInputError, match="both documents"):
        read_pair("-", "-", Sources(standard_input=lambda: OLD))


@pytest.mark.parametrize(
    ("written", "code", "words"),
    [
        ("order@2.0", "unknown-api", "write `orders@2.0`"),
        ("orders@2.1", "unknown-version", "write `orders@"),
        ("orders@1.0", "missing-contract", "put it at contracts/orders/1.0.yaml"),
        ("orders@x", "unknown-version", "orders@"),
    ],
)
def test_versions_that_are_not_there(workspace, written, code, words):
    with pytest.raises(InvalidInputError) as caught:
        read(written, Sources(workspace.folder))

    fault = caught.value.diagnostics[0]
    assert fault.code == code
    assert words in fault.remedy


def test_a_folder_that_is_no_workspace(here):
    with pytest.raises(InvalidInputError, match="no workspace"):
        read("orders@2.0", Sources(here))


def test_an_api_file_that_is_wrong(workspace):
    line = workspace.line_of("contracts/orders/api.yaml", "owner")
    workspace.replace("contracts/orders/api.yaml", "owner", "ownr")

    with pytest.raises(InvalidInputError) as caught:
        read("orders@2.0", Sources(workspace.folder))

    places = {(fault.file, fault.line) for fault in caught.value.diagnostics}
    assert (f"{workspace.folder}/contracts/orders/api.yaml", line) in places
