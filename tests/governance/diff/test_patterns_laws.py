"""Random patterns, judged by looking at every text of a small alphabet, with two engines that know nothing of this."""

import re
from functools import lru_cache, partial
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from laws import tried

from contracts.engine import make_engine
from governance.diff.examples import patterns
from governance.diff.examples.patterns import NOTHING, Answer, Texts

# Laws hold whatever the clock says.
contained = partial(patterns.contained, deadline_seconds=20)
some_text = partial(patterns.some_text, deadline_seconds=20)
texts = partial(patterns.texts, deadline_seconds=20)

WORDS = ["".join(letters) for size in range(6) for letters in product("ab -" if size < 4 else "ab ", repeat=size)]
"""Every text of at most five characters, the shortest first."""

ATOMS = st.sampled_from(
    ["a", "b", " ", "-", ".", "[ab]", "[^a]", "[^ab]", r"\w", r"\W", r"\s", r"\d", "(?:)", "^", "$"]
)
EDGES = st.sampled_from([r"\b", r"\B", "a", "^", "$"])
COUNTS = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "*?", "{0}"])


def grown(inner):
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda options: f"(?:{'|'.join(options)})"),
        st.builds("(?:{}){}".format, inner, COUNTS),
    )


PATTERNS = st.recursive(ATOMS, grown, max_leaves=7)
ANCHORED = st.one_of(PATTERNS, PATTERNS.map("^(?:{})$".format), PATTERNS.map("^{}".format))
BOUNDED = st.recursive(st.one_of(ATOMS, EDGES), grown, max_leaves=6)
SIZES = st.sampled_from([(0, None), (0, None), (0, None), (1, None), (0, 3), (2, 4), (3, 3), (5, 2)])


@lru_cache(maxsize=1000)
def judge(pattern):
    """By the linear engine, or by Python's where there are looks."""
    if any(look in pattern for look in ("(?=", "(?!", "(?<=", "(?<!")):
        return re.compile(pattern.replace("$", r"\Z"), re.ASCII).search
    return make_engine({"pattern": pattern}).is_valid


def accepts(limits, text):
    return (
        limits.least <= len(text)
        and (limits.most is None or len(text) <= limits.most)
        and all(judge(pattern)(text) for pattern in limits.patterns)
    )


def limits_of(patterns, most_patterns=2):
    return st.builds(
        lambda chosen, size: Texts(tuple(chosen), *size), st.lists(patterns, max_size=most_patterns), SIZES
    )


def check(sender, receiver):
    found = contained(sender, receiver)
    refused = next((text for text in WORDS if accepts(sender, text) and not accepts(receiver, text)), None)
    assert found.answer is not Answer.UNKNOWN, found
    if found.answer is Answer.YES:
        assert refused is None
    else:
        assert accepts(sender, found.example)
        assert not accepts(receiver, found.example)
        assert refused is None or len(found.example) <= len(refused)
    return found.answer is Answer.YES


@tried(50)
@given(limits_of(ANCHORED), limits_of(ANCHORED))
def test_answers_agree_with_every_short_text(sender, receiver):
    check(sender, receiver)


@tried(30)
@given(limits_of(BOUNDED), limits_of(BOUNDED))
def test_word_boundaries_agree_with_every_short_text(sender, receiver):
    check(sender, receiver)


LOOKS = st.builds(
    "^{}{}{}$".format,
    st.builds("({}{})".format, st.sampled_from(["?=", "?!"]), PATTERNS),
    st.one_of(PATTERNS.map("(?:{})".format), st.just(".*")),
    st.builds("({}{})".format, st.sampled_from(["?<=", "?<!"]), st.sampled_from(["a", "b", "[ab]", " a", "^a", "a.", "ab|b."]))
    | st.just(""),
)  # fmt: skip


@tried(30)
@given(limits_of(st.one_of(LOOKS, ANCHORED)), limits_of(LOOKS))
def test_looks_at_the_ends_agree_with_every_short_text(sender, receiver):
    check(sender, receiver)


@tried(20)
@given(ANCHORED, ANCHORED, SIZES)
def test_laws_of_sets(one, other, size):
    a, b = Texts((one,), *size), Texts((other,), *size)
    both, either = Texts((one, other), *size), Texts((f"(?:{one})|(?:{other})",), *size)

    again = Texts((rf"(?:{one}|{one}[^\s\S])",), *size)
    assert check(a, again)
    assert check(again, a)
    for whole in (a, b):
        assert check(both, whole)
        assert check(whole, either)
    assert check(a, b) == check(a, both) == check(either, b)
    assert check(both, NOTHING) == (some_text(both) is None)


@tried(20)
@given(ANCHORED, ANCHORED, ANCHORED)
def test_containment_is_transitive(one, other, third):
    growing = (one, f"(?:{one})|(?:{other})", f"(?:{one})|(?:{other})|(?:{third})", other, third)
    inside = {(a, b) for a, b in product(growing, repeat=2) if contained(Texts((a,)), Texts((b,))).answer is Answer.YES}

    assert {(a, b) for a, b in product(growing[:3], repeat=2) if growing.index(a) <= growing.index(b)} <= inside
    assert {(a, c) for (a, b), (again, c) in product(inside, repeat=2) if b == again} <= inside


@tried(50)
@given(limits_of(ANCHORED))
def test_texts_are_texts(limits):
    found = texts(limits, 8)

    assert all(accepts(limits, text) for text in found)
    assert len(found) == len(set(found))
    assert found[:1] == [text for text in [some_text(limits)] if text is not None]
    short = [text for text in WORDS if accepts(limits, text)]
    assert len(found) >= min(len(short), 2)
