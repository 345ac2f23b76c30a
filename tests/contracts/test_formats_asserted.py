"""Formats that are checked here, one table."""

import pytest

from contracts.formats import ENGINE_FORMATS, NUMBER_RANGES, STRING_FORMATS, is_asserted, words_of


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("decimal", ["0", "12.50", "-1", "+1", ".5", "1.", "1e3", "1E-3"], ["", ".", "1,5", "abc", "0x1", "1e", "NaN", "٣", "1\n"]),
        ("byte", ["", "aGk=", "aGVsbG8h"], ["aGk", "a=Gk", "aGk=\n", "aG k", "aGk-"]),
        ("base64url", ["", "aGk", "aGk=", "a-_b"], ["a", "aG+k", "aGk==", "a b"]),
        ("char", ["a", "é", "\U0001f600"], ["", "ab"]),
        ("date-time-local", ["2026-01-31T12:00:00", "2024-02-29T00:00:00.5"], ["2026-02-29T00:00:00", "2026-01-31T12:00:00Z", "2026-01-31 12:00:00", "2026-01-31T24:00:00"]),
        ("time-local", ["12:00:00", "23:59:59.999"], ["24:00:00", "12:00", "12:00:00Z"]),
        ("http-date", ["Sat, 31 Jan 2026 12:00:00 GMT"], ["2026-01-31", "Sat, 31 Jan 2026 12:00:00 CET"]),
        ("media-range", ["a/b", "*/*", "a/b;q=1"], ["a", "a/", "/b"]),
        ("etag", ['"a"', 'W/"a"', '""'], ["a", '"a', 'w/"a"']),
    ],
)  # fmt: skip
def test_texts(name, good, bad):
    check = STRING_FORMATS[name]
    assert [text for text in good if not check(text)] == []
    assert [text for text in bad if check(text)] == []


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("int8", -128, 127), ("int16", -32768, 32767), ("int32", -2147483648, 2147483647),
        ("int64", -9223372036854775808, 9223372036854775807), ("uint8", 0, 255), ("uint64", 0, 18446744073709551615),
        ("double-int", -9007199254740991, 9007199254740991),
    ],
)  # fmt: skip
def test_ranges(workbench, judge_body, name, least, most):
    operation = workbench.operation(body={"type": "integer", "format": name})
    assert (NUMBER_RANGES[name].minimum, NUMBER_RANGES[name].maximum) == (least, most)
    assert judge_body(operation, least) == judge_body(operation, most) == "conforms"
    assert judge_body(operation, least - 1) == judge_body(operation, most + 1) == [("", "format")]


def test_a_range_says_nothing_of_a_text(workbench, judge_body):
    assert judge_body(workbench.operation(body={"type": "string", "format": "int64"}), "x" * 30) == "conforms"


@pytest.mark.parametrize("name", sorted(ENGINE_FORMATS | STRING_FORMATS.keys()))
def test_every_format_is_really_asserted(workbench, judge_body, name):
    """A format in a table that nothing checks would pass in silence."""
    operation = workbench.operation(version="3.1.0", body={"type": "string", "format": name})
    values = ["\x00 <[{(", "((", "{", "a b/ ~2", "a@", "-a-.", "%zz"]
    assert any(judge_body(operation, value) == [("", "format")] for value in values)
    assert is_asserted(name)
    assert words_of(name)


@pytest.mark.parametrize("name", ["password", "binary", "unheard-of", "commonmark"])
def test_formats_that_say_nothing(workbench, judge_body, name):
    assert judge_body(workbench.operation(body={"type": "string", "format": name}), "\x00 <[{(") == "conforms"
