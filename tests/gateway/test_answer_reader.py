"""The look at the start of a body: what is HTML, and what a hostile start costs."""

import time

import pytest

from gateway.answer_reader import SNIFF_BYTES, refuse_html
from policies.step import Refusal


@pytest.mark.parametrize(
    "start",
    [
        b"<html>", b"\n <!doctype HTML>", b"<!-- a -->\n<!-- b --> <head>", b'<?xml version="1.0"?>\n<html xmlns="x">',
        b"<!-- a --><?xml x?><!-- b -->\n<body ", b"\xef\xbb\xbf<title>",
    ],
)  # fmt: skip
def test_html(start):
    with pytest.raises(Refusal):
        refuse_html(start)


@pytest.mark.parametrize("start", [b"", b"<", b"<htmlx>", b"<a/>", b"<!-- <html> --><feed>", b'{"a": "<html>"}'])
def test_no_html(start):
    refuse_html(start)


@pytest.mark.parametrize("part", [b"<!---->", b"<!-- -->\n", b"<?x?>", b"<!--", b"<!---->--"])
def test_many_comments_cost_one_pass(part):
    before = time.process_time()
    refuse_html((part * SNIFF_BYTES)[: SNIFF_BYTES - 3] + b"<a>")
    assert time.process_time() - before < 0.5
