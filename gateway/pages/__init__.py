"""The gateway's own pages under `/-/`: what each problem type means and what to do."""

import re
from collections.abc import Mapping
from importlib import resources

from jinja2 import DictLoader, Environment
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from policies.step import Problem

_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "max-age=300",
    "vary": "Accept",
}


def _words(text: str) -> Markup:
    """Text whose code words stand between backticks."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def pages_app(problems: Mapping[str, Problem], base: str) -> Starlette:
    """The app behind `/-/`. Everything is rendered from data collected at load time."""
    folder = resources.files(__package__)
    names = ("layout.html", "problem.html", "problems.html", "missing.html")
    environment = Environment(
        loader=DictLoader({name: folder.joinpath(name).read_text(encoding="utf-8") for name in names}), autoescape=True
    )
    environment.filters["words"] = _words
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    ordered = sorted(problems.values(), key=lambda p: (p.status, p.name))

    def page(name: str, status: int = 200, **values: object) -> Response:
        html = environment.get_template(name).render(base=base, **values)
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

    async def stylesheet(_: Request) -> Response:
        return Response(style, media_type="text/css", headers=_HEADERS)

    async def missing(_: Request, __: Exception) -> Response:
        return page("missing.html", 404)

    async def wrong_method(_: Request, error: Exception) -> Response:
        return PlainTextResponse("Method Not Allowed", 405, {**(getattr(error, "headers", None) or {}), **_HEADERS})

    routes = [
        Route("/-/problems", index),
        Route("/-/problems/", index),
        Route("/-/problems/{name}", problem),
        Route("/-/style.css", stylesheet),
    ]
    app = Starlette(routes=routes, exception_handlers={404: missing, 405: wrong_method})
    app.router.redirect_slashes = False  # its redirect would name the caller's Host
    return app
