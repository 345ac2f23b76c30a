"""HTML pages by which a product itself says something, beside those of what stands in between."""

import pytest

from gateway.own_pages import OwnPages
from policies.fault_profile import PAGE_BYTES, fault_profile
from policies.step import Refusal

PAGE = (
    b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
    b"<p>The requested URL was not found on the server.</p>\n"
)
NGINX = b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body><h1>404 Not Found</h1></body></html>"
HEAD = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"200"), (b"x-a", b"1")]


async def told(product, status, body, headers=HEAD, pieces=1):
    size = max(1, -(-len(body) // pieces))
    left = [body[at : at + size] for at in range(0, len(body), size)]
    asked = []

    async def more():
        asked.append(1)
        return left.pop(0) if left else b""

    return await OwnPages(product).told(status, headers, more), len(asked)


@pytest.mark.parametrize("pieces", [1, 7, 200])
async def test_a_products_own_page_is_known_by_how_it_begins(pieces):
    answer, _ = await told("tryton", 404, PAGE, pieces=pieces)

    assert (answer.status, answer.body) == (404, PAGE)
    assert answer.headers == [(b"x-a", b"1"), HEAD[0]]
    meant = fault_profile("tryton").judge("GET", 404, answer.headers, answer.body)
    assert (meant.rule, meant.not_there, meant.page) == ("tryton/no-such-record", True, True)


async def test_no_more_of_a_page_is_read_than_tells_it():
    answer, asked = await told("tryton", 404, PAGE + b"x" * 1_000_000, pieces=2_000)

    assert len(answer.body) == PAGE_BYTES
    assert asked == 2


@pytest.mark.parametrize(
    ("product", "status", "body"),
    [("tryton", 404, NGINX), ("tryton", 404, b""), ("tryton", 404, b"\n" + PAGE), ("tryton", 404, PAGE[:70])],
)
async def test_any_other_page_is_none_of_the_products(product, status, body):
    with pytest.raises(Refusal) as caught:
        await told(product, status, body)

    assert caught.value.problem.name == "system-answer-broken"


@pytest.mark.parametrize(
    ("product", "status", "headers"),
    [
        ("tryton", 404, [(b"content-type", b"application/json")]), ("tryton", 404, []), ("tryton", 403, HEAD),
        ("generic", 404, HEAD),
    ],
)  # fmt: skip
async def test_what_is_not_told_by_a_page_is_not_touched(product, status, headers):
    assert await told(product, status, PAGE, headers) == (None, 0)


async def test_a_page_with_a_status_that_says_enough_is_dropped_unread():
    answer, asked = await told("tryton", 500, NGINX)

    assert (answer.status, answer.headers, answer.body, asked) == (500, [(b"x-a", b"1")], b"", 0)
