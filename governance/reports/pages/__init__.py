"""Self-contained pages: one file, no script, nothing fetched; every text is escaped."""

import base64
import hashlib
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from contracts.plain import plain


def render(name: str, *, styled: str = "", **values: object) -> str:
    """The page `name`.html with the style `name`.css inside it, or that of the page `styled`.

    Its policy admits that style and nothing else.
    """
    folder = resources.files(__package__)
    page = f"{name}.html"
    environment = Environment(
        loader=DictLoader({page: folder.joinpath(page).read_text(encoding="utf-8")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = plain
    style = folder.joinpath(f"{styled or name}.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    made = environment.get_template(page).render(
        style=Markup(style),  # noqa: S704 - a file of this package
        style_digest=digest,
        **values,
    )
    return made.rstrip("\n") + "\n"
