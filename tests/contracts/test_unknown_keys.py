"""Keys that OpenAPI does not have where they stand: misspelt, of another version, or passed over beside a reference."""

import json
import sys
from importlib.resources import files

import pytest
from outside_documents import CORPUS, some_documents

from contracts.contract import examine
from contracts.diagnostic import InvalidInputError
from contracts.document import load_document, parse_document
from contracts.object_keys import KEYS
from contracts.unknown_keys import unknown_keys

GOOD = {
    "info": {"title": "t", "version": "1", "contact": {"name": "c"}, "license": {"name": "l"}},
    "servers": [{"url": "https://a.example", "variables": {"v": {"default": "a"}}}],
    "tags": [{"name": "a", "externalDocs": {"url": "https://a.example"}}],
    "paths": {
        "/it": {
            "summary": "s",
            "parameters": [{"name": "top", "in": "query", "schema": {"type": "integer"}}],
            "post": {
                "operationId": "it",
                "security": [],
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": {"type": "object", "properties": {"minimun": {"type": "string"}}},
                            "encoding": {"minimun": {"contentType": "text/plain"}},
                            "examples": {"e": {"value": {"minimun": "descripton"}}},
                        }
                    }
                },
                "responses": {
                    "200": {
                        "description": "d",
                        "headers": {"X-A": {"schema": {"type": "string"}}},
                        "links": {"l": {"operationId": "it"}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/N"}}},
                    },
                    "default": {"$ref": "#/components/responses/R"},
                },
                "callbacks": {"c": {"{$request.query.top}": {"get": {"responses": {"200": {"description": "d"}}}}}},
            },
        }
    },
    "components": {
        "schemas": {
            "N": {
                "type": "object",
                "properties": {"kind": {"type": "string", "default": {"titel": 1}, "enum": ["a"]}},
                "discriminator": {"propertyName": "kind"},
                "xml": {"name": "n"},
                "items": {},
            }
        },
        "responses": {"R": {"description": "d"}},
        "securitySchemes": {"s": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "a", "scopes": {}}}}},
    },
}
R = "/components/responses/R"
DEFAULT = "/paths/~1it/post/responses/default"
OPERATION, MEDIA = "/paths/~1it/post", "/paths/~1it/post/requestBody/content/multipart~1form-data"


def contract(tree, version="3.1.0", name="openapi.json"):
    return examine(parse_document(json.dumps({"openapi": version} | tree).encode(), name))[0]


def changed(at, version, **members):
    """The findings once members are put in at a place."""
    tree = json.loads(json.dumps(GOOD))
    node = tree
    for token in at.split("/")[1:]:
        name = token.replace("~1", "/")
        node = node[int(name)] if isinstance(node, list) else node[name]
    node.update(members)
    return list(unknown_keys(contract(tree, version)))


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_what_is_written_well_is_not_told(version):
    assert list(unknown_keys(contract(GOOD, version))) == []


@pytest.mark.parametrize(
    ("at", "key", "remedy", "words"),
    [
        ("", "pathes", "write `paths`", "in a document object: nothing reads it"),
        ("", "securty", "write `security`", "what it asks of callers is not asked"),
        ("/info", "titel", "write `title`", "in an info object"),
        ("/info/contact", "mail", "write `email`", "in a contact object"),
        ("/info/license", "uri", "write `url`", "in a license object"),
        ("/servers/0", "varibles", "write `variables`", "in a server object"),
        ("/servers/0/variables/v", "enums", "write `enum`", "in a server variable object"),
        ("/tags/0", "nam", "write `name`", "in a tag object"),
        ("/tags/0/externalDocs", "link", "take it out, or begin", "in an external documentation object"),
        ("/paths/~1it", "pots", "write `post`", "in a path item object: no operation is served from it"),
        ("/paths/~1it/parameters/0", "requird", "write `required`", "in a parameter object: calls without it may pass"),
        ("/paths/~1it/parameters/0", "type", "put it under `schema`", "in a parameter object"),
        (OPERATION, "operationID", "write `operationId`", "in an operation object"),
        (OPERATION, "200", "put it under `responses`", "in an operation object"),
        (OPERATION, "securityy", "write `security`", "what it asks of callers is not asked"),
        (f"{OPERATION}/requestBody", "require", "write `required`", "in a request body object: calls without it"),
        (f"{OPERATION}/requestBody", "text/plain", "put it under `content`", "in a request body object"),
        (MEDIA, "shema", "write `schema`", "in a media type object: nothing is judged by it"),
        (f"{MEDIA}/encoding/minimun", "contenttype", "write `contentType`", "in an encoding object"),
        (f"{MEDIA}/examples/e", "vaule", "write `value`", "in an example object"),
        (f"{OPERATION}/responses/200", "header", "write `headers`", "in a response object"),
        (f"{OPERATION}/responses/200/headers/X-A", "name", "take it out, or begin", "in a header object"),
        (f"{OPERATION}/responses/200/links/l", "operationid", "write `operationId`", "in a link object"),
        (f"{OPERATION}/callbacks/c/{{$request.query.top}}", "gett", "write `get`", "no operation is served from it"),
        ("/components", "definitions", "take it out, or begin", "in a components object"),
        (R, "descripton", "write `description`", "in a response object"),
        ("/components/securitySchemes/s", "flow", "write `flows`", "in a security scheme object"),
        ("/components/securitySchemes/s/flows", "implict", "write `implicit`", "in an OAuth flows object"),
        ("/components/securitySchemes/s/flows/implicit", "scope", "write `scopes`", "in an OAuth flow object"),
        (R, "ref", "write `$ref`", "in a response object"),
        ("/components/schemas/N/discriminator", "property", "write `propertyName`", "in a discriminator object"),
        ("/components/schemas/N/xml", "wraped", "write `wrapped`", "in an XML object"),
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_an_unknown_key_is_told_with_the_right_one(at, key, remedy, words, version):
    (found,) = changed(at, version, **{key: "a", "x-of-ones-own": 1})
    place = f"{at}/{key.replace('/', '~1')}"
    assert (found.code, found.pointer, found.severity) == ("unknown-key", place, "warning")
    assert f"OpenAPI {version[:3]} has no `{key}` {words}" in found.message or words in found.message
    assert found.remedy.startswith(remedy)
    assert found.suggestion == ""


N = "/components/schemas/N/properties/kind"
JUDGED = "no value is judged by it, so more may pass than is meant"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize(
    ("key", "right", "words"),
    [
        ("enums", "enum", JUDGED), ("enumm", "enum", JUDGED), ("property", "properties", JUDGED),
        ("additionalProperty", "additionalProperties", JUDGED),
        ("minimun", "minimum", JUDGED), ("requird", "required", JUDGED), ("maxLenght", "maxLength", JUDGED),
        ("maxlength", "maxLength", JUDGED), ("max_length", "maxLength", JUDGED), ("item", "items", JUDGED),
        ("exclusivMinimun", "exclusiveMinimum", JUDGED), ("titel", "title", "nothing reads it"),
        ("tpye", "type", JUDGED), ("ref", "$ref", JUDGED), ("readonly", "readOnly", "nothing reads it"),
    ],
)  # fmt: skip
def test_a_slip_in_a_schema_is_told(key, right, words, version):
    if right in ("type", "enum"):
        tree = json.loads(json.dumps(GOOD))
        tree["components"]["schemas"]["M"] = {key: "a"}
        (found,) = unknown_keys(contract(tree, version))
    else:
        (found,) = changed(N, version, **{key: "a"})
    assert (found.code, found.message.endswith(words)) == ("unknown-key", True)
    assert found.remedy.startswith(f"write `{right}`")


ANNOTATIONS = [
    *(
        "deprecatedBy",
        "formatMinimum",
        "propertyOrder",
        "enumNames",
        "enumDescriptions",
        "note",
        "types",
        "label",
        "id",
    ),
    *(
        "order",
        "unit",
        "units",
        "displayName",
        "minimal",
        "examplesOf",
        "go.type",
        "errorMessage",
        "group",
        "defaultUnit",
    ),
]


@pytest.mark.parametrize("key", ANNOTATIONS)
def test_annotations_of_ones_own_are_free_since_3_1(key):
    assert changed(N, "3.1.0", **{key: "a"}) == changed(N, "3.2.0", **{key: "a"}) == []
    (found,) = changed(N, "3.0.3", **{key: "a"})
    assert found.code == "unknown-key"


@pytest.mark.parametrize(
    ("at", "version", "key", "later"),
    [
        ("", "3.0.3", "webhooks", "3.1"), ("/info", "3.0.3", "summary", "3.1"), (MEDIA, "3.1.0", "itemSchema", "3.2"),
        (N, "3.0.3", "const", "3.1"), (N, "3.0.3", "examples", "3.1"), ("/tags/0", "3.1.0", "parent", "3.2"),
    ],
)  # fmt: skip
def test_a_key_of_a_later_version_is_told_as_one(at, version, key, later):
    (found,) = changed(at, version, **{key: {}})
    assert (found.code, found.pointer) == ("newer-key", f"{at}/{key}")
    assert found.remedy.startswith(f"say `openapi: {later}.0`")
    assert changed(at, f"{later}.0", **{key: {}}) == []


def test_what_operations_tell_is_not_told_again():
    assert changed("/paths/~1it", "3.1.0", query={"responses": {}}) == []


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"nullable": True}, "`nullable` has no effect in OpenAPI 3.1: null is refused"),
        ({"nullable": False}, "`nullable` has no effect in OpenAPI 3.1"),
        ({"nullable": True, "type": ["string", "null"]}, "`nullable` has no effect in OpenAPI 3.1"),
        ({"nulable": True}, "`nulable` is no keyword, and `nullable` has no effect in OpenAPI 3.1"),
        ({"$recursiveRef": "#"}, "`$recursiveRef` has no effect in OpenAPI 3.1"),
    ],
)
def test_keywords_of_other_versions_have_no_effect(members, words):
    (found,) = changed(N, "3.1.0", **members)
    assert found.message == words
    assert found.remedy.startswith("write ")


def test_nullable_of_3_0_is_none():
    assert changed(N, "3.0.3", nullable=True) == []
    assert changed(N, "3.0.3", nulable=True)[0].remedy == "write `nullable`"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_siblings_of_references(version):
    (found,) = changed(DEFAULT, version, headers={}, description="d", summary="s")
    assert (found.code, found.pointer) == ("key-without-effect", f"{DEFAULT}/headers")
    schema = "/components/schemas/N/properties"
    said = changed(schema, version, other={"$ref": "#/components/schemas/N", "readOnly": True, "title": "t"})
    assert [one.pointer for one in said] == ([f"{schema}/other/readOnly"] if version == "3.0.3" else [])
    # Those that judge are told with the keywords that never fire.
    assert changed(schema, version, other={"$ref": "#/components/schemas/N", "maxLength": 3}) == []


def test_many_places_are_one_finding_and_a_vendors_gets_its_action():
    tree = json.loads(json.dumps(GOOD))
    properties = tree["components"]["schemas"]["N"]["properties"]
    properties["kind"]["maxLenght"] = 3
    (found,) = unknown_keys(contract(tree, name="vendor.json"))
    assert "remove: true" in found.suggestion
    assert "maxLength: 3" in found.suggestion
    properties["other"] = {"maxLenght": 3}
    (found,) = unknown_keys(contract(tree, name="vendor.json"))
    assert (found.message.endswith("(2 places, the next at line 1)"), found.suggestion) == (True, "")


def test_what_is_for_people_to_move_has_no_action():
    tree = json.loads(json.dumps(GOOD))
    tree["paths"]["/it"]["pots"] = {"responses": {}}
    tree["paths"]["/it"]["post"]["404"] = {"description": "d"}
    found = unknown_keys(contract(tree, name="vendor.json"))
    assert [(one.pointer.rpartition("/")[2], one.suggestion) for one in found] == [("pots", ""), ("404", "")]


def test_what_stands_at_the_end_of_a_reference_is_what_refers_to_it(tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/it": {"$ref": "parts.yaml#/item"}, "/other": {"$ref": "parts.yaml#/item"}},
    }))  # fmt: skip
    (tmp_path / "parts.yaml").write_text("item:\n  get: {responses: {}}\n  pots: {}\nschema: {free: 1}\n")
    (found,) = unknown_keys(examine(load_document(tmp_path))[0])
    assert (found.file, found.line, "places" in found.message) == ("parts.yaml", 3, False)


def test_what_an_overlay_puts_in_is_told_at_its_line(tmp_path):
    (tmp_path / "vendor.json").write_text(json.dumps({"openapi": "3.1.0"} | GOOD))
    actions = "- target: $.components.schemas.N.properties.kind\n  update: {maxLenght: 12}\n"
    head = "overlay: 1.1.0\ninfo: {title: t, version: '1'}\nactions:\n"
    (tmp_path / "overlay.yaml").write_text(head + actions)
    (found,) = unknown_keys(examine(load_document(tmp_path))[0])
    assert (found.file, found.line, found.suggestion) == ("overlay.yaml", 5, "")
    assert found.remedy.startswith("write `maxLength`")


def test_aliases_are_looked_at_once():
    lines = ["a0: &a0 {minimun: 1}", *(f"a{n}: &a{n} {{anyOf: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 12))]
    text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n"
    text += "".join(f"    {line}\n" for line in lines)
    (found,) = unknown_keys(examine(parse_document(text.encode()))[0])
    assert "places" not in found.message


def _official(version):
    name = "v3.0" if version == "3.0" else f"v{version}"
    path = files("openapi_spec_validator") / "resources" / "schemas" / name / "schema.json"
    return json.loads(path.read_text())


def _keys_of(node):
    """Each name that a schema of the specification gives to a member, its conditions included."""
    found = set(node.get("properties", {}))
    for key in ("allOf", "oneOf", "anyOf"):
        for one in node.get(key, ()):
            found |= _keys_of(one)
    for key in {"then", "else"} & node.keys():
        found |= _keys_of(node[key])
    for one in node.get("dependentSchemas", {}).values():
        found |= _keys_of(one)
    for one in node.get("$defs", {}).values():
        found |= _keys_of(one)
    return found


@pytest.mark.parametrize("version", list(KEYS))
def test_no_key_of_the_specifications_own_schema_is_unknown(version):
    whole = _official(version)
    parts = whole.get("$defs") or whole["definitions"]
    folded = {kind.replace("-", "").lower(): kind for kind in KEYS[version]}
    folded["externaldocs"] = "external-documentation"
    looked_at = set()
    for name, node in {"document": whole | {"$defs": {}}, **parts}.items():
        kind = folded.get(name.replace("-", "").lower())
        if kind is None or (kind == "schema" and version != "3.0"):
            continue
        looked_at.add(kind)
        ours, theirs = set(KEYS[version][kind]), _keys_of(node)
        if kind == "OAuth-flows":
            ours |= set(KEYS[version]["OAuth-flow"])
        # The schema of 3.1 has `body` where the text of the specification has `server`.
        assert theirs - {"body"} - ours == set(), kind
    assert len(looked_at) > 15


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS is not set")
@pytest.mark.timeout(300)
def test_documents_from_outside_have_few_and_each_is_a_fault(capsys):
    told = looked_at = 0
    for folder in ("real", "oasdiff", "others"):
        for path in some_documents(folder):
            try:
                contract, _ = examine(load_document(path))
            except InvalidInputError:
                continue
            found = list(unknown_keys(contract)) if contract is not None else []
            looked_at += contract is not None
            told += len(found)
            for one in found if folder == "real" else ():
                # Read by hand: flags beside references of 3.0, and Swagger 2's `type` in a parameter.
                assert (one.code, one.pointer.rpartition("/")[2]) in {
                    ("key-without-effect", "readOnly"), ("key-without-effect", "deprecated"),
                    ("key-without-effect", "type"),
                }  # fmt: skip
    with capsys.disabled():
        sys.stdout.write(f"\n{looked_at} documents, {told} unknown keys\n")
    assert looked_at > 500
    assert told < looked_at / 10
