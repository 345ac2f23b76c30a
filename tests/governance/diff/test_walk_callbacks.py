"""Callbacks and webhooks: what is sent there is what callers of the API receive."""

from walked import lines, of, walked

URL = "{$request.body#/url}"


def message(kind="string", status="200", answer=None, **more):
    content = {"application/json": {"schema": {"type": kind}}}
    answered = {
        "description": "",
        **({} if answer is None else {"content": {"application/json": {"schema": {"type": answer}}}}),
    }
    return {"requestBody": {"content": content}, "responses": {status: answered}, **more}


def called(item, name="paid", expression=URL):
    return of({"callbacks": {name: {expression: item}}}, method="post")


def test_bodies_are_received_and_answers_are_sent():
    found = walked(called({"post": message()}), called({"post": message("integer", answer="string")}))

    assert [(site.direction, site.use.where) for site in found.sites] == [
        ("response", f"callback paid {URL} POST request body application/json"),
    ]
    assert [(c.kind, c.direction, c.effect) for c in found.changes] == [("media-type", "request", "adds")]


def test_answers_of_callbacks():
    found = walked(
        called({"post": message(answer="string")}), called({"post": message(answer="integer", status="204")})
    )

    assert sorted((c.kind, c.effect, c.direction) for c in found.changes) == [
        ("response", "adds", "request"),
        ("response", "removes", "request"),
    ]


def test_parameters_of_callbacks_are_received():
    parameter = {"name": "a", "in": "query", "required": True, "schema": {"type": "string"}}

    assert lines(called({"post": message()}), called({"post": message(parameters=[parameter])})) == [
        f"parameter parameter adds response: callback paid {URL} POST query parameter a"
    ]


def test_callbacks_that_came_and_went():
    old = called({"post": message(), "put": message()})

    assert lines(old, called({"post": message()})) == [f"callback operation removes: PUT callback paid {URL}"]
    assert lines(old, called({"post": message(), "put": message()}, expression="other")) == [
        "callback expression adds: callback paid other",
        f"callback expression removes: callback paid {URL}",
    ]
    assert lines(old, called({"post": message()}, name="sent")) == [
        "callback callback adds: callback sent",
        "callback callback removes: callback paid",
    ]


def test_callbacks_reach_the_operation_that_has_them():
    (change,) = walked(called({"post": message()}), called({"post": message(deprecated=True)})).changes

    assert [(use.method, use.path) for use in change.reach] == [("POST", "/orders")]
    assert change.identity == f"POST /orders callback paid {URL} POST deprecated"
    assert change.traits.deprecated_new


def test_a_circle_of_callbacks_ends():
    def tree(kind):
        again = {"again": {"$ref": "#/components/callbacks/Again"}}
        item = {"post": {**message(kind), "callbacks": again}}
        return of({"callbacks": again}, components={"callbacks": {"Again": {URL: item}}})

    found = walked(tree("string"), tree("integer"))

    assert {(site.old, site.direction) for site in found.sites} == {
        (
            "/components/callbacks/Again/{$request.body#~1url}/post/requestBody/content/application~1json/schema",
            "response",
        )
    }


def test_security_of_callbacks_is_their_own():
    old, new = called({"post": message()}), called({"post": message()})
    new["security"] = [{"key": []}]

    (change,) = walked(old, new).changes

    assert [use.where for use in change.reach] == [""]
    new = called({"post": message(security=[{"key": []}])})
    assert [c.reach[0].where for c in walked(old, new).changes] == [f"callback paid {URL} POST"]


def webhook(item, key="webhooks", name="paid"):
    return {key: {name: item}, "paths": {}}


def test_webhooks():
    old, new = webhook({"post": message()}), webhook({"post": message("integer", deprecated=True), "put": message()})

    found = walked(old, new)

    assert sorted((c.area, c.kind, c.subject) for c in found.changes) == [
        ("operation", "deprecated", "POST webhook paid"),
        ("webhook", "operation", "PUT webhook paid"),
    ]
    (site,) = found.sites
    assert (site.direction, site.use.method, site.use.path) == ("response", "POST", "webhook paid")
    assert (site.use.where, found.operations) == ("request body application/json", 1)


def test_webhooks_that_came_and_went():
    assert lines(webhook({"post": message()}), webhook({"post": message()}, name="sent")) == [
        "webhook webhook adds: webhook sent",
        "webhook webhook removes: webhook paid",
    ]


def test_webhooks_of_3_0_are_the_same_under_their_later_name():
    assert lines(webhook({"post": message()}, "x-webhooks"), webhook({"post": message()})) == []


def test_a_webhook_behind_a_reference():
    item = {"post": message()}
    old = webhook(item)
    new = webhook({"$ref": "#/components/pathItems/Paid"}) | {"components": {"pathItems": {"Paid": item}}}

    assert lines(old, new) == []
