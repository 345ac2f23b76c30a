"""Answers that are known by their head, or by how the page begins that came with it; their bodies are for nobody."""

from collections.abc import Awaitable, Callable, Sequence

from gateway.answer_reader import is_error_page, is_page, page, wants_sign_in, without_body
from policies.fault_profile import PAGE_BYTES, fault_profile
from policies.step import Answer, Header


class OwnPages:
    """HTML pages by which a product itself says something, told from those of something in between."""

    def __init__(self, product: str) -> None:
        """Raises ValueError where the product's data file is broken."""
        self._profile = fault_profile(product)
        self.statuses = self._profile.pages

    async def told(
        self, status: int, headers: Sequence[Header], more: Callable[[], Awaitable[bytes]]
    ) -> Answer | None:  # fmt: skip
        """The answer where its body is of no use; None where the body has to be read.

        Of a page of the product's own it has the beginning, for the product's rules, which pass none on. Raises Refusal
        for any other page with such a status. `more` gives the next bytes, none at the end.
        """
        if wants_sign_in(status, headers) or is_error_page(status, headers):
            return Answer(status, without_body(headers))
        if status not in self.statuses or not is_page(headers):
            return None
        start = b""
        while len(start) < PAGE_BYTES and (chunk := await more()):
            start += chunk
        if not self._profile.is_own_page(status, start):
            raise page()
        media = [header for header in headers if header[0] == b"content-type"]
        return Answer(status, [*without_body(headers), *media], start[:PAGE_BYTES])
