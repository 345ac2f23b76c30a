"""A decision on what the gate leaves open: drafted by the command, signed by those who are asked."""

import pytest
from gated import names

ORDERS = "contracts/orders/1.0.yaml"


@pytest.fixture
def run(gated, command):
    def call(*arguments):
        return command(*arguments, "-w", gated.ws, "--trust", gated.trust)

    return call


def test_from_the_gate_to_the_decision(gated, run):
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")
    gated.edit("entities/north.yaml", "country: US", "country: CA")
    code, out, _ = run("gate", "--base", "main")
    assert code == 1
    assert "ole" in out

    code, _, err = run("board", "draft", "limit", "--title", "T", "--reason", "because", "--base", "main")
    assert code == 0, err
    text = gated.text("decisions/limit.yaml")
    assert "orders@1.0" in text
    assert "entities/north.yaml" in text
    assert "tidewaiter.yaml" not in text

    for who in ("anna", "bert"):
        assert run("board", "sign", "limit", "--key", gated.key(who))[0] == 0
    code, out, _ = run("gate", "--base", "main")
    assert code == 0, out


def test_an_owner_signs_what_an_owner_decides(gated, run):
    gated.edit(
        ORDERS,
        "  /orders/{id}:\n    get:",
        "  /orders/{id}:\n    delete: {operationId: drop, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'204': {description: Gone.}}}\n    get:",
    )
    run("board", "draft", "drop", "--title", "T", "--reason", "because", "--base", "main")
    assert run("gate", "--base", "main")[0] == 1
    code, _, err = run("board", "sign", "drop", "--key", gated.key("ole"))

    assert code == 0, err
    assert run("gate", "--base", "main")[0] == 0


def test_nothing_to_decide(gated, run):
    gated.edit("entities/north.yaml", "name: Quay North", "name: Quay Nord")
    code, _, err = run("board", "draft", "none", "--title", "T", "--reason", "because", "--base", "main")

    assert code == 1
    assert "Nothing needs a decision" in err
    assert not (gated.ws / "decisions").exists()


def test_a_refusal_is_about_what_is_automatic_too(gated, run):
    gated.edit("entities/north.yaml", "name: Quay North", "name: Quay Nord")
    said = ("--title", "T", "--reason", "because", "--verdict", "refuse", "--base", "main")
    assert run("board", "draft", "no", *said)[0] == 0
    gated.sign("no", "anna", "bert")

    assert names(gated.judge().undecided) == ["entities/north.yaml"]


def test_a_base_that_cannot_be_judged(gated, run):
    code, _, err = run("board", "draft", "none", "--title", "T", "--reason", "because", "--base", "mian")

    assert code == 2
    assert "write `main`" in err
