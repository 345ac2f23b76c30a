"""Faults of vendors' documents: each is found, does not keep the rest from being served, and goes when its action is pasted."""

import textwrap
from dataclasses import dataclass

import pytest

from contracts.compile import compile_operation
from contracts.document import parse_document
from contracts.servable import unservable
from contracts.settings import Bounds
from contracts.workspace import load
from governance.check import check

FOLDER = "contracts/stock/2.0"
VENDOR = f"{FOLDER}/vendor.yaml"
OVERLAY = f"{FOLDER}/overlay.yaml"
HEAD = """\
openapi: {version}
info: {{title: T, version: '2.0'}}
security: [{{key: []}}]
paths:
"""
KEY = "  securitySchemes: {key: {type: apiKey, in: header, name: X-API-Key}}\n"
GOOD = """\
  /items:
    get:
      operationId: listItems
      parameters: []
      responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}}
"""


@dataclass
class Row:
    """A vendor's document that is good but for one fault; `at` is text on the line where that is shown."""

    name: str
    code: str
    at: str
    schemas: str = ""
    paths: str = ""
    version: str = "3.0.3"
    left_out: int = 0
    """How many operations are not served while the fault is there."""
    count: int = 1


ROWS = [
    Row("a default of SAP", "default-not-valid", "default: 'null'", "Item: {properties: {id: {type: string, format: uuid, \ndefault: 'null'}}}"),
    Row("a default of Microsoft", "default-not-valid", "default: null", "Item: {properties: {id: {type: string,\n default: null}}}", version="3.1.0"),
    Row("a default of text for a boolean", "default-not-valid", "default: 'false'", "Item: {properties: {on: {type: boolean,\n default: 'false'}}}"),
    Row("a default of a parameter", "default-not-valid", "default: 0", "Item: {}", "  /p:\n    get: {operationId: p, parameters: [{name: top, in: query, schema: {type: integer, minimum: 1,\n default: 0}}], responses: {default: {description: d}}}\n"),
    Row("an example of a schema", "example-not-valid", "example: 5", "Item: {type: object, properties: {a: {type: string,\n example: 5}}}"),
    Row("examples of a schema", "example-not-valid", "5", "Item: {type: object, properties: {a: {type: string, examples: [ok,\n 5]}}}", version="3.1.0"),
    Row("a list of examples of numbers", "example-not-valid", "19.995", "Item: {type: object, properties: {a: {type: number, multipleOf: 0.01, examples: [19.99,\n 19.995]}}}", version="3.1.0"),
    Row("an example of an answer", "example-not-valid", "example:", "Item: {}", "  /p:\n    get: {operationId: p, responses: {default: {description: d, content: {application/json: {schema: {type: object, required: [a]},\n example: {b: 1}}}}}}\n"),
    Row("a named example of an answer", "example-not-valid", "wrong:", "Item: {}", "  /p:\n    get: {operationId: p, responses: {default: {description: d, content: {application/json: {schema: {type: string}, examples: {good: {value: a},\n wrong: {value: 1}}}}}}}\n"),
    Row("an example of a parameter", "example-not-valid", "example: x", "Item: {}", "  /p:\n    get: {operationId: p, parameters: [{name: top, in: query, schema: {type: integer},\n example: x}], responses: {default: {description: d}}}\n"),
    Row("required without a property", "required-not-described", "gone", "Item: {type: object, properties: {a: {}}, required: [a,\n gone]}"),
    Row("required beside allOf", "required-not-described", "gone", "Base: {type: object, properties: {b: {}}}\nItem: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {a: {}}, required: [a, b,\n gone]}]}"),
    Row("an operation id twice", "duplicate-operation-id", "operationId: listItems, x-a: 1", "Item: {}", "  /p:\n    get: {\n operationId: listItems, x-a: 1, responses: {default: {description: d}}}\n"),
    Row("a format that nobody knows", "format-not-checked", "format: sku", "Item: {properties: {a: {type: string,\n format: sku}}}"),
    Row("a format at many places", "format-not-checked", "format: sku", "Item: {properties: {a: {type: string,\n format: sku}, b: {type: string, format: sku}, format: {type: string}}}"),
    Row("nullable beside a reference", "nullable-without-effect", "nullable: true", "Other: {type: string, enum: [a]}\nItem: {type: object, properties: {o: {$ref: '#/components/schemas/Other',\n nullable: true}}}"),
    Row("nullable beside a reference in 3.1", "nullable-without-effect", "nullable: true", "Other: {type: string}\nItem: {type: object, properties: {o: {$ref: '#/components/schemas/Other',\n nullable: true}}}", version="3.1.0"),
    Row("not nullable beside a reference", "nullable-without-effect", "nullable: false", "Other: {type: string}\nItem: {type: object, properties: {o: {$ref: '#/components/schemas/Other',\n nullable: false}}}"),
    Row("a slip in a schema", "unknown-key", "maxLenght: 3", "Item: {type: object, properties: {a: {type: string,\n maxLenght: 3}}}"),
    Row("a slip in a schema of 3.1", "unknown-key", "minLenght: 3", "Item: {type: object, properties: {a: {type: string,\n minLenght: 3}}}", version="3.1.0"),
    Row("a key of no operation", "unknown-key", "consumes:", "Item: {}", "  /p:\n    get: {operationId: p, responses: {default: {description: d}},\n consumes: [application/json]}\n"),
    Row("a key of a later version", "newer-key", "const: a", "Item: {type: object, properties: {a: {type: string,\n const: a}}}"),
    Row("read-only beside a reference", "key-without-effect", "readOnly: true", "Other: {type: string}\nItem: {type: object, properties: {o: {$ref: '#/components/schemas/Other',\n readOnly: true}}}"),
    Row("nullable in 3.1", "key-without-effect", "nullable: true", "Item: {type: object, properties: {o: {type: string,\n nullable: true}}}", version="3.1.0"),
    Row("a path parameter that nothing declares", "path-parameter-undeclared", "get: {operationId: p", "Item: {}", "  /p/{id}:\n    get: {operationId: p, responses: {default: {description: d}}}\n", left_out=1),
    Row("two paths that are one", "paths-collapse", "/p/{b}", "Item: {}", "  /p/{a}:\n    get: {operationId: p, parameters: [{name: a, in: path, required: true, schema: {}}], responses: {default: {description: d}}}\n  /p/{b}:\n    get: {operationId: q, parameters: [{name: b, in: path, required: true, schema: {}}], responses: {default: {description: d}}}\n"),
    Row("security that nobody can prove", "security-not-provable", "get: {operationId: p", "Item: {}", "  /p:\n    get: {operationId: p, security: [{basic: []}], responses: {default: {description: d}}}\n", left_out=1),
    Row("security by certificate and token", "security-not-provable", "get: {operationId: p", "Item: {}", "  /p:\n    get: {operationId: p, security: [{basic: [], tls: []}], responses: {default: {description: d}}}\n", left_out=1, version="3.1.0"),
    Row("security by key and password", "security-not-provable", "get: {operationId: p", "Item: {}", "  /p:\n    get: {operationId: p, security: [{basic: [], key: []}], responses: {default: {description: d}}}\n", left_out=1),
    Row("an OData batch", "odata-batch", "post: {operationId: p", "Item: {}", "  /$batch:\n    post: {operationId: p, responses: {default: {description: d}}}\n", left_out=1),
]  # fmt: skip


def document(row):
    schemas = textwrap.indent(row.schemas, "    ")
    schemes = KEY.replace("}}\n", "}, basic: {type: http, scheme: basic}, tls: {type: mutualTLS}}\n")
    return HEAD.format(version=row.version) + GOOD + row.paths + f"components:\n{schemes}  schemas:\n{schemas}\n"


@pytest.fixture
def vendor(workspace):
    """Write a vendor's document and no overlay yet."""

    def write(text):
        (workspace.folder / OVERLAY).unlink(missing_ok=True)
        workspace.write(VENDOR, text)
        return workspace

    return write


def found(workspace, file=FOLDER):
    return [one.diagnostic for one in check(workspace.folder).found if one.diagnostic.file.startswith(file)]


def paste(workspace, *suggestions):
    head = "overlay: 1.0.0\ninfo:\n  title: Pasted\n  version: '1'\nactions:\n"
    workspace.write(OVERLAY, head + "".join(textwrap.indent(text, "  ") for text in suggestions))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))
def test_a_fault_is_found_and_goes_when_its_action_is_pasted(row, vendor):
    workspace = vendor(document(row))
    before = check(workspace.folder)

    (fault,) = [fault for fault in found(workspace) if fault.code != "vendor-fault"]
    assert (fault.code, fault.file, fault.severity) == (row.code, VENDOR, "warning")
    assert fault.line == workspace.line_of(VENDOR, row.at)
    assert fault.suggestion
    assert (before.exit_code, before.not_served) == (1, row.left_out)

    paste(workspace, fault.suggestion)
    after = check(workspace.folder)

    assert [str(one.diagnostic) for one in after.found] == []
    assert (after.exit_code, after.not_served) == (0, 0)


def test_the_good_document_has_no_fault(vendor):
    row = Row("", "", "", "Item: {type: object, properties: {a: {type: string, format: date, example: '2026-01-31'}}}")
    assert found(vendor(document(row))) == []


@pytest.mark.parametrize(
    "schemas",
    [
        "Item: {type: object, additionalProperties: {type: string}, properties: {a: {}}, required: [b]}",
        "Base: {properties: {b: {}}, type: object}\nItem: {allOf: [{$ref: '#/components/schemas/Base'}], type: object, properties: {a: {}}, required: [b]}",
        "Item: {oneOf: [{properties: {b: {}}}], properties: {a: {}}, required: [b]}",
        "Item: {properties: {a: {type: string, readOnly: true}, b: {type: string, writeOnly: true}}, required: [a, b], example: {a: x, b: y}}",
        "Item: {type: number, multipleOf: 0.01, default: 19.99, example: 1e2}",
        "Item: {type: string, nullable: true, default: null}",
        "Item: {type: string, format: password}",
        "Item: {$ref: '#/components/schemas/Other', default: 1}\nOther: {type: string}",
        "Item: {type: object, properties: {default: {type: string}, example: {type: string}, required: {type: string}}}",
        "Item: {type: string, pattern: '^(?=a)', default: b}",
    ],
)
def test_what_is_no_fault(schemas, vendor):
    faults = found(vendor(document(Row("", "", "", schemas))))
    assert [fault for fault in faults if fault.code not in ("not-served", "key-without-effect")] == []


def test_null_is_taken_once_the_action_is_pasted(vendor):
    row = next(row for row in ROWS if row.name == "nullable beside a reference")
    workspace = vendor(document(row))

    def judged():
        contract = load(workspace.folder).contracts["stock", "2.0"]
        operation = compile_operation(contract, contract.operations[0], "stock", "2.0", Bounds())
        bodies = (b'{"o": null}', b'{"o": "a"}', b'{"o": "b"}')
        headers = [(b"content-type", b"application/json")]
        return [operation.judge_answer(200, headers, body).outcome for body in bodies]

    assert judged() == ["violates", "conforms", "violates"]
    paste(workspace, found(workspace)[0].suggestion)
    assert judged() == ["conforms", "conforms", "violates"]


def test_a_document_without_any_security(vendor):
    text = document(Row("", "", "", "Item: {}")).replace("security: [{key: []}]\n", "").replace(KEY[:-1], "  x: 1")
    text = text.replace("  securitySchemes", "  x-schemes") + "x-end: 1\n"
    workspace = vendor(text)

    (fault,) = found(workspace)
    assert fault.code == "no-security"
    assert "target: $\n" in fault.suggestion
    paste(workspace, fault.suggestion)

    assert found(workspace) == []
    (operation,) = load(workspace.folder).contracts["stock", "2.0"].operations
    assert unservable(operation) is None
    ((use,),) = operation.security
    assert use.kind == "bearer"


def test_one_operation_without_security_gets_what_the_others_have(vendor):
    more = "  /p:\n    get: {operationId: p, responses: {default: {description: d}}}\n"
    text = document(Row("", "", "", "Item: {}", more)).replace("security: [{key: []}]\n", "")
    workspace = vendor(text.replace("operationId: listItems", "operationId: listItems\n      security: [{key: []}]"))

    (fault,) = found(workspace)
    assert fault.suggestion == "- target: $.paths['/p'].get\n  update:\n    security:\n      - key: []\n"
    paste(workspace, fault.suggestion)
    assert found(workspace) == []


def test_a_scheme_is_mapped_once_for_all_that_ask_for_it(vendor):
    operation = "    get: {security: [{sap: []}], responses: {default: {description: d}}}\n"
    workspace = vendor(document(Row("", "", "", "Item: {}", f"  /p:\n{operation}  /q:\n{operation}")))
    faults = [fault for fault in found(workspace) if fault.code == "security-not-provable"]
    (suggestion,) = {fault.suggestion for fault in faults}
    assert len(faults) == 2
    paste(workspace, suggestion)
    assert found(workspace) == []


def test_all_faults_are_mended_at_once(vendor):
    text = document(
        Row(
            "", "", "",
            "Item: {type: object, required: [a, gone, lost], properties: {a: {type: string, format: sku, default: 1}}}\n"
            "Other: {type: array, items: {type: string, example: 1}}",
            "  /p/{id}:\n    get: {operationId: listItems, parameters: [{name: x, in: query, schema: {type: integer, default: a}}], responses: {default: {description: d}}}\n",
        )
    )  # fmt: skip
    workspace = vendor(text)
    faults = found(workspace)
    assert sorted(fault.code for fault in faults) == [
        "default-not-valid",
        "default-not-valid",
        "duplicate-operation-id",
        "example-not-valid",
        "format-not-checked",
        "path-parameter-undeclared",
        "required-not-described",
        "required-not-described",
        "vendor-fault",
    ]
    paste(workspace, *(fault.suggestion for fault in faults))
    assert [str(fault) for fault in found(workspace)] == []


def test_what_stands_in_a_path_that_is_left_out_goes_with_it(vendor):
    parameter = "{name: %s, in: path, required: true, schema: {type: integer, default: x}}"
    operation = "    get: {parameters: [%s], responses: {default: {description: d}}}\n"
    paths = "".join(f"  /p/{{{name}}}:\n" + operation % (parameter % name) for name in "ab")
    workspace = vendor(document(Row("", "", "", "Item: {}", paths)))
    faults = found(workspace)
    assert [fault.code for fault in faults] == ["default-not-valid", "paths-collapse"]
    paste(workspace, *(fault.suggestion for fault in faults))
    assert [str(fault) for fault in found(workspace)] == []


@pytest.mark.parametrize(
    ("schema", "count"),
    [
        ("{type: string, examples: [1, good, 2, true, null, 3.5]}", 5),
        ("{type: string, examples: [{a: 1}, good, [1], 2]}", 1),
        ("{type: object, properties: {a: {}}, required: [gone, a, gone, lost]}", 2),
    ],
)
def test_actions_on_one_list_do_not_move_each_others_items(vendor, schema, count):
    workspace = vendor(document(Row("", "", "", f"Item: {schema}", version="3.1.0")))
    faults = found(workspace)
    assert len(faults) == count
    paste(workspace, *(fault.suggestion for fault in faults))
    assert [str(fault) for fault in found(workspace)] == []
    item = load(workspace.folder).contracts["stock", "2.0"].document.resolve("/components/schemas/Item")
    assert item.get("examples", ["good"]) == ["good"]
    assert item.get("required", ["a"]) == ["a"]


def test_an_example_that_many_refer_to_is_told_once(vendor):
    media = "{application/json: {schema: {type: string}, examples: {x: {$ref: '#/components/examples/X'}}}}"
    paths = (
        "  /p:\n    get: {responses: {'200': {description: d, content: %s}, '201': {description: d, content: %s}}}\n"
    )
    text = document(Row("", "", "", "Item: {}", paths % (media, media))) + "  examples: {X: {value: 1}}\n"
    workspace = vendor(text)
    (fault,) = found(workspace)
    paste(workspace, fault.suggestion)
    assert found(workspace) == []


def test_faults_in_further_files(vendor):
    workspace = vendor(document(Row("", "", "", "Item: {$ref: 'parts/item.yaml#/Item'}")))
    workspace.write(
        f"{FOLDER}/parts/item.yaml",
        "Item:\n  type: object\n  properties:\n    a: {type: boolean, default: 'no'}\n"
        "    b: {$ref: 'other.yaml#/Other', nullable: true}\n",
    )
    workspace.write(f"{FOLDER}/parts/other.yaml", "Other: {type: string}\n")
    faults = found(workspace)
    assert [(fault.file, fault.line, fault.code) for fault in faults] == [
        (f"{FOLDER}/parts/item.yaml", 4, "default-not-valid"),
        (f"{FOLDER}/parts/item.yaml", 5, "nullable-without-effect"),
    ]
    paste(workspace, *(fault.suggestion for fault in faults))
    assert [str(fault) for fault in found(workspace)] == []


BROKEN = {
    "a reference of the operation": "  /p:\n    get: {operationId: p, parameters: [{$ref: '#/components/parameters/gone'}], responses: {default: {description: d}}}\n",
    "a reference of the path": "  /p:\n    parameters: [{$ref: '#/components/parameters/gone'}]\n    get: {operationId: p, responses: {default: {description: d}}}\n",
    "a reference of a body": "  /p:\n    get: {operationId: p, requestBody: {$ref: '#/components/requestBodies/gone'}, responses: {default: {description: d}}}\n",
    "a reference of an answer": "  /p:\n    get: {operationId: p, responses: {default: {$ref: '#/components/responses/gone'}}}\n",
    "a reference of a header": "  /p:\n    get: {operationId: p, responses: {default: {description: d, headers: {X: {$ref: '#/components/headers/gone'}}}}}\n",
    "a reference of a schema": "  /p:\n    get: {operationId: p, responses: {default: {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/gone'}}}}}}\n",
    "a circle": "  /p:\n    get: {operationId: p, parameters: [{$ref: '#/components/parameters/round'}], responses: {default: {description: d}}}\n",
    "a parameter without place": "  /p:\n    get: {operationId: p, parameters: [{name: a}], responses: {default: {description: d}}}\n",
    "a parameter twice": "  /p:\n    get: {operationId: p, parameters: [{name: a, in: query, schema: {}}, {name: a, in: query, schema: {}}], responses: {default: {description: d}}}\n",
    "a status that is none": "  /p:\n    get: {operationId: p, responses: {okay: {description: d}}}\n",
    "security that is no list": "  /p:\n    get: {operationId: p, security: key, responses: {default: {description: d}}}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_left_out_and_the_rest_is_served(name, vendor):
    row = Row("", "", "", "Item: {}", BROKEN[name])
    text = document(row) + "  parameters: {round: {$ref: '#/components/parameters/round'}}\n"
    report = check(vendor(text).folder)

    assert report.exit_code == 1
    assert report.not_served == 1
    left_out = [one.diagnostic for one in report.found if "is not served" in one.diagnostic.message]
    assert [fault.message.split()[1] for fault in left_out] == ["/p"]


@pytest.mark.parametrize("name", [name for name in BROKEN if name != "security that is no list"])
def test_the_same_in_a_document_of_ones_own_is_an_error(name, vendor):
    workspace = vendor(document(Row("", "", "", "Item: {}", BROKEN[name]))
                       + "  parameters: {round: {$ref: '#/components/parameters/round'}}\n")  # fmt: skip
    workspace.rename(VENDOR, f"{FOLDER}/openapi.yaml")

    assert check(workspace.folder).exit_code == 2


def test_ones_own_document_gets_no_suggestions(vendor):
    workspace = vendor(document(next(row for row in ROWS if row.name == "an OData batch")))
    workspace.rename(VENDOR, f"{FOLDER}/openapi.yaml")

    (fault,) = found(workspace)
    assert (fault.code, fault.suggestion) == ("odata-batch", "")
    assert parse_document(b"openapi: 3.0.0\n").is_vendors is False


def test_how_it_is_printed(vendor, command):
    row = next(row for row in ROWS if row.name == "a default of SAP")
    code, out, _ = command("check", vendor(document(row)).folder)

    assert code == 1
    assert (
        "  for `actions` of overlay.yaml:\n"
        "    - target: $.components.schemas.Item.properties.id.default\n"
        "      remove: true\n"
    ) in out
    assert "vendor.yaml:14:5: warning[default-not-valid]" in out
