"""Self-contained pages: one file, no script, nothing fetched; every text is escaped."""

import base64
import hashlib
import re
from importlib import resources
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from contracts.plain import plain

_STYLE: Final = "report.css"


def render(name: str, *, heading: str, **values: object) -> str:
    """The page `name`.html inside `frame.html`, in the style of all reports.

    Its policy admits that style and nothing else. `plain` and `words` are filters.
    """
    environment = Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"plain": plain, "words": _words}
    style = _read(_STYLE)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    made = environment.get_template(f"{name}.html").render(
        style=Markup(style),  # noqa: S704 - a file of this package
        style_digest=digest,
        heading=heading,
        **values,
    )
    return made.rstrip("\n") + "\n"


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _words(text: str) -> Markup:
    """Text of a rule of ours, whose code words stand between backticks."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before
