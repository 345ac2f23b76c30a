"""API keys: their form, their checksum, and what is kept of them."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.consumers import KeyCredential
from policies.keys import KeyFormError, hash_key, live, new_key, parse_key, same_hash

NOW = 1_800_000_000.7
PEPPER = "pepper"


def test_a_new_key():
    key, entry = new_key("tw", PEPPER, NOW, 30, ("a", "b"))
    assert re.fullmatch(r"tw_[a-z][0-9a-z]{7}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}", key)
    assert parse_key(key).id == entry.id
    assert entry.hash == hash_key(key, PEPPER)
    assert entry.expires - entry.created == timedelta(days=30)
    assert entry.created.timestamp() == 1_800_000_000
    assert entry.scopes == ("a", "b")
    assert key.split("_")[2] not in entry.model_dump_json()
    assert KeyCredential.model_validate_json(entry.model_dump_json()) == entry


def test_a_key_of_an_environment():
    key, _ = new_key("acme", PEPPER, NOW, 1, environment="prod-eu")
    parsed = parse_key(key)
    assert (parsed.prefix, parsed.environment) == ("acme", "prod-eu")


@pytest.mark.parametrize(
    ("prefix", "environment"), [("TW", ""), ("t", ""), ("tw_x", ""), ("tw", "Prod"), ("tw", "a_b"), ("tw", "1")]
)
def test_names_that_no_key_may_have(prefix, environment):
    with pytest.raises(ValueError):
        new_key(prefix, PEPPER, NOW, 1, environment=environment)


@pytest.mark.parametrize("days", [0, -1, float("nan")])
def test_a_key_must_live(days):
    with pytest.raises(ValueError, match="more than 0"):
        new_key("tw", PEPPER, NOW, days)


def test_no_two_keys_are_alike():
    keys = {new_key("tw", PEPPER, NOW, 1)[0] for _ in range(200)}
    assert len(keys) == 200


def test_every_single_typing_error_is_told_offline():
    key, _ = new_key("tw", PEPPER, NOW, 1)
    for place in range(3, len(key)):
        wrong = "y" if key[place] != "y" else "z"
        with pytest.raises(KeyFormError) as told:
            parse_key(key[:place] + wrong + key[place + 1 :])
        assert key[12:44] not in str(told.value)


def test_neighbours_changed_over_are_told_offline():
    key, _ = new_key("tw", PEPPER, NOW, 1)
    for place in range(12, 43):
        if key[place] != key[place + 1]:
            with pytest.raises(KeyFormError):
                parse_key(key[:place] + key[place + 1] + key[place] + key[place + 2 :])


def test_the_hash_needs_the_pepper_and_the_whole_key():
    key, entry = new_key("tw", PEPPER, NOW, 1)
    assert not same_hash(entry.hash, hash_key(key, "other"))
    assert not same_hash(entry.hash, hash_key(key[:-1], PEPPER))
    assert same_hash(entry.hash, hash_key(key, PEPPER))


def test_live_keys():
    _, one = new_key("tw", PEPPER, NOW, 1)
    _, two = new_key("tw", PEPPER, NOW, 2)
    assert live((one, two), NOW) == (one, two)
    assert live((one, two), NOW + 86_400) == (two,)
    assert live((object(),), NOW) == ()


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    with pytest.raises(KeyFormError):
        parse_key(text)


@given(st.from_regex(r"tw_[a-z0-9]{8}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}\n?", fullmatch=True))
def test_an_invented_key_is_refused(text):
    with pytest.raises(KeyFormError):
        parse_key(text)


@pytest.mark.parametrize(
    "text", ["", "tw", "_" * 60, "tw_" + "a" * 500, "\uff54\uff57_aaaaaaaa_" + "a" * 32 + "_aaaaaa"]
)
def test_what_is_no_key(text):
    with pytest.raises(KeyFormError):
        parse_key(text)
