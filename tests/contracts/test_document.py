"""Documents over files: what is bundled, what is refused, and where everything stands."""

import os

import pytest
from outside_documents import CORPUS, some_documents

from contracts.diagnostic import InvalidInputError
from contracts.document import UnresolvedReferenceError, load_document, parse_document, references

ENTRY = """\
openapi: 3.1.0
info: {title: T, version: 1.0.0}
paths:
  /orders/{id}:
    $ref: paths/orders.yaml#/item
components:
  schemas:
    Order: {$ref: 'schemas/my%20order.json'}
"""
ORDERS = """\
item:
  parameters:
    - {name: id, in: path, required: true, schema: {$ref: '../openapi.yaml#/components/schemas/Order'}}
  get:
    responses:
      '200': {$ref: '#/ok'}
ok:
  description: fine
  content: {application/json: {schema: {$ref: '../schemas/my order.json#/$defs/Line'}}}
"""
SCHEMA = """\
{"type": "object",
 "$defs": {
  "Line": {"$anchor": "line", "properties": {"next": {"$ref": "#/$defs/Line"}, "again": {"$ref": "#line"}}}}}
"""


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture
def folder(write, tmp_path):
    write("openapi.yaml", ENTRY)
    write("paths/orders.yaml", ORDERS)
    write("schemas/my order.json", SCHEMA)
    return tmp_path


def faults(source, root=None):
    with pytest.raises(InvalidInputError) as caught:
        load_document(source, root)
    return caught.value.diagnostics


def test_files_of_a_folder_become_one_tree_whose_references_stay_inside(folder):
    document = load_document(folder)
    found = dict(references(document))
    assert found
    assert all(reference.startswith("#/") for reference in found.values())
    for reference in found.values():
        document.resolve(reference)
    line = document.resolve("/x-files/schemas~1my order.json/$defs/Line")
    assert document.follow(line["properties"]["next"], "")[0] is line
    assert document.follow(line["properties"]["again"], "")[0] is line
    assert document.resolve("#/components/schemas/Order/$defs/Line") is line


def test_places_lead_to_the_right_file(folder):
    document = load_document(folder)
    assert document.position("/paths/~1orders~1{id}") == ("openapi.yaml", 4, 3)
    assert document.position("/paths/~1orders~1{id}/get") == ("paths/orders.yaml", 4, 3)
    assert document.position("#/x-files/paths~1orders.yaml/ok/description") == ("paths/orders.yaml", 8, 3)
    assert document.position("/x-files/schemas~1my order.json/$defs/Line") == ("schemas/my order.json", 3, 3)
    assert document.position("/info/nowhere/at/all") == ("openapi.yaml", 2, 1)


def test_entry_by_file_and_folder_are_the_same(folder):
    by_file, by_folder = load_document(folder / "openapi.yaml", folder), load_document(folder)
    assert by_file.tree == by_folder.tree
    assert by_file.digest == by_folder.digest


def test_the_digest_is_of_every_byte_and_name(folder, write, tmp_path_factory):
    first = load_document(folder).digest
    assert first.startswith("sha256:")
    assert load_document(folder).digest == first
    write("unrelated.yaml", "a: 1")
    assert load_document(folder).digest == first
    write("schemas/my order.json", SCHEMA + " ")
    second = load_document(folder).digest
    assert second != first
    write("openapi.yaml", ENTRY.replace("my%20order", "order"))
    (folder / "schemas/my order.json").rename(folder / "schemas/order.json")
    write("paths/orders.yaml", ORDERS.replace("my order", "order"))
    assert load_document(folder).digest not in (first, second)


def test_a_circle_through_files_stays_a_reference(write, tmp_path):
    write("openapi.yaml", "openapi: 3.0.0\ncomponents: {schemas: {A: {$ref: a.yaml}}}\n")
    write("a.yaml", "properties: {b: {$ref: b.yaml}}\n")
    write("b.yaml", "properties: {a: {$ref: a.yaml}, self: {$ref: '#'}}\n")
    document = load_document(tmp_path)
    b = document.resolve("/x-files/b.yaml")
    assert b["properties"] == {"a": {"$ref": "#/x-files/a.yaml"}, "self": {"$ref": "#/x-files/b.yaml"}}
    assert document.follow(b["properties"]["self"], "")[0] is b


@pytest.mark.parametrize(
    ("reference", "code", "part"),
    [
        ("/etc/passwd", "reference-outside", "no relative path"),
        ("../other.yaml", "reference-outside", "leaves the folder"),
        ("a/../../other.yaml", "reference-outside", "leaves the folder"),
        ("%2e%2e/other.yaml", "reference-outside", "leaves the folder"),
        ("..", "reference-outside", "leaves the folder"),
        ("http://host/x.yaml", "reference-outside", "lies outside"),
        ("HTTPS://host/x.yaml#/a", "reference-outside", "lies outside"),
        ("file:///etc/passwd", "reference-outside", "lies outside"),
        ("//host/x.yaml", "reference-outside", "lies outside"),
        ("c:/x.yaml", "reference-outside", "lies outside"),
        ("a\\\\b.yaml", "reference-outside", "no relative path"),
        ("a.yaml?x=1", "reference-outside", "no relative path"),
        ("a%00.yaml", "reference-outside", "no relative path"),
        ("other.yaml", "missing-file", "is not there"),
        ("link.yaml", "symlink", "symbolic link"),
        ("linked/inner.yaml", "symlink", "symbolic link"),
        ("pipe.yaml", "missing-file", "is no file"),
        ("sub", "missing-file", "is no file"),
        ("broken.yaml", "yaml-syntax", "not YAML"),
    ],
)
def test_references_that_are_refused_at_their_place(write, tmp_path, reference, code, part):
    inside = tmp_path / "v"
    write("other.yaml", "a: 1")
    write("v/openapi.yaml", f'openapi: 3.0.0\ncomponents:\n  schemas:\n    A:\n      $ref: "{reference}"\n')
    write("v/sub/inner.yaml", "a: 1")
    write("v/broken.yaml", "\na: [")
    (inside / "link.yaml").symlink_to(tmp_path / "other.yaml")
    (inside / "linked").symlink_to(inside / "sub")
    os.mkfifo(inside / "pipe.yaml")
    (fault,) = faults(inside)
    assert fault.code == code
    assert part in fault.message
    assert fault.remedy
    if code != "yaml-syntax":
        assert (fault.file, fault.line, fault.column, fault.pointer) == (
            "openapi.yaml",
            5,
            7,
            "/components/schemas/A/$ref",
        )
    else:
        assert (fault.file, fault.line) == ("broken.yaml", 3)


def test_a_flat_file_has_only_itself(write):
    write("other.yaml", "a: 1")
    path = write("1.0.0.yaml", "openapi: 3.0.0\nx: {$ref: other.yaml}\ny: {$ref: '1.0.0.yaml#/x'}\n")
    (fault,) = faults(path)
    assert (fault.file, fault.code, fault.line) == ("1.0.0.yaml", "reference-outside", 2)
    assert "folder" in fault.remedy
    path = write("1.0.0.yaml", "openapi: 3.0.0\nx: {a: 1}\ny: {$ref: '1.0.0.yaml#/x'}\n")
    assert load_document(path).tree["y"] == {"$ref": "#/x"}


def test_all_faults_of_all_files_are_told(write, tmp_path):
    write(
        "openapi.yaml", "openapi: 3.0.0\na: {$ref: x.yaml}\nb: {$ref: /y}\nc: {$ref: sub.yaml}\nd: {$ref: x.yaml#/q}\n"
    )
    write("sub.yaml", "e: {$ref: 'http://h/'}\n")
    assert {(f.file, f.line, f.code) for f in faults(tmp_path)} == {
        ("openapi.yaml", 2, "missing-file"), ("openapi.yaml", 3, "reference-outside"), ("sub.yaml", 1, "reference-outside"),
    }  # fmt: skip


def test_the_entry_itself_may_be_no_link_and_must_be_there(write, tmp_path):
    real = write("real.yaml", "openapi: 3.0.0\n")
    (tmp_path / "link.yaml").symlink_to(real)
    assert faults(tmp_path / "link.yaml")[0].code == "symlink"
    assert faults(tmp_path / "real.yml")[0].code == "missing-file"
    assert "real.yaml" in faults(tmp_path / "real.yml")[0].remedy
    (tmp_path / "empty").mkdir()
    assert faults(tmp_path / "empty")[0].code == "no-entry"
    write("list.yaml", "- a\n")
    assert faults(tmp_path / "list.yaml")[0].code == "not-openapi"


def test_what_looks_like_a_reference_and_is_data_stays():
    document = parse_document(
        b"""
openapi: 3.1.0
x-own: {$ref: nowhere.yaml}
components:
  schemas:
    A:
      properties:
        $ref: {type: string}
        example: {$ref: '#/components/schemas/B'}
        customTypePath: {type: string}
      example: {$ref: nowhere.yaml}
      default: {$ref: nowhere.yaml}
      enum: [{$ref: nowhere.yaml}]
      const: {$ref: nowhere.yaml}
      examples: [{$ref: nowhere.yaml}]
    B: {type: object}
  examples:
    one: {value: {$ref: nowhere.yaml}}
"""
    )
    assert dict(references(document)) == {"/components/schemas/A/properties/example/$ref": "#/components/schemas/B"}
    assert document.tree["components"]["schemas"]["A"]["properties"]["customTypePath"] == {"type": "string"}


def test_directives_of_generators_are_taken_out():
    document = parse_document(
        b"""
openapi: 3.1.0
components:
  schemas:
    A: {customTypePath: os.system, customBasePath: a.b, x-python-type: c, x-python-import: {module: os}, x-other: 1, type: object}
"""
    )
    assert document.tree["components"]["schemas"]["A"] == {"x-other": 1, "type": "object"}


def test_a_mapping_of_a_discriminator_leads_to_files_too(write, tmp_path):
    write(
        "openapi.yaml",
        "openapi: 3.0.0\ncomponents:\n  schemas:\n    A:\n      discriminator:\n        propertyName: k\n"
        "        mapping: {a: A, b: b.yaml, c: '#/components/schemas/A'}\n",
    )
    write("b.yaml", "type: object\n")
    mapping = load_document(tmp_path).resolve("/components/schemas/A/discriminator/mapping")
    assert mapping == {"a": "A", "b": "#/x-files/b.yaml", "c": "#/components/schemas/A"}


def test_names_that_schemas_give_themselves_are_no_files():
    text = b"""
openapi: 3.1.0
$self: https://api.example/contract
components:
  schemas:
    A: {$id: 'https://schemas.example/a', type: object}
    B: {$ref: 'https://schemas.example/a'}
    C: {$ref: 'https://api.example/contract#/components/schemas/A'}
"""
    assert parse_document(text).tree["components"]["schemas"]["B"] == {"$ref": "https://schemas.example/a"}


def test_aliases_are_rewritten_once(write, tmp_path):
    write("openapi.yaml", "openapi: 3.0.0\na: &x {$ref: sub/b.yaml}\nb: *x\n")
    write("sub/b.yaml", "c: &y {$ref: c.yaml}\nd: *y\n")
    write("sub/c.yaml", "type: object\n")
    document = load_document(tmp_path)
    assert document.tree["b"] == {"$ref": "#/x-files/sub~1b.yaml"}
    assert document.resolve("/x-files/sub~1b.yaml/d") == {"$ref": "#/x-files/sub~1c.yaml"}


def test_json_under_a_yaml_name_and_surrogate_pairs():
    document = parse_document(b'{"openapi": "3.0.0", "info": {"title": "\\ud83d\\ude00"}}', "1.0.0.yaml")
    assert document.tree["info"]["title"] == "\U0001f600"
    assert document.position("/info/title") == ("1.0.0.yaml", 1, 31)
    assert parse_document(b"{openapi: 3.0.0}", "1.0.0.yaml").tree == {"openapi": "3.0.0"}


def test_pointers_that_lead_nowhere():
    document = parse_document(b"openapi: 3.0.0\na: {b: [1, {$ref: '#/a'}]}\nc: {$ref: '#/d'}\nd: {$ref: '#/c'}\n")
    assert document.resolve("") is document.tree is document.resolve("#")
    assert document.resolve("/a/b/0") == 1
    assert document.resolve("#/a/b/1/b/0") == 1
    for pointer in ("/x", "/a/b/2", "/a/b/x", "/a/b/0/x", "a", "#a", "/c/x"):
        with pytest.raises(UnresolvedReferenceError):
            document.resolve(pointer)
    with pytest.raises(UnresolvedReferenceError) as caught:
        document.follow({"$ref": "#/c"}, "")
    assert caught.value.circular


def test_a_member_of_that_name_in_the_document_is_left_alone(write, tmp_path):
    write("openapi.yaml", "openapi: 3.0.0\nx-files: mine\na: {$ref: b.yaml}\n")
    write("b.yaml", "type: object\n")
    document = load_document(tmp_path)
    assert document.tree["x-files"] == "mine"
    assert document.follow(document.tree["a"], "")[0] == {"type": "object"}


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS names no folder with outside documents")
@pytest.mark.timeout(300)
def test_large_documents_are_read_with_their_places():
    for path in some_documents("real"):
        document = load_document(path)
        assert document.position("/info/title")[1] > 0
        assert document.digest == load_document(path).digest
