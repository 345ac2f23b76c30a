"""Templates of the board's pages, and how texts of strangers are put into them."""

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from contracts.plain import plain


def _lines(text: str) -> str:
    """Text of several lines; nothing in it takes effect."""
    return "\n".join(plain(line) for line in text.expandtabs(4).replace("\r\n", "\n").split("\n"))


@cache
def templates() -> Environment:
    """All templates of this folder. A value that is missing is an error."""
    folder = resources.files(__package__)
    texts = {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir() if one.name.endswith(".html")}
    environment = Environment(
        loader=DictLoader(texts), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(line=plain, lines=_lines)
    return environment


def render(template: str, **values: Any) -> str:
    """A page."""
    return templates().get_template(f"{template}.html").render(**values)


@cache
def beside(name: str) -> str:
    """The style sheet, or the script of the pages for passkeys."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
