"""The head of a system's answer, judged without a socket."""

import pytest

from gateway.answer_reader import read_head
from policies.step import Refusal


@pytest.mark.parametrize("kind", [b"text/html", b"TEXT/HTML; charset=utf-8", b" application/xhtml+xml"])
def test_an_html_page_is_known_by_its_type_whatever_it_begins_with(kind):
    with pytest.raises(Refusal) as caught:
        read_head(200, [(b"Content-Type", kind)], 1000)

    assert caught.value.problem.name == "system-answer-broken"


def test_a_page_that_wants_a_sign_in_is_known_by_its_status():
    assert read_head(401, [(b"Content-Type", b"text/html")], 1000) == [(b"content-type", b"text/html")]


def test_a_head_has_its_bound():
    with pytest.raises(Refusal):
        read_head(200, [(b"x-a", b"a" * 995)], 1000)
    assert read_head(200, [(b"x-a", b"a" * 993)], 1000)
