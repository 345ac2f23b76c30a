"""The templates of a package."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), undefined=jinja2.StrictUndefined,
        autoescape=False, keep_trailing_newline=True,  # noqa: S701 - no HTML: text comes escaped for where it stands
    )  # fmt: skip


def template(name: str, /, **values: Any) -> str:
    """A template, filled. `name` such as `client.py`."""
    return _environment().get_template(f"{name}.jinja").render(**values)
