"""What a system is asked for, and what a hostile Accept costs."""

import time

import pytest

from policies.accept import accept_for

ASK = accept_for(["application/json", "application/xml"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, b"application/json, application/xml"),
        (b"*/*", b"application/json, application/xml"),
        (b"application/xml", b"application/xml"),
        (b" Application/XML ; q=0.5 , text/html", b"application/xml"),
        (b"application/*;q=0", b"application/json, application/xml"),
        (b"application/json;odata.metadata=none;IEEE754Compatible=true;x=y", b"application/json;odata.metadata=none;IEEE754Compatible=true"),
        (b"application/json; odata.metadata=none ;q=1", b"application/json;odata.metadata=none"),
        (b"image/png", b"application/json, application/xml"),
        (b'application/json;x="a', b"application/json, application/xml"),
    ],
)  # fmt: skip
def test_accept(given, expected):
    assert ASK(given) == expected


@pytest.mark.parametrize("start", [b"a/b", b"a/b;", b"a/b;q=0", b"", b"application/json;odata.metadata="])
def test_a_hostile_accept_costs_one_pass(start):
    before = time.process_time()
    ASK(start + b" " * 30_000 + b'"')
    assert time.process_time() - before < 0.5
