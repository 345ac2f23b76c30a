"""An example of a page as the last of its list: a double that gave its next link or cursor again would never end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from codegen.description import Paging
from codegen.runtime.links import link
from codegen.runtime.read import json_value
from codegen.runtime.written import json_bytes
from contracts.answers.maker import Made

_ABSENT: Final = object()


def as_last_page(made: Made, paging: Paging, keeps: Callable[[Made], bool]) -> Made:
    """The same without what goes on. `keeps` judges a try by the contract; what it requires is emptied all the same."""
    if paging.kind == "header":
        return replace(made, headers=tuple(pair for pair in made.headers if not _leads_on(*pair)))
    try:
        body = json_value(made.body)
    except ValueError:
        return made
    if not _goes_on(body, paging):
        return made
    tried = made
    for value in _ends(paging):
        tried = replace(made, body=json_bytes(_with(body, paging.next, value)))
        if keeps(tried):
            break
    return tried


def _leads_on(name: bytes, value: bytes) -> bool:
    return name.lower() == b"link" and bool(link(value.decode("latin-1"), "next"))


def _goes_on(body: Any, paging: Paging) -> bool:
    found = body if paging.next else None
    for name in paging.next:
        found = found.get(name) if isinstance(found, dict) else None
    return found is True if paging.kind == "last" else isinstance(found, str) and bool(found)


def _ends(paging: Paging) -> Iterator[Any]:
    """What ends a walk, the best first; the last one always does."""
    if paging.kind != "last":
        yield from (_ABSENT, None, "")
    else:
        yield False


def _with(body: Any, path: tuple[str, ...], value: Any) -> Any:
    name, *rest = path
    if rest:
        return {**body, name: _with(body[name], tuple(rest), value)}
    return {key: child for key, child in body.items() if key != name} | ({} if value is _ABSENT else {name: value})
