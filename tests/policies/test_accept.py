"""What a system is asked for, when nothing is, and what a hostile Accept costs."""

import time

import pytest

from policies.accept import NotAcceptableError, accept_for

ASK = accept_for(["application/json", "application/xml"])
SURE = accept_for(["application/json", "text/csv", "application/problem+json"], ["application/json", "text/csv"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, b"application/json, application/xml"),
        (b"", b"application/json, application/xml"),
        (b"*/*", b"application/json, application/xml"),
        (b"application/xml", b"application/xml"),
        (b" Application/XML ; q=0.5 , text/html", b"application/xml"),
        (b"application/*;q=0", b"application/json, application/xml"),
        (b"application/json;odata.metadata=none;IEEE754Compatible=true;x=y", b"application/json;odata.metadata=none;IEEE754Compatible=true"),
        (b"application/json; odata.metadata=none ;q=1", b"application/json;odata.metadata=none"),
        (b"image/png", b"application/json, application/xml"),
        (b'application/json;x="a', b"application/json, application/xml"),
        (b"application/json;q=0.5, application/xml", b"application/xml, application/json;q=0.5"),
        (b"application/json;q=0.5, application/xml;q=0.5", b"application/json, application/xml"),
        (b"*/*;q=0.1, application/xml", b"application/xml, application/json;q=0.1"),
        (b"application/json;q=0, */*", b"application/xml"),
        (b"*/*, application/json;q=0", b"application/xml"),
        (b"application/json;q=0, application/*", b"application/xml"),
        (b"application/json;q=1.000, application/xml;q=2", b"application/json, application/xml"),
        (b"text/html, application/xhtml+xml, */*;q=0.8", b"application/json, application/xml"),
    ],
)  # fmt: skip
def test_accept(given, expected):
    assert ASK(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (b"text/csv", b"text/csv"),
        (b"application/problem+json, text/*", b"text/csv, application/problem+json"),
        (b"application/*", b"application/json, application/problem+json"),
        (b'application/pdf, application/json;profile="a,b"', b"application/json, text/csv, application/problem+json"),
        (b"nonsense", b"application/json, text/csv, application/problem+json"),
    ],
)
def test_where_something_fits_it_is_asked_for(given, expected):
    """A header that cannot be read refuses nothing."""
    assert sorted(SURE(given).split(b", ")) == sorted(expected.split(b", "))


@pytest.mark.parametrize(
    "given",
    [
        b"application/pdf",
        b"image/*, application/pdf",
        b"application/problem+json",
        b"*/*;q=0",
        b"application/json;q=0, text/csv;q=0.000, */*;q=0",
        b"application/json;q=0, text/csv;q=0",
        b"text/html",
    ],
)
def test_where_nothing_fits_nothing_is_asked(given):
    with pytest.raises(NotAcceptableError) as caught:
        SURE(given)
    assert caught.value.types == ("application/json", "text/csv")


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("*/*", b"application/pdf", b"application/pdf"),
        ("*/*", b"image/*", b"image/*"),
        ("*/*", b"*/*;q=0.5", b"*/*"),
        ("image/*", b"image/png, text/plain", b"image/png"),
        ("image/*", b"*/*;q=0.9", b"image/*"),
    ],
)
def test_a_range_of_the_contract_is_narrowed(declared, given, expected):
    assert accept_for([declared], [declared])(given) == expected


def test_a_range_of_the_contract_that_the_caller_does_not_take():
    with pytest.raises(NotAcceptableError):
        accept_for(["image/*"], ["image/*"])(b"text/plain")


@pytest.mark.parametrize(
    "start", [b"a/b", b"a/b;", b"a/b;q=0", b"", b"application/json;odata.metadata=", b"a/b," * 7000]
)
def test_a_hostile_accept_costs_one_pass(start):
    before = time.process_time()
    ASK(start + b" " * 30_000 + b'"')
    assert time.process_time() - before < 0.5
