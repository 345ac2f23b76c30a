"""Which patterns and lengths are contained in which: cases worked out by hand, each `no` checked by two engines."""

import re
import time

import pytest

from contracts.engine import make_engine
from governance.diff.examples import patterns
from governance.diff.examples.patterns import NOTHING, Answer, Texts, some_text, texts

UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-5][0-9a-f]{3}-[089ab][0-9a-f]{3}-[0-9a-f]{12}$"
ANY_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
DAY = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
MAIL = r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$"


def contained(sender, receiver, **bounds):
    """With time enough on any machine, unless a test is about the bound."""
    return patterns.contained(sender, receiver, **{"deadline_seconds": 10, **bounds})


def some(*patterns, least=0, most=None):
    return Texts(patterns, least, most)


CASES = [
    # Sender, receiver, every text contained, and the other way round.
    (some("^a+$"), some("^a*$"), "yes", "no"),
    (some("[a-z]"), some("[a-zA-Z]"), "yes", "no"),
    (some("^.{1,}$"), some(least=1), "yes", "no"),
    (some(".+"), some(least=1), "yes", "no"),
    (some(".+"), some("^.+$"), "no", "yes"),
    (some(r"^[\s\S]{2,5}$"), some(least=2, most=5), "yes", "yes"),
    (some("^[^]{2,}$"), some(least=2), "yes", "yes"),
    (some("^(ab)*$", most=5), some("^(ab){0,3}$"), "yes", "no"),
    (some("^(ab)*$", most=5), some("^(ab){0,2}$"), "yes", "yes"),
    (some(r"^\d{3}-\d{4}$"), some(least=8, most=8), "yes", "no"),
    (some(r"^\d{3}-\d{4}$"), some("^[0-9-]+$", most=7), "no", "no"),
    (some(DAY), some(r"^\d{4}-\d{2}-\d{2}$"), "yes", "no"),
    (some(UUID), some(ANY_UUID, most=36), "yes", "no"),
    (some(MAIL), some(r"^\S+@\S+$"), "yes", "no"),
    (some(MAIL, most=80), some("@", r"\.", most=80), "yes", "no"),
    (some(r"^\p{Lu}$"), some(r"^\p{L}$"), "yes", "no"),
    (some("^[a-zA-Z]+$"), some(r"^\p{L}+$"), "yes", "no"),
    (some(r"^\p{Letter}$"), some(r"^[^\P{gc=L}]$"), "yes", "yes"),
    (some(r"^[^\d]$"), some(r"^\D$"), "yes", "yes"),
    (some(r"^\w+$"), some("^[A-Za-z0-9_]+$"), "yes", "yes"),
    (some(r"^[\w-.]+$"), some(r"^[.\-\w]+$"), "yes", "yes"),
    (some("^[a-z]{1,4000}$"), some("^[a-z]{1,5000}$"), "yes", "no"),
    (some("^[a-z]{1,4000}$"), some("^[a-z]+$", most=4000), "yes", "yes"),
    (some("^a|b$"), some("a|b"), "yes", "no"),
    (some("^(a|^b|c$)$"), some("^[abc]$"), "yes", "yes"),
    (some("^a$|^b$|^$"), some("^[ab]?$"), "yes", "yes"),
    (some("a$b"), NOTHING, "yes", "yes"),
    (some("a^b"), some("^never$"), "yes", "no"),
    (some("^(?:red|green)$"), some("^(?<colour>green|red|blue)$"), "yes", "no"),
    (some(r"^\/a\/\x41\u0042\u{43}\cA\0$"), some("^/a/ABC\x01\0$"), "yes", "yes"),
    (some(r"^\uD83D\uDE00$"), some("^\U0001f600$"), "yes", "yes"),
    (some("^{id}$"), some(r"^\{id\}$"), "yes", "yes"),
    (some(r"\bfoo\b"), some("foo"), "yes", "no"),
    (some("^a b$"), some(r"^a\b.\bb$"), "yes", "no"),
    (some(r"^\B$"), some(most=0), "yes", "yes"),
    (some("^(a?){50}a{50}$"), some("^a{50,100}$"), "yes", "yes"),
    (some("(x+x+)+y"), some("x{2,}y"), "yes", "yes"),
    (some("^(a|b)*a(a|b){20}$"), some("^[ab]{21,}$"), "yes", "no"),
    (some("^(a+)+$"), some("^a+$"), "yes", "yes"),
    (some("a", "b"), some("a"), "yes", "no"),
    (some("^[a-z]+$", "^.{3}$"), some("^[a-z]{3}$"), "yes", "yes"),
    (some(least=3, most=2), some("^never$"), "yes", "no"),
    (some(least=10**9), some(least=10**6), "yes", "no"),
]


def accepts(limits: Texts, text: str) -> bool:
    """By the engine of the contracts, and by Python's, which must agree."""
    by_pattern = linear_accepts(limits, text)
    if not any(word in pattern for pattern in limits.patterns for word in (r"\p", r"\P", r"\B")):
        forms = [portable(each).replace("(?<colour>", "(?P<colour>").replace("$", r"\Z") for each in limits.patterns]
        assert all(re.search(each, text, re.ASCII) for each in forms) == by_pattern
    return by_pattern and limits.least <= len(text) and (limits.most is None or len(text) <= limits.most)


def linear_accepts(limits: Texts, text: str) -> bool:
    return all(make_engine({"pattern": portable(each)}).is_valid(text) for each in limits.patterns)


def portable(pattern: str) -> str:
    """The pattern without the old forms that only ECMA-262 allows."""
    for form, same in (
        ("[^]", r"[\s\S]"), (r"\uD83D\uDE00", "\U0001f600"), (r"\u{43}", "C"), (r"\cA", "\x01"), (r"\0", "\0"),
        ("[\\w-.]", r"[\w\-.]"), ("{id}", r"\{id\}"), (r"\\{id\}", r"\{id\}"),
    ):  # fmt: skip
        pattern = pattern.replace(form, same)
    return pattern


@pytest.mark.parametrize(("one", "other", "there", "back"), CASES)
def test_what_is_contained(one, other, there, back):
    for sender, receiver, answer in ((one, other, there), (other, one, back)):
        found = contained(sender, receiver)

        assert found.answer == answer, found
        assert found.reason == ""
        if found.example is not None:
            assert accepts(sender, found.example)
            assert not accepts(receiver, found.example)


@pytest.mark.parametrize(
    ("sender", "receiver", "example"),
    [
        (some("^a*$"), some("^a+$"), ""),
        (some(least=1), some(".+"), "\n"),
        (some("^[a-zA-Z]$"), some("^[a-z]$"), "A"),
        (some(), some(most=3), "aaaa"),
        (some("^[a-z0-9_-]+$"), some("^[a-z0-9]+$"), "-"),
        (some("^[^a-z]$"), NOTHING, "0"),
        (some(r"^\p{L}$"), some("^[a-zA-Z]$"), "À"),
        (some(r"^\S+@\S+$"), some(MAIL), "a@a"),
        (some(r"^\d{4}-\d{2}$"), some(r"^\d{4}-(0\d|1[0-2])$"), "0000-13"),
        (some("^x[a-z]{1,300}$"), some("^x[a-z]{1,256}$"), "x" + "a" * 257),
        (some(most=4001), some(most=4000), "a" * 4001),
        (some("^(a{7})*$", "^(a{11})*$", "^(a{13})*$", least=1), some("b"), "a" * 1001),
        (some(least=20_000), some(most=10_000), None),
    ],
)
def test_the_example_is_short_and_plain(sender, receiver, example):
    found = contained(sender, receiver)

    assert (found.answer, found.example) == (Answer.NO, example)


@pytest.mark.parametrize(
    ("sender", "receiver", "answer"),
    [
        (r"^(?=.*[a-z])(?=.*\d).{8,}$", r"^(?=.*\d).{6,}$", "yes"),
        (r"^(?=.*\d).{6,}$", r"^(?=.*[a-z])(?=.*\d).{8,}$", "no"),
        (r"^(?!-)[a-z-]+(?<!-)$", "^[a-z]([a-z-]*[a-z])?$", "yes"),
        ("^[a-z]([a-z-]*[a-z])?$", r"^(?!-)[a-z-]+(?<!-)$", "yes"),
        (r"^(?!(?!a)b)", r"^(?!b)", "unknown"),
        (r"^(?!(?=a)ab)", r"^a", "unknown"),
        (r"^((?!no).)*$", "^a", "unknown"),
    ],
)
def test_looks_at_the_ends_are_conditions_on_the_whole_text(sender, receiver, answer):
    found = contained(some(sender), some(receiver))

    assert found.answer == answer
    if found.example is not None:
        assert re.search(sender, found.example)
        assert not re.search(receiver, found.example)


NOT_COMPARED = [
    (r"^(\w)\1$", "back-reference"),
    (r"(?<n>a)\k<n>", "back-reference"),
    ("a(?=b)c", "looks ahead or behind"),
    (r"\Aa", r"\A in a pattern means different things"),
    ("(?i)a", "no part of ECMA-262"),
    (r"\p{Script=Greek}", "a property that is not known here"),
    ("a(b", "a ( too many"),
    ("a)b", "a ) too many"),
    ("*", "repeats nothing"),
    ("a{3}{4}", "repeats nothing"),
    ("^*", "repeats a place"),
    ("a{4,3}", "out of order"),
    ("[z-a]", "out of order"),
    ("[a", "ends too early"),
    ("\\", "ends too early"),
    (r"\u{110000}", "beyond Unicode"),
    ("a{1,99999999999}", "counts beyond"),
    ("(" * 500 + ")" * 500, "nested deeper"),
    ("a" * 200_000, "longer than"),
]


@pytest.mark.parametrize(("pattern", "reason"), NOT_COMPARED)
def test_what_cannot_be_compared_is_unknown_with_the_reason(pattern, reason):
    odd = some(pattern)

    for found in (contained(odd, some("^q$")), contained(some("^q$"), odd), contained(odd, NOTHING)):
        assert found.answer is Answer.UNKNOWN
        assert reason in found.reason
        assert found.example is None
    assert some_text(odd) is None
    assert texts(odd, 3) == []


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in NOT_COMPARED])
def test_what_cannot_be_compared_hides_no_certain_answer(pattern):
    assert contained(some(pattern), some(pattern)).answer is Answer.YES
    assert contained(some(pattern, "^a$"), some("a")).answer is Answer.YES
    assert contained(some("^q$", least=2), some(pattern)).answer is Answer.YES
    assert contained(some("^q$"), some(pattern, "^a$")).answer is Answer.NO


HARD = [
    ("^(a|b)*a(a|b){20}$", "^(a|b)*a(a|bb?){20}$"),
    ("^((a{0,100}){0,100}){0,100}$", "^b"),
    ("^(a?){4000}a{4000}$", "^(a?a?){4000}$"),
    ("(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$"),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){25}"),
    ("(.*a){25}", "(.*a){12}(.*b){13}"),
    ("(a{1000}){1000}", "a"),
    ("^(){999999999}$", "a"),
    ("|".join(f"^{n}(.*{n}){{9}}$" for n in range(500)), "5(.*5){9}.*6"),
    ("a" * 10_000, "b"),
    ("".join(chr(0x4E00 + number) for number in range(10_000)), "b"),
    ("|".join(chr(0x4E00 + number) for number in range(5_000)), "^[\\u4e00-\\u9fff]$"),
    ("|".join(chr(0x4E00 + number) + "x" for number in range(3_000)), "^[\\u4e00-\\u9fff]$"),
]


@pytest.mark.parametrize(("one", "other"), HARD)
def test_hard_patterns_end_in_time(one, other):
    for sender, receiver in ((one, other), (other, one)):
        start = time.thread_time()
        found = contained(some(sender), some(receiver), deadline_seconds=0.2)
        texts(some(sender), 5, deadline_seconds=0.2)

        assert time.thread_time() - start < 3
        assert (found.answer is Answer.UNKNOWN) == bool(found.reason)
        if found.example is not None:
            assert linear_accepts(some(sender), found.example)
            assert not linear_accepts(some(receiver), found.example)


@pytest.mark.parametrize(
    "many", [[f"{a}.*{b}" for a in "abcde" for b in "abcde"], [f"(.*{a}){{9}}" for a in "abcdefghij"]]
)
def test_many_patterns_at_once_end_in_time(many):
    start = time.thread_time()

    for sender, receiver in ((some(*many), some("ab?c")), (some("ab?c"), some(*many)), (some(*many), NOTHING)):
        found = contained(sender, receiver, deadline_seconds=0.2)
        assert found.answer is not Answer.YES
    assert time.thread_time() - start < 3


def test_the_number_of_states_is_bounded():
    sender, receiver = some("^(a|b)*a(a|b){9}$"), some("^[ab]{10}(a|bb?)*$")

    found = contained(sender, receiver, most_states=30)

    assert found.answer is Answer.UNKNOWN
    assert found.reason == "the comparison of patterns takes more than 30 states"
    assert contained(sender, receiver, deadline_seconds=5).answer is Answer.YES


def test_an_example_is_found_where_looking_at_everything_takes_too_long():
    sender, receiver = some("^(a|b)*a(a|b){20}$"), some("^(a|b)*a(a|b){19}$")

    found = contained(sender, receiver, deadline_seconds=5)

    assert found.answer is Answer.NO
    assert accepts(sender, found.example)
    assert not accepts(receiver, found.example)


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (some(), ""),
        (some(least=3), "aaa"),
        (some("foo"), "foo"),
        (some(UUID), "aaaaaaaa-aaaa-0aaa-aaaa-aaaaaaaaaaaa"),
        (some(MAIL), "a@a.aa"),
        (some("^[a-z]+$", "b", "c"), "bc"),
        (some("^[^\x00-\U0010fffe]$"), "\U0010ffff"),
        (some("[]"), None),
        (some("^a{3}$", most=2), None),
    ],
)
def test_a_shortest_text(limits, text):
    assert some_text(limits) == text
    assert contained(limits, NOTHING).answer == ("yes" if text is None else "no")


@pytest.mark.parametrize(
    ("limits", "fewest", "lengths"),
    [
        (some(MAIL), 12, 11), (some(DAY), 12, 1), (some("^(red|green|blue)$"), 3, 3), (some("^[abc]$"), 3, 1),
        (some("^$"), 1, 1), (some(least=3, most=5), 12, 3), (some("[]"), 0, 0), (some(UUID), 12, 1), (some("o", "k"), 12, 11),
    ],
)  # fmt: skip
def test_several_texts(limits, fewest, lengths):
    found = texts(limits, 12)

    assert found == texts(limits, 12)
    assert len(found) == len(set(found)) == fewest
    assert len({len(text) for text in found}) == lengths
    assert all(accepts(limits, text) for text in found)
