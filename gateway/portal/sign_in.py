"""Signing in and out: a form, posted from the portal's own pages, with a key or a token that is looked at once."""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from gateway.portal.answers import page_answer, redirect
from gateway.portal.pages import Pages, Refused
from gateway.portal.request import Request, prove, refused_page
from gateway.portal.session import Sessions
from gateway.portal.visitor import ANYBODY
from gateway.routes import Live
from policies.step import Answer, Header, Refusal, Runtime

FORM_BYTES: Final = 65_536
"""Of a posted form: the longest token, each of its characters written as three."""
_FORM: Final = b"application/x-www-form-urlencoded"
_PORTS: Final = {"http": 80, "https": 443}


class SignIn:
    """Of one release."""

    def __init__(self, live: Live, sessions: Sessions, pages: Pages, runtime: Runtime) -> None:
        settings = live.release.workspace.settings
        self._live = live
        self._sessions = sessions
        self._pages = pages
        self._runtime = runtime
        self._takes_tokens = bool(live.release.workspace.issuers)
        self._key_start = f"{settings.key_prefix}_"
        self._origin = origin_of(str(settings.public_url))

    async def begin(self, request: Request) -> tuple[Answer, Refusal | None]:
        """The answer to a posted credential, and what the credential was refused with."""
        if not self._is_own(request):
            return self._again(request, self._elsewhere(request)), None
        credential = await _credential(request)
        if not credential or not self._sessions.open:
            refused = Refused(400, "Nothing was sent", "Paste the whole key or token.")
            return self._again(request, refused), None
        call = request.call
        is_key = credential.startswith(self._key_start)
        if not is_key and not self._takes_tokens:
            remedy = f"Only API keys are taken here: one begins with `{self._key_start}`. No issuer is set up."
            return self._again(request, Refused(401, "This is no API key", remedy)), None
        call.headers = {b"x-api-key": credential.encode()} if is_key else {b"authorization": _bearer(credential)}
        try:
            await self._live.address_gate.check(call)
            await prove(request)
        except Refusal as refusal:
            self._runtime.count("portal_sign_in", outcome=refusal.problem.name)
            return self._again(request, refused_page(refusal), *_retry(refusal)), refusal
        self._runtime.count("portal_sign_in", outcome="signed-in")
        return redirect("/-/account", self._sessions.begin(call.identity, credential)), None

    def end(self, request: Request) -> Answer:
        """Take the cookie away, where the portal's own page asks for it."""
        if not self._is_own(request):
            return page_answer(
                self._pages.refused(request.visitor, self._elsewhere(request)), request.headers, personal=True
            )
        return redirect("/-/", self._sessions.end())

    def ended_here(self, request: Request) -> Answer:
        """What is told where the cookie goes and nothing else could be done."""
        remedy = "A copy of its cookie elsewhere goes on until its hour ends. The operator ends it with a suspension."
        refused = Refused(503, "You are signed out in this browser only", remedy)
        return page_answer(
            self._pages.refused(ANYBODY, refused), request.headers, personal=True, more=(self._sessions.end(),)
        )

    def _again(self, request: Request, refused: Refused, *more: Header) -> Answer:
        page = self._pages.sign_in(request.visitor, refused, is_open=self._sessions.open)
        return page_answer(page, request.headers, personal=True, more=more)

    def _is_own(self, request: Request) -> bool:
        """Whether the form was sent by a page of this very address: only a browser knows, and it always says so."""
        headers = request.headers
        origins = [value for name, value in request.raw if name == b"origin"]
        site = headers.get(b"sec-fetch-site", b"same-origin")
        return origins == [self._origin.encode()] and site == b"same-origin"

    def _elsewhere(self, request: Request) -> Refused:
        place = f"{self._origin}{request.path}"
        return Refused(403, "The form was not sent from this portal's own page", f"Open `{place}` and try there.")


def origin_of(url: str) -> str:
    """The origin of an address as browsers write it (RFC 6454)."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


async def _credential(request: Request) -> str:
    """What was posted; empty where it is no such form, or too large."""
    if request.headers.get(b"content-type", b"").split(b";")[0].strip().lower() != _FORM:
        return ""
    body = await request.caller.read(FORM_BYTES)
    if not isinstance(body, bytes):
        return ""
    try:
        fields = parse_qsl(body.decode("ascii"), max_num_fields=4, errors="strict")
    except ValueError:
        return ""
    return next((value.strip() for name, value in fields if name == "credential"), "")


def _bearer(credential: str) -> bytes:
    """A token, whether or not its scheme was copied with it."""
    token = credential[7:].strip() if credential[:7].lower() == "bearer " else credential
    return b"Bearer " + token.encode()


def _retry(refusal: Refusal) -> list[Header]:
    return [header for header in refusal.headers if header[0] == b"retry-after"]
