"""readOnly and writeOnly by direction, in every dialect and through composition; discriminators."""

import pytest

OK = "conforms"
ID = {"type": "integer", "readOnly": True}
SECRET = {"type": "string", "writeOnly": True}


def responses(schema):
    return {"200": {"description": "done", "content": {"application/json": {"schema": schema}}}}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "required": ["id", "pin", "n"], "properties": {"id": ID, "pin": SECRET, "n": {}}},
        {"$ref": "#/components/schemas/Plain"},
        {"allOf": [{"$ref": "#/components/schemas/Plain"}]},
        {"allOf": [{"properties": {"id": ID, "pin": SECRET}}, {"required": ["id", "pin", "n"]}]},
        {"allOf": [{"$ref": "#/components/schemas/Members"}, {"$ref": "#/components/schemas/Required"}]},
        {"properties": {"id": ID, "pin": SECRET}, "allOf": [{"$ref": "#/components/schemas/Required"}]},
        {"required": ["id", "pin", "n"], "allOf": [{"$ref": "#/components/schemas/Members"}]},
        {
            "required": ["id", "pin", "n"],
            "properties": {
                "id": {"$ref": "#/components/schemas/Id"},
                "pin": {"allOf": [{"$ref": "#/components/schemas/Secret"}]},
            },
        },
        {
            "required": ["id", "pin", "n"],
            "properties": {
                "id": {"allOf": [{"type": "integer"}], "readOnly": True},
                "pin": {"oneOf": [{"$ref": "#/components/schemas/Secret"}]},
            },
        },
        {"oneOf": [{"$ref": "#/components/schemas/Plain"}, {"type": "array"}]},
        {"anyOf": [{"$ref": "#/components/schemas/Plain"}]},
    ],
)
def test_matrix(workbench, judge_body, judge_answer, version, schema):
    schemas = {
        "Plain": {"type": "object", "required": ["id", "pin", "n"], "properties": {"id": ID, "pin": SECRET, "n": {}}},
        "Members": {"properties": {"id": ID, "pin": SECRET}},
        "Required": {"required": ["id", "pin", "n"]},
        "Id": ID,
        "Secret": SECRET,
    }  # fmt: skip
    operation = workbench.operation(version=version, body=schema, responses=responses(schema), schemas=schemas)
    assert judge_body(operation, {"pin": "1", "n": 1}) == OK
    assert judge_body(operation, {"pin": "1"}) != OK
    assert judge_body(operation, {"n": 1}) != OK
    assert judge_body(operation, {"id": 1, "pin": "1", "n": 1}) != OK
    assert judge_answer(operation, {"id": 1, "n": 1}) == OK
    assert judge_answer(operation, {"id": 1}) != OK
    assert judge_answer(operation, {"n": 1}) != OK
    assert judge_answer(operation, {"id": 1, "pin": "1", "n": 1}) != OK


def test_the_violation_names_the_rule(workbench, judge_body, judge_answer):
    schema = {"type": "object", "properties": {"id": ID, "pin": SECRET}}
    operation = workbench.operation(body=schema, responses=responses(schema))
    assert judge_body(operation, {"id": 1}) == [("/id", "readOnly")]
    assert judge_answer(operation, {"pin": "1"}) == [("/pin", "writeOnly")]


def test_siblings_of_a_reference_count_from_3_1_on(workbench, judge_body):
    schema = {"properties": {"id": {"$ref": "#/components/schemas/Number", "readOnly": True}}}
    schemas = {"Number": {"type": "integer"}}
    assert judge_body(workbench.operation(version="3.0.3", body=schema, schemas=schemas), {"id": 1}) == OK
    assert judge_body(workbench.operation(version="3.1.0", body=schema, schemas=schemas), {"id": 1}) == [
        ("/id", "readOnly")
    ]


def test_one_alternative_of_a_member_is_read_only(workbench, judge_body):
    schema = {
        "properties": {"v": {"oneOf": [{"type": "integer", "readOnly": True}, {"$ref": "#/components/schemas/T"}]}}
    }
    operation = workbench.operation(body=schema, schemas={"T": {"type": "string"}})
    assert judge_body(operation, {"v": "a"}) == OK
    assert judge_body(operation, {"v": 1}) == [("/v", "oneOf")]


def test_the_same_through_a_reference_and_elsewhere_not(workbench, judge_body):
    """The referenced schema is forbidden in part as a member, and whole as an item of a list."""
    schemas = {"V": {"oneOf": [{"type": "integer", "readOnly": True}, {"type": "string"}]}}
    schema = {
        "properties": {"v": {"$ref": "#/components/schemas/V"}, "list": {"items": {"$ref": "#/components/schemas/V"}}}
    }
    operation = workbench.operation(body=schema, schemas=schemas)
    assert judge_body(operation, {"v": 1}) == [("/v", "oneOf")]
    assert judge_body(operation, {"v": "a", "list": [1, "a"]}) == OK


PETS = {
    "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
    "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "bark": {"type": "boolean"}}},
}  # fmt: skip
ONE_OF = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize(
    ("mapping", "body", "expected"),
    [
        (None, {"kind": "Cat", "lives": 9}, OK),
        (None, {"kind": "Dog", "lives": "many"}, OK),
        (None, {"kind": "Cat", "lives": "many"}, [("/lives", "type")]),
        (None, {"kind": "Cow"}, [("/kind", "discriminator")]),
        (None, {"lives": 9}, [("", "discriminator")]),
        (None, {"kind": None}, [("/kind", "discriminator")]),
        (None, "Cat", [("", "type")]),
        ({"c": "#/components/schemas/Cat"}, {"kind": "c", "lives": 9}, OK),
        ({"c": "#/components/schemas/Cat"}, {"kind": "c", "lives": "many"}, [("/lives", "type")]),
        ({"c": "Cat", "d": "Dog"}, {"kind": "d", "bark": 1}, [("/bark", "type")]),
        ({"c": "Cat"}, {"kind": "Dog", "bark": True}, OK),
        ({"c": "Cat"}, {"kind": "d"}, [("/kind", "discriminator")]),
        ({"c": "Cat", "kitten": "Cat"}, {"kind": "kitten", "lives": 1}, OK),
    ],
)
def test_discriminator(workbench, judge_body, keyword, mapping, body, expected):
    discriminator = {"propertyName": "kind"} | ({"mapping": mapping} if mapping else {})
    schema = {keyword: ONE_OF, "discriminator": discriminator}
    operation = workbench.operation(body={"properties": {"pet": schema}}, schemas=PETS)
    inside = expected if expected == OK else [(f"/pet{pointer}", rule) for pointer, rule in expected]
    assert judge_body(operation, {"pet": body}) == inside


def test_discriminator_with_null(workbench, judge_body):
    schema = {"oneOf": [*ONE_OF, {"type": "null"}], "discriminator": {"propertyName": "kind"}}
    operation = workbench.operation(version="3.1.0", body=schema, schemas=PETS)
    assert judge_body(operation, None) == OK
    assert judge_body(operation, {"kind": "Cat"}) == OK
    assert judge_body(operation, 3) == [("", "oneOf")]


def test_discriminator_of_inline_alternatives(workbench, judge_body):
    schema = {
        "oneOf": [
            {"properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
            {"properties": {"kind": {"enum": ["b", "c"]}, "n": {"type": "string"}}},
        ],
        "discriminator": {"propertyName": "kind"},
    }
    operation = workbench.operation(version="3.1.0", body=schema)
    assert judge_body(operation, {"kind": "c", "n": "x"}) == OK
    assert judge_body(operation, {"kind": "a", "n": "x"}) == [("/n", "type")]
    assert judge_body(operation, {"kind": "d"}) == [("/kind", "discriminator")]


def test_discriminator_that_cannot_choose_judges_as_it_stands(workbench, judge_body):
    schema = {
        "oneOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}],
        "discriminator": {"propertyName": "kind"},
    }
    operation = workbench.operation(body=schema)
    assert judge_body(operation, {"a": 1}) == OK
    assert judge_body(operation, {"a": 1, "b": 1}) == [("", "oneOf")]


def test_default_mapping_of_3_2(workbench, judge_body):
    schema = {"oneOf": ONE_OF, "discriminator": {"propertyName": "kind", "defaultMapping": "Dog"}}
    pets = {name: {**pet, "required": []} for name, pet in PETS.items()}
    operation = workbench.operation(version="3.2.0", body=schema, schemas=pets)
    assert judge_body(operation, {"kind": "Cat", "lives": "x"}) == [("/lives", "type")]
    assert judge_body(operation, {"kind": "Cow", "bark": True}) == OK
    assert judge_body(operation, {"bark": "x"}) == [("/bark", "type")]


def test_nested_references_inside_alternatives(workbench, judge_body):
    schemas = PETS | {
        "Owner": {"properties": {"pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}}},
        "Pet": {"oneOf": ONE_OF, "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}}},
    }
    operation = workbench.operation(body={"$ref": "#/components/schemas/Owner"}, schemas=schemas)
    assert judge_body(operation, {"pets": [{"kind": "cat", "lives": 3}, {"kind": "Dog"}]}) == OK
    assert judge_body(operation, {"pets": [{"kind": "Dog"}, {"kind": "cat", "lives": "x"}]}) == [
        ("/pets/1/lives", "type")
    ]


def test_discriminator_on_a_parent_of_all_of_does_not_judge(workbench, judge_body):
    schemas = {
        "Base": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}},
        "Child": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["n"]}]},
    }  # fmt: skip
    operation = workbench.operation(body={"$ref": "#/components/schemas/Base"}, schemas=schemas)
    assert judge_body(operation, {"kind": "Child"}) == OK
    assert judge_body(operation, {"kind": "whatever"}) == OK
