"""Secrets: named in the workspace, found by the node, sent only where they may go."""

import pytest

from contracts.diagnostic import InvalidInputError
from gateway.node import load_node
from policies.step import SecretError


def node(tmp_path, text):
    (tmp_path / ".tidewaiter").mkdir()
    (tmp_path / ".tidewaiter" / "node.yaml").write_text(text)
    return load_node(tmp_path)


def test_a_secret_may_go_to_the_origins_that_are_named_only(tmp_path):
    made = node(tmp_path, "secrets:\n  S4:\n    value: hush\n    origins: [https://s4.example]\n")

    assert made.secret("secret:S4", "https://S4.example:443") == "hush"
    with pytest.raises(SecretError, match="may not be sent"):
        made.secret("secret:S4", "https://evil.example")


def test_a_secret_comes_from_a_file_beside_the_settings(tmp_path):
    made = node(tmp_path, "secrets:\n  S4:\n    file: s4.txt\n")
    (tmp_path / ".tidewaiter" / "s4.txt").write_text("hush\n")

    assert made.secret("secret:S4", "") == "hush"


def test_a_secret_comes_from_a_named_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_S4", "hush")

    assert node(tmp_path, "secrets:\n  S4:\n    env: MY_S4\n").secret("secret:S4", "") == "hush"


def test_an_unnamed_secret_comes_from_its_own_variable_unless_forbidden(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEWAITER_SECRET_S4", "hush")

    assert load_node(tmp_path).secret("secret:S4", "") == "hush"
    with pytest.raises(SecretError, match="not known"):
        node(tmp_path, "allow_unnamed_secrets: false\n").secret("secret:S4", "")


@pytest.mark.parametrize("text", ["secrets:\n  S4:\n    file: gone.txt\n", "secrets:\n  S4:\n    env: NOT_SET_HERE\n"])
def test_a_missing_secret_says_which_and_where(tmp_path, text):
    with pytest.raises(SecretError, match="secret:S4"):
        node(tmp_path, text).secret("secret:S4", "")


def test_two_sources_are_refused_without_showing_the_value(tmp_path):
    with pytest.raises(InvalidInputError) as caught:
        node(tmp_path, "secrets:\n  S4:\n    value: hush\n    env: X\n")

    assert "exactly one" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_named_file_that_is_missing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEWAITER_NODE", str(tmp_path / "gone.yaml"))

    with pytest.raises(InvalidInputError):
        load_node(tmp_path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "# this node\nsecret:\n  S4: {value: hush}\n",
            ".tidewaiter/node.yaml:2:1: error[unknown-key] `secret` is not a key here; write `secrets`",
        ),
        (
            "secrets:\n  S4:\n    vlaue: hush\n",
            ".tidewaiter/node.yaml:3:5: error[unknown-key] `vlaue` (in `secrets.S4`) is not a key here; write `value`",
        ),
        (
            "secrets:\n  s4: {value: hush}\n",
            (
                ".tidewaiter/node.yaml:2:3: error[wrong-name] the name `secrets.s4` cannot stand here; "
                "write capital letters, digits and _, such as ERP_PASSWORD"
            ),
        ),
        (
            "secrets:\n  S4: {value: hush, env: X}\n",
            (
                ".tidewaiter/node.yaml:2:3: error[wrong-value] `secrets.S4`: a secret comes from one place; "
                "give exactly one of env, file, value"
            ),
        ),
        (
            "secrets:\n  S4: hush\n",
            (
                ".tidewaiter/node.yaml:2:3: error[wrong-value] `secrets.S4` is a text that does not fit; "
                "write a mapping: keys and values, one a line"
            ),
        ),
    ],
)
def test_faults_are_told_as_those_of_every_file(tmp_path, text, line):
    with pytest.raises(InvalidInputError) as caught:
        node(tmp_path, text)

    assert line in str(caught.value).splitlines()
    assert "hush" not in str(caught.value)


def test_a_file_that_says_nothing_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEWAITER_SECRET_S4", "hush")

    assert node(tmp_path, "# nothing yet\n").secret("secret:S4", "") == "hush"


def test_the_named_file_is_shown_as_it_was_named(tmp_path, monkeypatch):
    (tmp_path / "node.yaml").write_text("secrts: {}\n")
    monkeypatch.setenv("TIDEWAITER_NODE", str(tmp_path / "node.yaml"))

    with pytest.raises(InvalidInputError, match=r"node\.yaml:1:1: error\[unknown-key\] `secrts`") as caught:
        load_node(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "node.yaml"))
