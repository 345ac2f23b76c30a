"""The board's pages: open questions, one decision with its report and discussion, and what waits for a signature.

Nothing is written that does not verify: a session keeps comments, and what decides is signed elsewhere and pasted.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from contracts.diagnostic import InvalidInputError
from gateway.trust.board_statement import STATEMENT_TYPE
from gateway.trust.envelope import Signature
from gateway.trust.passkeys import Passkey
from gateway.trust.signed import payload_digest, read_decision
from governance.decisions.detached import SIGN_IN_TYPE, parse_line
from governance.decisions.discussion import add_comment
from governance.decisions.stating import Saying
from governance.release.decided_changes import decided_changes
from governance.reports.decided_changes import decided_lines
from governance.web.asked import asked_of, signature_of
from governance.web.forms import Asking, Refused, keep_signed, sign_in_text, signer_of, text_to_sign
from governance.web.ground import Asked, Place
from governance.web.origin import BODY_BYTES, App, guarded
from governance.web.pages import beside, render
from governance.web.passkey_pages import (
    SCRIPTED,
    active,
    asking,
    making,
    member_signed_in,
    named,
    passkeys_page,
    signature_in,
)
from governance.web.reports import Missing, find_report
from governance.web.sessions import SESSION_SECONDS, Pending, Sessions, Visit
from governance.web.shown import decision_page, delegation_page, questions_page

COOKIE: Final = "tidewaiter-board"
_FOR_STRANGERS: Final = ("Its operator is told why: tidewaiter board verify.",)
_log = logging.getLogger("tidewaiter.board")
_REPORT_HEADERS: Final = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
}


class BoardPages:
    """The ASGI application."""

    def __init__(self, place: Place, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.place = place
        self.sessions = Sessions(clock)
        self._clock = clock
        secure = place.origin.scheme == "https"
        self._cookie = f"__Host-{COOKIE}" if secure else COOKIE
        self._secure = secure
        inside, anybody = self._signed_in, self._anybody
        routes = [
            Route("/style.css", self._style),
            Route("/passkey.js", self._script),
            Route("/sign-in", anybody(self.sign_in), methods=["GET", "POST"]),
            Route("/sign-in/text", anybody(self.sign_in_text)),
            Route("/sign-in/passkey", anybody(self.sign_in_passkey), methods=["GET", "POST"]),
            Route("/sign-out", inside(self.sign_out), methods=["POST"]),
            Route("/", inside(self.questions)),
            Route("/all", inside(partial(self.questions, settled_too=True))),
            Route("/decisions/{name}", inside(self.decision)),
            Route("/decisions/{name}/report", inside(self.report)),
            Route("/decisions/{name}/comment", inside(self.comment), methods=["POST"]),
            Route("/decisions/{name}/say", inside(self.say), methods=["POST"]),
            Route("/delegations", inside(self.delegations), methods=["GET", "POST"]),
            Route("/sign/{id}", inside(self.sign), methods=["GET", "POST"]),
            Route("/sign/{id}/text", inside(self.sign_text)),
            Route("/sign/{id}/passkey", inside(self.sign_passkey), methods=["GET", "POST"]),
            Route("/passkeys", inside(self.passkeys), methods=["GET", "POST"]),
            Route("/passkeys/end", inside(self.end_passkey), methods=["POST"]),
        ]
        self._app = Starlette(routes=routes, exception_handlers={404: self._missing})
        self._app.router.redirect_slashes = False
        self.guarded: App = guarded(self._app, place.origin)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        await self.guarded(scope, receive, send)

    # Around every page.

    def _anybody(self, page: Callable[[Asked], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await self._answer(request, page)

        return answer

    def _signed_in(self, page: Callable[[Asked], Response]) -> Callable[[Request], Awaitable[Response]]:
        def judged(asked: Asked) -> Response:
            visit = asked.visit
            member = asked.trust.root.value.members.get(visit.member)
            known = asked.trust.root.keys().get(visit.key, ("",))[0] == visit.member or self._by_passkey(asked)
            if not visit.member or member is None or member.removed is not None or not known:
                self.sessions.forget(visit)
                asked.visit = self.sessions.visit("")
                return RedirectResponse("/sign-in", 303)
            return page(asked)

        return self._anybody(judged)

    def _by_passkey(self, asked: Asked) -> bool:
        return asked.visit.key in {one.credential for one in self._passkeys(asked, asked.visit.member)}

    def _passkeys(self, asked: Asked, member: str = "") -> list[Passkey]:
        return active(self.place.workspace, self.place.origin, asked.trust, asked.register, asked.now, member)

    async def _answer(self, request: Request, page: Callable[[Asked], Response]) -> Response:
        visit = self.sessions.visit(request.cookies.get(self._cookie, ""))
        form: dict[str, str] = {}
        if request.method == "POST":
            body = b""
            async for part in request.stream():
                body += part
                if len(body) > BODY_BYTES:
                    return self._told(visit, 413, "The form is too large", ())
            form = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100))
            if not visit.form_is_ours(form.get("form", "")):
                return self._told(
                    visit, 403, "This form is not of your session", ("Open the page again, and send it from there.",)
                )
        return await run_in_threadpool(self._on_ground, request, visit, form, page)

    def _on_ground(
        self, request: Request, visit: Visit, form: dict[str, str], page: Callable[[Asked], Response]
    ) -> Response:
        token = visit.token
        try:
            trust, register = self.place.ground()
            asked = Asked(request, visit, trust, register, self._clock(), form)
            answer = page(asked)
            token = asked.visit.token
        except Refused as refused:
            answer = self._told(visit, refused.status, refused.title, (refused.remedy,))
        except InvalidInputError as error:
            lines = tuple(str(error).splitlines()) if visit.member else _FOR_STRANGERS
            answer = self._told(visit, 409, "This cannot be done", lines)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            answer = self._told(visit, 500, "It could not be written", (f"{reason}: nothing was kept",))
        except Exception as error:  # noqa: BLE001 - answered, and told without its text, which could hold a comment
            _log.error("a page of the board failed: %s", type(error).__name__)
            answer = self._told(visit, 500, "This failed in a way that nobody foresaw", ("Nothing was kept.",))
        answer.set_cookie(
            self._cookie, token, max_age=SESSION_SECONDS, httponly=True, samesite="strict", secure=self._secure
        )
        return answer

    def _page(
        self, asked: Asked | Visit, template: str, status: int = 200, headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:  # fmt: skip
        visit = asked.visit if isinstance(asked, Asked) else asked
        development = isinstance(asked, Asked) and asked.trust.root.value.development
        html = render(template, member=visit.member, form=visit.form, development=development, **values)
        return HTMLResponse(html, status, headers)

    def _told(self, visit: Visit, status: int, title: str, lines: Sequence[str]) -> Response:
        return self._page(visit, "told", status, title=title, lines=lines)

    async def _style(self, _: Request) -> Response:
        return Response(beside("style.css"), media_type="text/css")

    async def _script(self, _: Request) -> Response:
        return Response(beside("passkey.js"), media_type="text/javascript")

    async def _missing(self, _: Request, __: Exception) -> Response:
        visit = Visit("", "", self._clock())
        return self._told(visit, 404, "There is no such page", ())

    # Getting in and out.

    def sign_in(self, asked: Asked) -> Response:
        """The challenge, and what comes of the signature over it."""
        visit, origin = asked.visit, self.place.origin
        wrong = ""
        if asked.request.method == "POST":
            try:
                text = self.sessions.take(visit)
                member, key = signer_of(text, asked.form.get("signature", ""), asked.trust)
            except InvalidInputError as error:
                wrong = _words(error)
            else:
                asked.visit = self.sessions.begin(visit, member, key)
                return RedirectResponse("/", 303)
        text = self.sessions.challenge(visit, partial(sign_in_text, origin, asked.trust.workspace))
        told = signature_of(text, "/sign-in/text")
        return self._page(asked, "sign_in", 403 if wrong else 200, wrong=wrong, told=told, origin=origin.text,
                          passkeys=bool(self._passkeys(asked)))  # fmt: skip

    def sign_in_passkey(self, asked: Asked) -> Response:
        """The same challenge, signed by a passkey."""
        visit, origin, wrong = asked.visit, self.place.origin, ""
        if asked.request.method == "POST":
            try:
                text = self.sessions.take(visit)
                member, key = member_signed_in(text, asked.form.get("answer", ""), self._passkeys(asked))
            except InvalidInputError as error:
                wrong = _words(error)
            else:
                asked.visit = self.sessions.begin(visit, member, key)
                return RedirectResponse("/", 303)
        text = self.sessions.challenge(visit, partial(sign_in_text, origin, asked.trust.workspace))
        return self._passkey_page(
            asked, text, SIGN_IN_TYPE, [], wrong, "Sign in", "/sign-in", "Sign in with a key", "/sign-in/passkey"
        )

    def sign_in_text(self, asked: Asked) -> Response:
        """The challenge as a file."""
        return _file(asked.visit.challenge, "sign-in.yaml")

    def sign_out(self, asked: Asked) -> Response:
        """End the session."""
        self.sessions.forget(asked.visit)
        return RedirectResponse("/sign-in", 303)

    # Reading.

    def questions(self, asked: Asked, *, settled_too: bool = False) -> Response:
        """What is before the board."""
        values = questions_page(self.place.workspace, asked.trust, asked.register, asked.now, settled_too=settled_too)
        return self._page(asked, "questions", all=settled_too, **values)

    def decision(self, asked: Asked) -> Response:
        """One decision, its report beside it, and what can be said on it."""
        name = asked.request.path_params["name"]
        values = decision_page(self.place.workspace, name, asked.visit.member, asked.trust, asked.register, asked.now)
        digest = values["report"]
        found = find_report(digest, self.place.workspace, self.place.reports) if digest else None
        why = found.why if isinstance(found, Missing) else ""
        about = found.found if found is not None and not isinstance(found, Missing) else ""
        changes = () if about or values["settled"] else self._changes(asked, name)
        return self._page(asked, "decision", report_missing=why, report_found=about, changes=changes, **values,
                          passkeys=bool(self._passkeys(asked, asked.visit.member)))  # fmt: skip

    def _changes(self, asked: Asked, name: str) -> tuple[str, ...]:
        """What changes by a decision, in words, where no report tells it."""
        workspace, trust = self.place.workspace, self.place.trust
        one = read_decision(workspace, name, asked.trust, asked.register)
        return decided_lines(one, decided_changes(one, workspace, trust, asked.now), workspace, trust)

    def report(self, asked: Asked) -> Response:
        """The report, in a box in which nothing runs."""
        name = asked.request.path_params["name"]
        values = decision_page(self.place.workspace, name, asked.visit.member, asked.trust, asked.register, asked.now)
        found = find_report(values["report"] or "", self.place.workspace, self.place.reports)
        if isinstance(found, Missing):
            raise Refused(404, "There is no report to show", found.why)
        return Response(found.text, media_type=found.media_type, headers=_REPORT_HEADERS)

    # Saying something.

    def comment(self, asked: Asked) -> Response:
        """Keep a comment, under the name of who is signed in."""
        name = asked.request.path_params["name"]
        add_comment(self.place.workspace, name, asked.visit.member, asked.form.get("text", ""), asked.now)
        return RedirectResponse(f"/decisions/{quote(name)}#discussion", 303)

    def say(self, asked: Asked) -> Response:
        """Make the text that the member is to sign."""
        asking = asked_of(asked.form, asked.request.path_params["name"])
        return self._await(asked, asking)

    def delegations(self, asked: Asked) -> Response:
        """Who stands in for whom; the text for another one."""
        if asked.request.method == "POST":
            return self._await(asked, asked_of(asked.form, ""))
        values = delegation_page(self.place.workspace, asked.visit.member, asked.trust, asked.register, asked.now)
        return self._page(asked, "delegations", **values)

    def _await(self, asked: Asked, asking: Asking) -> Response:
        by_passkey = asked.form.get("with") == "passkey"
        text, kind = text_to_sign(
            self.place.workspace, asked.visit.member, asking, asked.trust, asked.register, asked.now,
            stated=by_passkey,
        )  # fmt: skip
        made = self.sessions.await_signature(asked.visit, text, kind, asking.decision, asking.back)
        return RedirectResponse(f"/sign/{made.id}" + ("/passkey" if by_passkey else ""), 303)

    def sign(self, asked: Asked) -> Response:
        """What exactly is signed; keep it once the member's signature is there."""
        pending, back = self._waiting(asked)
        wrong = ""
        if asked.request.method == "POST":
            try:
                return self._keep(asked, pending, parse_line(asked.form.get("signature", "")), back)
            except InvalidInputError as error:
                wrong = _words(error)
        told = signature_of(pending.text, f"/sign/{pending.id}/text")
        has_one = pending.payload_type == STATEMENT_TYPE and bool(self._passkeys(asked, asked.visit.member))
        passkey = f"/sign/{pending.id}/passkey" if has_one else ""
        status = 409 if wrong else 200
        return self._page(asked, "sign", status, wrong=wrong, told=told, id=pending.id, back=back, passkey=passkey)

    def sign_passkey(self, asked: Asked) -> Response:
        """The same by a passkey of the member."""
        pending, back = self._waiting(asked)
        wrong = ""
        if asked.request.method == "POST":
            try:
                return self._keep(asked, pending, signature_in(asked.form.get("answer", "")), back)
            except InvalidInputError as error:
                wrong = _words(error)
        return self._passkey_page(
            asked, pending.text, pending.payload_type, self._passkeys(asked, asked.visit.member), wrong,
            "What you are about to sign", back, "Back, and sign nothing", f"/sign/{pending.id}/passkey",
        )  # fmt: skip

    def _passkey_page(
        self, asked: Asked, text: bytes, kind: str, passkeys: list[Passkey], wrong: str, heading: str, back: str,
        back_word: str, action: str,
    ) -> Response:  # fmt: skip
        told = asking(text, kind, passkeys, self.place.origin)
        return self._page(
            asked, "passkey_sign", 409 if wrong else 200, SCRIPTED, told=told, text=text.decode(), heading=heading,
            digest=payload_digest(text), back=back, back_word=back_word, action=action, wrong=wrong,
            button=f"{'Sign in' if kind == SIGN_IN_TYPE else 'Sign'} with a passkey",
        )  # fmt: skip

    def _waiting(self, asked: Asked) -> tuple[Pending, str]:
        """What waits for a signature, and where its member came from."""
        pending = self.sessions.pending(asked.visit, asked.request.path_params["id"])
        if pending is None:
            raise Refused(404, "Nothing waits for a signature here", "Its time was over, or it was kept: begin anew.")
        return pending, f"/decisions/{quote(pending.decision)}" if pending.decision else pending.back

    def _keep(self, asked: Asked, pending: Pending, signature: Signature, back: str) -> Response:
        keep_signed(self.place.workspace, pending, asked.visit.member, signature, asked.trust, asked.now)
        asked.visit.pending.pop(pending.id, None)
        return RedirectResponse(back, 303)

    # Passkeys.

    def passkeys(self, asked: Asked) -> Response:
        """The member's own; the text that names a new one."""
        visit, origin = asked.visit, self.place.origin
        if asked.request.method == "POST":
            saying = named(visit, asked.form.get("answer", ""), origin, asked.now)
            return self._await(asked, Asking(saying))
        told = making(visit, visit.member, origin)
        values = passkeys_page(self._passkeys(asked, visit.member))
        return self._page(asked, "passkeys", 200, SCRIPTED, told=told, origin=origin.text, **values)

    def end_passkey(self, asked: Asked) -> Response:
        """The text that ends one."""
        return self._await(asked, Asking(Saying("end-passkey", credential=asked.form.get("credential", ""))))

    def sign_text(self, asked: Asked) -> Response:
        """The text as a file."""
        pending = self.sessions.pending(asked.visit, asked.request.path_params["id"])
        return _file(pending.text if pending is not None else b"", "statement.yaml")


def _words(error: InvalidInputError) -> str:
    return "; ".join(f"{one.message}; {one.remedy}" for one in error.diagnostics)


def _file(text: bytes, name: str) -> Response:
    if not text:
        raise Refused(404, "There is nothing to sign", "Open the page again.")
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/octet-stream", headers=headers)
