"""Templates of the gateway's own pages, how texts of strangers are put into them, and the pages of problem types."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from contracts.plain import plain
from policies.step import Problem

GUARD: Final[Mapping[str, str]] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: with that a browser sends a form with `Origin: null`, which proves nothing.
    "referrer-policy": "same-origin",
}
"""On every page: it runs nothing, fetches nothing from elsewhere and stands in no frame."""
_HEADERS: Final = {**GUARD, "cache-control": "max-age=300", "vary": "Accept"}
_PROSE_CHARACTERS: Final = 20_000


def _words(text: str) -> Markup:
    """Text whose code words stand between backticks."""
    return _coded(plain(text))


def _coded(text: str) -> Markup:
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def _lines(text: str) -> str:
    """Text of several lines; nothing in it takes effect."""
    return "\n".join(plain(line) for line in text.expandtabs(4).replace("\r\n", "\n").split("\n"))


def _prose(text: str) -> Markup:
    """Text of a document as paragraphs; of its Markdown only code words are shown as such."""
    cut = text[:_PROSE_CHARACTERS] + ("..." if len(text) > _PROSE_CHARACTERS else "")
    paragraphs = re.split(r"\n[ \t]*\n", cut.replace("\r\n", "\n").strip())
    return Markup("\n").join(Markup("<p>{}</p>").format(_coded(_lines(one))) for one in paragraphs if one)


@cache
def templates() -> Environment:
    """All templates of this folder. A value that is missing is an error."""
    folder = resources.files(__package__)
    texts = {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir() if one.name.endswith(".html")}
    environment = Environment(
        loader=DictLoader(texts), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(words=_words, line=plain, lines=_lines, prose=_prose)
    return environment


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


ALONE: Final[Mapping[str, Any]] = {"portal": False, "site": "Tidewaiter"}
"""What stands around the pages where there is no portal."""


def pages_app(problems: Mapping[str, Problem], base: str, around: Mapping[str, Any] = ALONE) -> Starlette:
    """The app behind `/-/problems`. Everything is rendered from data collected at load time."""
    style, icon = _file("style.css"), _file("icon.svg")
    ordered = sorted(problems.values(), key=lambda p: (p.status, p.name))

    def page(name: str, status: int = 200, **values: object) -> Response:
        html = templates().get_template(name).render(base=base, **around, **values)
        return HTMLResponse(html, status_code=status, headers=_HEADERS)

    async def index(_: Request) -> Response:
        return page("problems.html", problems=ordered)

    async def problem(request: Request) -> Response:
        found = problems.get(request.path_params["name"])
        if found is None:
            return page("missing.html", 404)
        if "application/json" in request.headers.get("accept", ""):
            content = {"type": base + found.name, "title": found.title, "status": found.status, "remedy": found.remedy}
            return JSONResponse(content, headers=_HEADERS)
        return page("problem.html", problem=found)

    async def css(_: Request) -> Response:
        return Response(style, media_type="text/css", headers=_HEADERS)

    async def picture(_: Request) -> Response:
        return Response(icon, media_type="image/svg+xml", headers=_HEADERS)

    async def missing(_: Request, __: Exception) -> Response:
        return page("missing.html", 404)

    async def wrong_method(_: Request, error: Exception) -> Response:
        return PlainTextResponse("Method Not Allowed", 405, {**(getattr(error, "headers", None) or {}), **_HEADERS})

    routes = [
        Route("/-/problems", index),
        Route("/-/problems/", index),
        Route("/-/problems/{name}", problem),
        Route("/-/style.css", css),
        Route("/-/icon.svg", picture),
    ]
    app = Starlette(routes=routes, exception_handlers={404: missing, 405: wrong_method})
    app.router.redirect_slashes = False  # its redirect would name the caller's Host
    return app
