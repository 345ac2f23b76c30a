"""What operations ask of their callers, and the schemes behind it."""

import pytest
from walked import OK, line, lines, of, walked

KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
OAUTH = {
    "type": "oauth2",
    "flows": {"clientCredentials": {"tokenUrl": "https://a.example/token", "scopes": {"read": "", "write": ""}}},
}
SCHEMES = {
    "components": {"securitySchemes": {"oauth": OAUTH, "key": KEY, "basic": {"type": "http", "scheme": "basic"}}}
}


def asks(*alternatives, **rest):
    return of({"security": list(alternatives)}, **{**SCHEMES, **rest})


def root(security, paths=3):
    stated = {} if security is None else {"security": security}
    return {"paths": {f"/{n}": {"get": {"responses": OK}} for n in range(paths)}, **SCHEMES, **stated}


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        ([{"key": []}], [{"key": []}], []),
        ([{"key": []}, {"oauth": ["a", "b"]}], [{"oauth": ["b", "a"]}, {"key": []}], []),
        ([{"key": [], "oauth": []}], [{"oauth": [], "key": []}], []),
        ([], [{}], []),
        ([], [{"key": []}], ["requirement narrows: security"]),
        ([{"key": []}], [], ["requirement widens: security"]),
        ([{"key": []}, {}], [{"key": []}], ["requirement narrows: security"]),
        ([{"key": []}], [{"key": []}, {}], ["requirement widens: security"]),
        ([{"key": []}], [{"key": []}, {"basic": []}], ["alternative adds: security basic"]),
        ([{"key": []}, {"basic": []}], [{"key": []}], ["alternative removes: security basic"]),
        ([{"key": []}], [{"basic": []}], ["alternative removes: security key", "alternative adds: security basic"]),
        ([{"oauth": ["read"]}], [{"oauth": ["read", "write"]}], ["scope adds: security oauth scope write"]),
        ([{"oauth": ["read", "write"]}], [{"oauth": ["read"]}], ["scope removes: security oauth scope write"]),
        ([{"oauth": ["a"]}], [{"oauth": ["b"]}], ["scope removes: security oauth scope a", "scope adds: security oauth scope b"]),
        ([{"key": []}], [{"key": [], "basic": []}], ["requirement narrows: security"]),
        ([{"key": [], "basic": []}], [{"key": []}], ["requirement widens: security"]),
    ],
)  # fmt: skip
def test_requirements_of_an_operation(old, new, facts):
    found = walked(asks(*old), asks(*new)).changes

    assert sorted(f"{c.kind} {c.effect}: {c.subject}" for c in found if c.area == "security") == sorted(facts)


def test_the_pair_with_most_scopes_in_common_is_compared():
    old = asks({"oauth": ["a", "b"]}, {"oauth": ["c"]})
    new = asks({"oauth": ["c", "d"]}, {"oauth": ["a"]})

    assert lines(old, new) == [
        "security scope adds: security oauth scope d",
        "security scope removes: security oauth scope b",
    ]


def test_what_breaks_nobody_says_so():
    stays_open = walked(asks({}, {"key": []}), asks({}, {"basic": []})).changes
    covered = walked(asks({"key": []}, {"key": [], "basic": []}), asks({"key": []})).changes

    assert {change.outcome for change in (*stays_open, *covered)} == {"holds"}
    assert [change.reason for change in covered] == ["another alternative asks for no more"]


@pytest.mark.parametrize(
    ("old", "new", "pointers"),
    [
        (None, [{"key": []}], ("", "/security")),
        ([{"key": []}], None, ("/security", "")),
        ([{"key": []}], [{"key": []}, {"basic": []}], ("/security", "/security/1")),
        ([{"oauth": ["a", "b"]}], [{"oauth": ["b"]}], ("/security/0/oauth/0", "/security/0/oauth")),
    ],
)
def test_the_documents_requirement_is_one_change_that_reaches_all(old, new, pointers):
    (change,) = walked(root(old), root(new)).changes

    assert [use.path for use in change.reach] == ["/0", "/1", "/2"]
    assert (change.pointer_old, change.pointer_new) == pointers
    assert change.identity == walked(root(old, 1), root(new, 1)).changes[0].identity


def test_an_operations_own_requirement_is_not_the_documents():
    old, new = root([{"key": []}]), root([{"basic": []}])
    for tree in (old, new):
        tree["paths"]["/1"]["get"]["security"] = []

    assert {tuple(use.path for use in change.reach) for change in walked(old, new).changes} == {("/0", "/2")}


def test_stating_the_documents_requirement_at_each_operation_is_no_change():
    assert lines(asks({"key": []}), of({}, security=[{"key": []}], **SCHEMES)) == []


def test_what_cannot_be_read_is_never_open():
    assert "requirement" not in {change.kind for change in walked(asks({"key": []}), asks(3)).changes}


def test_a_renamed_scheme_is_no_change():
    renamed = {
        "components": {
            "securitySchemes": {"token": {**OAUTH, "description": "New"}, **SCHEMES["components"]["securitySchemes"]}
        }
    }
    del renamed["components"]["securitySchemes"]["oauth"]

    old, new = asks({"oauth": ["read"]}), asks({"token": ["read"]}, **renamed)

    assert lines(old, new) == ["security-scheme description adds: security scheme oauth"]


def scheme(definition, used=True):
    return of({"security": [{"s": []}] if used else []}, components={"securitySchemes": {"s": definition}})


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        (KEY, {**KEY, "name": "X-Token"}, ["name changes"]),
        (KEY, {**KEY, "in": "query"}, ["in changes"]),
        (KEY, {"type": "http", "scheme": "basic"}, ["type changes"]),
        ({"type": "http", "scheme": "Basic"}, {"type": "http", "scheme": "basic"}, []),
        ({"type": "http", "scheme": "basic"}, {"type": "http", "scheme": "bearer"}, ["http-scheme changes"]),
        ({"type": "http", "scheme": "bearer"}, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}, ["bearerFormat adds"]),
        ({"type": "openIdConnect", "openIdConnectUrl": "a"}, {"type": "openIdConnect", "openIdConnectUrl": "b"}, ["openIdConnectUrl changes"]),
        (KEY, {**KEY, "deprecated": True}, ["deprecated adds"]),
        (KEY, {**KEY, "description": "a", "x-a": 1}, ["description adds", "extension adds"]),
        (OAUTH, {**OAUTH, "oauth2MetadataUrl": "a"}, ["oauth2MetadataUrl adds"]),
        (OAUTH, {"type": "oauth2", "flows": {}}, ["flow removes"]),
        ({"type": "oauth2"}, {"type": "oauth2", "flows": {"deviceAuthorization": {"deviceAuthorizationUrl": "a"}}}, ["flow adds"]),
        ({"type": "oauth2", "flows": {"device": {"tokenUrl": "a"}}}, {"type": "oauth2", "flows": {"device": {"tokenUrl": "b"}}}, ["tokenUrl changes"]),
    ],
)  # fmt: skip
def test_fields_of_schemes(old, new, facts):
    found = walked(scheme(old), scheme(new)).changes

    assert sorted(f"{change.kind} {change.effect}" for change in found) == facts
    assert all([use.path for use in change.reach] == ["/orders"] for change in found)


def test_flows():
    def flow(scopes, **urls):
        return scheme({"type": "oauth2", "flows": {"implicit": {"scopes": scopes, **urls}}})

    old = flow({"a": "A", "b": "B"}, authorizationUrl="1", refreshUrl="1")
    new = flow({"a": "Other", "c": "C"}, authorizationUrl="2", tokenUrl="2")

    assert lines(old, new) == [
        "security-scheme authorizationUrl changes: security scheme s implicit",
        "security-scheme description changes: security scheme s implicit scope a",
        "security-scheme flow-scope adds: security scheme s implicit scope c",
        "security-scheme flow-scope removes: security scheme s implicit scope b",
        "security-scheme refreshUrl removes: security scheme s implicit",
        "security-scheme tokenUrl adds: security scheme s implicit",
    ]


def test_an_unused_scheme_reaches_nobody():
    (change,) = walked(scheme(KEY, used=False), scheme({**KEY, "in": "query"}, used=False)).changes
    (came,) = walked(of({}), of({}, components={"securitySchemes": {"s": KEY}})).changes

    assert (change.reach, came.reach) == ((), ())
    assert line(came) == "security-scheme scheme adds: security scheme s"


def test_a_scheme_is_one_change_for_all_that_use_it():
    old, new = root([{"key": []}]), root([{"key": []}])
    new["components"] = {
        "securitySchemes": {**SCHEMES["components"]["securitySchemes"], "key": {**KEY, "in": "cookie"}}
    }

    (change,) = walked(old, new).changes

    assert (change.old, change.new, len(change.reach)) == ("header", "cookie", 3)
    assert change.identity == "security scheme key in"
