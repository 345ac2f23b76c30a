"""The portal on the public listener: `/` and what stands below `/-/`. Calls never come here.

Every request is charged to its client address, and what carries a credential is judged as a call is. Pages are made in
a thread apart; what is shown is bounded by who looks, and what that visitor may not see is answered like what is not
there.
"""

import logging
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from gateway.caller import Caller, Receive, Send
from gateway.pages import pages_app
from gateway.portal.account import endings_of, limits_of
from gateway.portal.answers import archive_answer, document_answer, page_answer, redirect, text_answer, wants_gzip
from gateway.portal.callers import callers_of
from gateway.portal.content import Content, Edition
from gateway.portal.documents import Form
from gateway.portal.given import archive_bytes
from gateway.portal.pages import Page, Pages, Refused
from gateway.portal.records import Records
from gateway.portal.rendering import Rendering
from gateway.portal.request import Request, begin, log, prove, refused_page
from gateway.portal.session import Session, Sessions
from gateway.portal.sign_in import SignIn
from gateway.portal.status import status_of
from gateway.portal.visitor import ANYBODY
from gateway.portal.words import QUESTION_CHARACTERS
from gateway.problems import INTERNAL, PROBLEMS, render
from gateway.routes import Live
from gateway.telemetry import Listener
from policies.select import NOT_FOUND, VERSION_RETIRED
from policies.step import Answer, CallerLeft, Refusal, Runtime

_log = logging.getLogger("tidewaiter.portal")
_OFF_LOOP_BYTES: Final = 65_536
"""What is packed larger than this is unpacked in the thread."""
_QUERY_BYTES: Final = 2_000


_READ: Final = ("GET", "HEAD")
_API: Final = r"/-/apis/([a-z0-9-]{1,64})"
_VERSION: Final = rf"{_API}/([0-9.]{{1,40}})"
_SLUG: Final = r"([A-Za-z0-9_.-]{1,80})"
_ROUTES: Final[tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...]] = tuple(
    (name, re.compile(pattern), methods)
    for name, pattern, methods in (
        ("home", r"/", _READ),
        ("contracts", r"/-/", _READ),
        ("api", _API, _READ),
        ("version", _VERSION, _READ),
        ("operation", rf"{_VERSION}/operations/{_SLUG}", _READ),
        ("schema", rf"{_VERSION}/schemas/{_SLUG}", _READ),
        ("changes", rf"{_VERSION}/changes/([0-9.]{{1,40}})", _READ),
        ("document", r"/-/contracts/([a-z0-9-]{1,64})/([0-9.]{1,40})\.(yaml|json)", _READ),
        ("client", r"/-/clients/([a-z0-9-]{1,64})/([0-9.]{1,40})/([A-Za-z0-9_.+-]{1,200})", _READ),
        ("search", r"/-/search", _READ),
        ("credentials", r"/-/credentials", _READ),
        ("status", r"/-/status", _READ),
        ("account", r"/-/account", _READ),
        ("sign_in", r"/-/sign-in", (*_READ, "POST")),
        ("sign_out", r"/-/sign-out", ("POST",)),
    )
)
"""What each address leads to: the method `do_<name>` of the app, which gets the groups."""


class PortalApp:
    """The ASGI application of one release; a reload makes another."""

    def __init__(
        self, live: Live, content: Content, runtime: Runtime, listeners: Sequence[Listener] = (),
        records: Records | None = None,
    ) -> None:  # fmt: skip
        """`records` of the node; without them nothing is kept."""
        self._live = live
        self._content = content
        self._runtime = runtime
        self._listeners = tuple(listeners)
        self._records = records or Records(None, runtime.now)
        self._pages = Pages(live, content)
        self._rendering = Rendering(runtime)
        self._sessions = Sessions(live.release.workspace, runtime)
        self._sign_in = SignIn(live, self._sessions, self._pages, runtime)
        around = self._pages.around(ANYBODY, "/-/problems/")
        around["navigation"] = (*around["navigation"][:-1], ("/-/account", "Your account"))
        self._problems = pages_app(PROBLEMS, live.problems_base, around)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One request."""
        path: bytes = scope["raw_path"]
        if path.startswith(b"/-/problems") or path in (b"/-/style.css", b"/-/icon.svg"):
            await self._problems(scope, receive, send)
            return
        caller = Caller(receive, send, self._live.body_seconds)
        try:
            request = Request(self._live, scope, caller)
            answer = await self._answer(request)
            self._runtime.count("portal", status=str(answer.status))
            await caller.answer(answer, answer.headers, head=scope["method"] == "HEAD")
        except (CallerLeft, OSError):
            pass
        finally:
            caller.stop_watching()

    async def _answer(self, request: Request) -> Answer:
        try:
            for name, pattern, methods in _ROUTES:
                found = pattern.fullmatch(request.path)
                if found is None:
                    continue
                if request.method not in methods:
                    return text_answer(405, "Method Not Allowed", (b"allow", ", ".join(methods).encode()))
                await begin(request, self._sessions, self._has_ended)
                answer: Answer = await getattr(self, f"do_{name}")(request, *found.groups())
                return answer
            await begin(request, self._sessions, self._has_ended)
            return self._show(request, self._pages.missing(request.visitor))
        except Refusal as refusal:
            log(request, self._listeners, refusal)
            if request.is_document:
                return self._problem(request, refusal)
            page = self._pages.refused(request.visitor, refused_page(refusal))
            return page_answer(page, request.headers, personal=True, more=refusal.headers)
        except CallerLeft:
            raise
        except Exception as error:  # noqa: BLE001 - answered and told without its text, which could hold a payload
            _log.error("a page of the portal failed: %s", type(error).__name__)
            refused = Refused(INTERNAL.status, INTERNAL.title, INTERNAL.remedy)
            return page_answer(self._pages.refused(request.visitor, refused), request.headers, personal=True)

    async def _has_ended(self, session: Session) -> bool:
        return await self._rendering.run(lambda: self._records.has_ended(session.name))

    def _show(self, request: Request, page: Page | None, *, personal: bool = False) -> Answer:
        found = page if page is not None else self._pages.missing(request.visitor)
        return page_answer(found, request.headers, personal=personal or request.visitor.known or request.had_cookie)

    async def _kept(self, request: Request, make: Callable[[], Page | None]) -> Answer:
        """A page that is the same for equal visitors."""
        return self._show(request, await self._rendering.page((request.path, request.visitor), make))

    # Pages.

    async def do_home(self, request: Request) -> Answer:
        """The first page."""
        return await self._kept(request, lambda: self._pages.home(request.visitor))

    async def do_contracts(self, request: Request) -> Answer:
        """All that there is to see."""
        return await self._kept(request, lambda: self._pages.contracts(request.visitor))

    async def do_api(self, request: Request, api: str) -> Answer:
        """One API."""
        return await self._kept(request, lambda: self._pages.api(request.visitor, api))

    async def do_version(self, request: Request, api: str, version: str) -> Answer:
        """One version."""
        return await self._kept(request, lambda: self._pages.version(request.visitor, api, version))

    async def do_operation(self, request: Request, api: str, version: str, slug: str) -> Answer:
        """One operation."""
        return await self._kept(request, lambda: self._pages.operation(request.visitor, api, version, slug))

    async def do_schema(self, request: Request, api: str, version: str, slug: str) -> Answer:
        """One named schema."""
        return await self._kept(request, lambda: self._pages.schema(request.visitor, api, version, slug))

    async def do_changes(self, request: Request, api: str, new: str, old: str) -> Answer:
        """What changed between two versions."""
        return await self._kept(request, lambda: self._pages.changes(request.visitor, api, new, old))

    async def do_credentials(self, request: Request) -> Answer:
        """How to get one."""
        return await self._kept(request, lambda: self._pages.credentials(request.visitor))

    async def do_search(self, request: Request) -> Answer:
        """By words."""
        stated = parse_qsl(request.query[:_QUERY_BYTES].decode("latin-1"))
        question = next((value for name, value in stated if name == "q"), "")[:QUESTION_CHARACTERS].strip()
        visitor = request.visitor
        return self._show(request, await self._rendering.run(lambda: self._pages.search(visitor, question)))

    async def do_status(self, request: Request) -> Answer:
        """How the entities stand."""
        catalogue = self._pages.catalogue(request.visitor)
        entities = status_of(self._live, self._runtime, catalogue, request.visitor)
        page = self._pages.status(request.visitor, entities, self._runtime.now())
        return self._show(request, page, personal=True)

    async def do_account(self, request: Request) -> Answer:
        """What a consumer is told of itself; anybody else is led to the form."""
        session = request.session
        if session is None:
            return redirect("/-/sign-in", *([self._sessions.end()] if request.had_cookie else []))
        limits = await limits_of(self._live, session.identity)
        endings = endings_of(self._content, self._pages.catalogue(request.visitor), session.identity)
        seen = await self._rendering.run(lambda: self._records.clients_of(session.identity.consumer))
        clients = callers_of(self._content, self._pages.catalogue(request.visitor), self._live.generations, seen)
        apart = self._live.settings.store.kind == "memory"
        page = self._pages.account(request.visitor, session, limits, endings, clients, counted_apart=apart)
        return self._show(request, page, personal=True)

    async def do_sign_in(self, request: Request) -> Answer:
        """The form, and what comes of it."""
        if request.method != "POST":
            page = self._pages.sign_in(request.visitor, None, is_open=self._sessions.open)
            return self._show(request, page)
        answer, refusal = await self._sign_in.begin(request)
        log(request, self._listeners, refusal, answer.status)
        return answer

    async def do_sign_out(self, request: Request) -> Answer:
        """End the session, and take its cookie away."""
        answer = self._sign_in.end(request)
        session = request.session
        if answer.status == 303 and session is not None:
            written = await self._rendering.run(lambda: self._records.end(session.name, session.until))
            answer = answer if written else self._sign_in.ended_here(request)
        log(request, self._listeners, None, answer.status)
        return answer

    # Documents.

    async def do_document(self, request: Request, api: str, version: str, form: str) -> Answer:
        """A contract's document, for whoever may see it."""
        edition = await self._edition(request, api, version)
        assert edition.download is not None
        kind = cast("Form", form)
        packed = edition.download.packed[kind]
        zipped = wants_gzip(request.headers)
        if zipped:
            body = packed
        elif len(packed) > _OFF_LOOP_BYTES:
            download = edition.download
            body = await self._rendering.run(lambda: download.text(kind))
        else:
            body = edition.download.text(kind)
        return document_answer(edition, kind, body, request.headers, packed=zipped, public=self._is_public(api))

    async def do_client(self, request: Request, api: str, version: str, name: str) -> Answer:
        """An archive of a contract's client, for whoever may see the contract."""
        edition = await self._edition(request, api, version)
        folder, known = self._content.folder, edition.client.archives if edition.client is not None else ()
        archive = next((one for one in known if one.name == name), None)
        body = None
        if archive is not None and folder is not None:
            body = await self._rendering.run(partial(archive_bytes, folder, archive))
        if archive is None or body is None:
            raise Refusal(NOT_FOUND, "There is no such client.", fault="gateway")
        return archive_answer(edition, archive, body, request.headers, public=self._is_public(api))

    async def _edition(self, request: Request, api: str, version: str) -> Edition:
        """A version that can be downloaded, for whoever the request proves. Raises Refusal."""
        if request.presents:
            await prove(request)
        edition = self._pages.catalogue(request.visitor).edition(api, version)
        if edition is None:
            raise Refusal(NOT_FOUND, "There is no such contract for you.", fault="gateway")
        if edition.download is None:
            raise Refusal(VERSION_RETIRED, f"{api} {version} is retired.", headers=edition.headers, fault="gateway")
        return edition

    def _is_public(self, api: str) -> bool:
        return self._live.release.workspace.apis[api].visibility == "public"

    def _problem(self, request: Request, refusal: Refusal) -> Answer:
        answer = render(self._live.problems_base, refusal, request.call)
        answer.headers += [
            (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"),
            (b"vary", b"Authorization, X-API-Key, Cookie"), (b"x-correlation-id", request.call.id.encode()),
        ]  # fmt: skip
        return answer
