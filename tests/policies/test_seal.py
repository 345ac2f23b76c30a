"""Sealed continuations: what opens them and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.seal import LIFE_SECONDS, Seal, SealError, make_seal
from policies.step import SecretError

BOUND = (b"shop", b"north", b"sales", b"/sales/v1/Sales")


@given(st.binary(max_size=300), st.tuples(st.binary(), st.binary(), st.binary()))
def test_what_is_sealed_opens_for_the_same_and_only_for_it(content, bound):
    token = Seal("k").seal(content, bound, 1000)
    assert Seal("k").open(token, bound, 1000) == content
    for other in ((*bound, b""), bound[:2], (bound[0] + bound[1], b"", bound[2], b"x")):
        with pytest.raises(SealError):
            Seal("k").open(token, other, 1000)
    with pytest.raises(SealError):
        Seal("other").open(token, bound, 1000)


def test_it_ends():
    token = Seal("k").seal(b"x", BOUND, 1000)
    assert Seal("k").open(token, BOUND, 1000 + LIFE_SECONDS) == b"x"
    with pytest.raises(SealError):
        Seal("k").open(token, BOUND, 1001 + LIFE_SECONDS)


def test_two_seals_of_one_content_differ():
    assert Seal("k").seal(b"x", BOUND, 1000) != Seal("k").seal(b"x", BOUND, 1000)


@given(st.text(max_size=200))
def test_no_text_opens_by_chance(text):
    with pytest.raises(SealError):
        Seal("k").open(text, BOUND, 1000)


def test_joined_parts_are_told_apart():
    token = Seal("k").seal(b"x", (b"ab", b"c"), 1000)
    with pytest.raises(SealError):
        Seal("k").open(token, (b"a", b"bc"), 1000)


class Secrets:
    def __init__(self, **held):
        self.held = held

    def secret(self, name, origin):
        assert origin == ""
        try:
            return self.held[name.removeprefix("secret:")]
        except KeyError:
            raise SecretError(name) from None


def test_the_key_is_the_nodes_own_else_the_peppers():
    token = make_seal(Secrets(LINK_KEY="l", KEY_PEPPER="p"), "secret:KEY_PEPPER").seal(b"x", BOUND, 1)
    assert make_seal(Secrets(LINK_KEY="l"), "secret:KEY_PEPPER").open(token, BOUND, 1) == b"x"
    with pytest.raises(SealError):
        make_seal(Secrets(KEY_PEPPER="p"), "secret:KEY_PEPPER").open(token, BOUND, 1)
    with pytest.raises(SecretError):
        make_seal(Secrets(), "secret:KEY_PEPPER")
