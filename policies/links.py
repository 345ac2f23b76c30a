"""Links of a system back to itself become links to the gateway; those that lead elsewhere are removed and counted.

Links are looked for at the named places: OData's annotations and members, and four headers. All other bytes of an
answer stay as they are, unless they name a host of the system: no answer carries one. From JSON, texts and headers it
is taken out; what has another form is refused.

State: none; counts go to the runtime. A reload, a restart and a second worker change nothing.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import ClassVar

from contracts.items import item_kind
from contracts.settings import Settings
from policies.continuations import CONTINUES, Continuations, GoesOn
from policies.discard import discard
from policies.hidden import Hidden
from policies.item_stream import ItemStream
from policies.link_places import DULL, PLACES, Place, annotation, nowhere
from policies.rebase import Rebase
from policies.splice import NotJsonError, splice, tokens
from policies.step import Answer, Call, Header, Policy, Problem, Refusal, Route, Runtime, Step

LINKS_NOT_CHECKED = Problem(
    "links-not-checked",
    502,
    "The links in the system's answer could not be checked",
    "The detail says why, for instance that the answer was too large. Ask for less at once. For writes look at "
    "`effect` before sending it again.",
)
_ONE = frozenset({b"location", b"content-location", b"odata-entityid"})
_LINK = re.compile(r'\s*<([^<>]*)>((?:\s*+;[^,;<>"]*+(?:"(?:[^"\\]|\\.)*+"[^,;<>"]*+)?+)*+)\s*+(?:,|$)')
"""Possessive: a hostile value costs one pass."""
_JSON = re.compile(rb"\s*application/(?:[^;\s]*\+)?json\s*(?:;|$)", re.IGNORECASE)
_TEXT = re.compile(rb"\s*(?:text/|application/(?:[^;\s]*\+)?xml\s*(?:;|$))", re.IGNORECASE)
_PLAIN = re.compile(rb"\s*text/(?!xml\s*(?:;|$)|[^;\s]*\+xml)", re.IGNORECASE)
_ERROR = re.compile(rb'\s*\{\s*"error"\s*:')
"""An error in OData's form, which some systems tell with a status of success."""
_HOLDS_LINKS = re.compile(rb"\s*(?:application/atom(?:svc)?\+xml|multipart/)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Links:
    """Of `settings` it takes the public address, and the size above which a body is worked on off the loop."""

    settings: Settings
    refuses: ClassVar[tuple[Problem, ...]] = (LINKS_NOT_CHECKED,)

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:
        """The system's addresses and the gateway's own are prepared once."""
        operation, system = route.operation, route.system
        public = f"/{operation.api}/v{operation.version.split('.', 1)[0]}"
        base_url = str(self.settings.public_url).rstrip("/") + public
        hidden = None if route.isolation is None else Hidden(route.isolation.pins, route.isolation.templates)
        rebase = Rebase(system, route.offer.path, base_url, hidden)
        sealed = None if route.isolation is None else Continuations(route, runtime, self.settings, base_url, public)
        rewriter = _Rewriter(rebase, system.protocol, runtime, operation.api)
        off_loop, most = self.settings.bounds.off_loop_bytes, self.settings.bounds.item_bytes
        cut = len(public)

        async def links(call: Call) -> Answer:
            base = rebase.root + call.path[cut:].decode("ascii")
            try:
                answer = await inner(call)
            except Refusal as refusal:
                if any(name == b"location" for name, _ in refusal.headers):
                    _relink(refusal, rewriter.headers(list(refusal.headers), base))
                raise
            goes_on = None if sealed is None else sealed.of(call)
            answer.headers = rewriter.headers(answer.headers, base)
            try:
                if not isinstance(answer.body, bytes):
                    rewriter.refuse_stream(answer)
                    answer.body = rewriter.stream(answer, answer.body, base, most)
                elif len(answer.body) > off_loop:
                    answer.rewrite(await runtime.offload(rewriter.body, answer, answer.body, base, goes_on))
                elif answer.body:
                    answer.rewrite(rewriter.body(answer, answer.body, base, goes_on))
            except _NotCheckedError as error:
                await discard(answer.body)
                raise _refusal(str(error), answer.headers, safe=operation.safe) from None
            return answer

        return links


class _NotCheckedError(Exception):
    """The reason in words."""


def _refusal(why: str, headers: list[Header], *, safe: bool) -> Refusal:
    """For writes it says where the record is, so that hiding the answer makes nobody write twice (DESIGN law 4)."""
    record = () if safe else tuple(h for h in headers if h[0] == b"location")
    members = {"location": record[0][1].decode("latin-1")} if record else {}
    return Refusal(LINKS_NOT_CHECKED, why, headers=record, members=members, fault="system")


def _relink(refusal: Refusal, headers: list[Header]) -> None:
    """A refusal that says where the record is says it by the gateway's address, or not at all."""
    refusal.headers = tuple(headers)
    members = {name: value for name, value in refusal.members.items() if name != "location"}
    place = next((value.decode("latin-1") for name, value in headers if name == b"location"), None)
    refusal.members = members if place is None else {**members, "location": place}


class _Rewriter:
    """One offer's links."""

    def __init__(self, rebase: Rebase, protocol: str, runtime: Runtime, api: str) -> None:
        self._rebase = rebase
        self._protocol = protocol
        self._place = PLACES[protocol]
        self._tokens = tokens(DULL[protocol])
        self._runtime = runtime
        self._api = api

    def headers(self, headers: list[Header], base: str) -> list[Header]:
        """Location, Content-Location, OData-EntityId and Link (RFC 8288); hosts are taken out of all others."""
        made: list[Header] = []
        for name, value in headers:
            if name in _ONE:
                link = self._link(value.decode("latin-1"), base)
                if link is not None:
                    made.append((name, link.encode("ascii")))
            elif name == b"link":
                links = self._links(value.decode("latin-1"), base)
                if links:
                    made.append((name, links.encode("latin-1")))
            else:
                made.append((name, self._rebase.away(value.decode("latin-1"), base).encode("latin-1")))
        return made

    def _link(self, value: str, base: str) -> str | None:
        link = self._rebase.link(value, base)
        if link is None:
            self._runtime.count("link_removed", api=self._api)
        return link

    def _links(self, value: str, base: str) -> str:
        kept: list[str] = []
        at = 0
        while at < len(value):
            match = _LINK.match(value, at)
            if match is None:
                self._runtime.count("link_removed", api=self._api)
                break
            at = match.end()
            link = self._link(match[1], base)
            if link is not None and not self._rebase.mentions(match[2]):
                kept.append(f"<{link}>{match[2].rstrip()}")
        return ", ".join(kept)

    def refuse_stream(self, answer: Answer) -> None:
        """What is too large to hold cannot be looked through."""
        kind = _content_type(answer)
        text = _JSON.match(kind) or _TEXT.match(kind)
        if _HOLDS_LINKS.match(kind) or (text and (self._protocol != "rest" or answer.status >= 400)):
            raise _NotCheckedError("The answer is larger than what can be looked through for links.")

    def stream(self, answer: Answer, body: AsyncIterator[bytes], base: str, most: int) -> AsyncIterator[bytes]:
        """A stream of items with each of them looked through; another one as it is."""
        kind = item_kind(_content_type(answer).split(b";", 1)[0].strip().lower().decode("latin-1"))
        if kind is None:
            return body

        def cut(why: str) -> Refusal:
            self._runtime.count("stream_cut", api=self._api, why="links")
            return _refusal(why, answer.headers, safe=True)

        async def look(piece: bytes) -> bytes:
            try:
                return self.body(answer, piece, base)
            except _NotCheckedError as error:
                raise cut(str(error)) from None

        async def too_long() -> None:
            raise cut(f"An item of the answer is larger than {most} bytes.")

        return ItemStream(body, kind, most, look, too_long)

    def body(self, answer: Answer, body: bytes, base: str, goes_on: GoesOn | None = None) -> bytes:
        """The body with its links rewritten, its continuations by `goes_on`. Raises _NotCheckedError."""
        kind = _content_type(answer)
        failed = answer.status >= 400 or _ERROR.match(body) is not None
        if _JSON.match(kind) or (not kind and body.lstrip()[:1] in (b"{", b"[")):
            if self._protocol != "rest" or failed:
                body = self._json(body, base, self._rebase.redacted if failed else None, goes_on)
            return self._json_without_hosts(body, base)
        if self._protocol != "rest" and _HOLDS_LINKS.match(kind):
            raise _NotCheckedError("The answer has a form whose links cannot be rewritten: ask for JSON.")
        text = body.decode("latin-1")
        if _PLAIN.match(kind) or (failed and (_TEXT.match(kind) or not kind)):
            if failed or self._rebase.mentions(text):
                body = self._rebase.redacted(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            text = body.decode("latin-1")
        if self._rebase.addresses(text) or (b"\x00" in body and self._rebase.addresses(text.replace("\x00", ""))):
            raise _NotCheckedError("The answer names the system in a form whose links cannot be rewritten.")
        return body

    def _json_without_hosts(self, body: bytes, base: str) -> bytes:
        """Wherever a string still names a host of the system, it is taken out."""
        if not self._rebase.addresses(body.decode("latin-1")):
            return body
        try:
            body = splice(body, nowhere, str, lambda value: self._rebase.away(value, base))
        except NotJsonError:
            raise _NotCheckedError("The answer says that it is JSON and is not.") from None
        self._runtime.count("host_removed", api=self._api)
        if self._rebase.addresses(body.decode("latin-1")):
            raise _NotCheckedError("A name in the answer's JSON names the system.")
        return body

    def _json(self, body: bytes, base: str, other: Callable[[str], str] | None, goes_on: GoesOn | None) -> bytes:
        if self._protocol == "odata-v2":
            base = self._rebase.root + "/"
        body_links = _BodyLinks(self._place, self._rebase, self._link, base, goes_on)
        try:
            if other is not None:
                return splice(body, body_links.is_link, body_links.change, other)
            return splice(body, body_links.is_link, body_links.change, found_by=self._tokens)
        except NotJsonError:
            raise _NotCheckedError("The answer says that it is JSON and is not.") from None


class _BodyLinks:
    """One body's links; a relative one counts from the body's `@odata.context` where it has one (OData JSON 4.5.1)."""

    def __init__(
        self, place: Place, rebase: Rebase, link: Callable[[str, str], str | None], base: str, goes_on: GoesOn | None
    ) -> None:
        self._place = place
        self._rebase = rebase
        self._link = link
        self._base = base
        self._goes_on = goes_on
        self._term = b""
        self._top = False

    def is_link(self, owner: bytes, name: bytes) -> bool:
        if not self._place(owner, name):
            return False
        self._term, self._top = annotation(name) or name, not owner
        return True

    def change(self, value: str) -> str | None:
        """What stands at the place that was named last."""
        if not value or value.startswith("#"):
            return value
        if self._term == b"type":
            absolute = value.lower().startswith(("http:", "https:", "//"))
            return self._link(value, self._base) if absolute and self._rebase.mentions(value) else value
        new = self._link(value, self._base)
        if self._goes_on is not None and new is not None and self._term in CONTINUES:
            return self._goes_on(self._term, new)
        if self._term == b"context" and self._top and new is not None:
            self._base = self._rebase.path_of(value, self._base) or self._base
        return new


def _content_type(answer: Answer) -> bytes:
    for name, value in answer.headers:
        if name == b"content-type":
            return value
    return b""


_guard: type[Policy] = Links
