"""How the answers of a list go on, told from its contract: a link, a cursor, the last record, an offset, a page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from codegen.description import Argument, Outcome, Paging
from codegen.shapes.shape import ListOf, Member, Named, ObjectShape, OneOf, Scalar, Shape

_NEXT_LINKS: Final[tuple[tuple[str, ...], ...]] = (
    ("@odata.nextLink",), ("@nextLink",), ("odata.nextLink",), ("d", "__next"), ("__next",),
    ("nextLink",), ("next_link",), ("next_page_uri",), ("next_page_url",), ("nextPageUrl",),
    ("next_url",), ("nextUrl",), ("meta", "next_page_url"),
    ("links", "next"), ("_links", "next", "href"), ("paging", "next"), ("pagination", "next"),
    ("next",),
)  # fmt: skip
_CURSORS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "cursor": (("next_cursor",), ("nextCursor",), ("cursor",), ("meta", "next_cursor"), ("paging", "next_cursor")),
    "page_token": (("next_page_token",), ("nextPageToken",)),
    "next_token": (("next_token",), ("nextToken",), ("payload", "NextToken")),
    "continuation_token": (("continuation_token",), ("continuationToken",), ("next_continuation_token",)),
    "after": (("after",), ("paging", "cursors", "after"), ("paging", "next", "after"), ("end_cursor",)),
}
_MORE: Final[tuple[tuple[str, ...], ...]] = tuple(
    (*outer, name)
    for outer in ((), ("meta",), ("paging",), ("pagination",), ("page_info",), ("pageInfo",))
    for name in ("has_more", "hasMore", "has_next", "hasNext", "has_next_page", "hasNextPage", "more")
)
"""Whether there is more, where an answer says it with true and false."""
_AFTER: Final = ("exclusive_start", "starting_after", "start_after", "after", "since", "last", "start", "from")
"""How a parameter begins that wants a key of the last record: alone its `id`, else the member that it goes on with."""
_OFFSETS: Final = ("offset", "skip", "start_index")
_LIMITS: Final = ("limit", "top", "page_size", "per_page", "count", "max_results", "pagesize", "size")
_PAGES: Final = ("page", "page_number")
_LISTS: Final = ("value", "results", "items", "data", "records", "entries", "content", "rows", "values")


def paging_of(
    successes: Sequence[Outcome], arguments: Sequence[Argument], objects: Mapping[str, ObjectShape], *, linked: bool
) -> Paging | None:
    """How to go on; None where nothing says that there is more than one page.

    `linked`: the answers declare the header Link.
    """
    if len(successes) != 1 or successes[0].kind != "json" or successes[0].shape is None:
        return None
    answer = successes[0].shape
    found = _list_in(answer, objects)
    if found is None:
        return None
    items, item = found
    queries = {argument.name: argument for argument in arguments if argument.location == "query"}
    for path in _NEXT_LINKS:
        if _is_text(_at(answer, path, objects)):
            return Paging("link", items, item, path)
    for name, paths in _CURSORS.items():
        argument = queries.get(name)
        if argument is None or argument.required:
            continue
        for path in paths:
            if _is_text(_at(answer, path, objects)):
                return Paging("cursor", items, item, path, argument.name)
    last = _by_last_record(answer, found, queries.values(), objects)
    if last is not None:
        return last
    if linked:
        return Paging("header", items, item)
    for names, kind in ((_OFFSETS, "offset"), (_PAGES, "page")):
        for name in names:
            argument = queries.get(name)
            if argument is None or argument.required or argument.shape != Scalar("integer"):
                continue
            if kind == "offset" and any(limit in queries for limit in _LIMITS):
                return Paging("offset", items, item, parameter=name)
            if kind == "page":
                return Paging("page", items, item, parameter=name)
    return None


def _by_last_record(
    answer: Shape, found: tuple[tuple[str, ...], Shape], arguments: Iterable[Argument],
    objects: Mapping[str, ObjectShape],
) -> Paging | None:  # fmt: skip
    """A parameter that takes what a member of the records is, beside a member that says whether there is more."""
    items, item = found
    more = next((path for path in _MORE if _at(answer, path, objects) == Scalar("boolean")), None)
    if more is None:
        return None
    members = {member.name: member for member in _members(item, objects) if member.required}
    for argument in arguments:
        start = next((one for one in _AFTER if argument.name == one or argument.name.startswith(f"{one}_")), None)
        member = None if start is None else members.get(argument.name[len(start) + 1 :] or "id")
        if member is None or argument.required or argument.shape != member.shape:
            continue
        if member.shape in (Scalar("string"), Scalar("integer"), Scalar("uuid")):
            return Paging("last", items, item, more, argument.name, member.wire)
    return None


def _members(shape: Shape | None, objects: Mapping[str, ObjectShape]) -> tuple[Member, ...]:
    if isinstance(shape, OneOf):
        left = [part for part in shape.parts if part != Scalar("null")]
        shape = left[0] if len(left) == 1 else None
    return objects[shape.name].members if isinstance(shape, Named) and shape.of == "object" else ()


def _at(shape: Shape, path: tuple[str, ...], objects: Mapping[str, ObjectShape]) -> Shape | None:
    found: Shape | None = shape
    for name in path:
        found = next((member.shape for member in _members(found, objects) if member.wire == name), None)
    return found


def _is_text(shape: Shape | None) -> bool:
    parts = shape.parts if isinstance(shape, OneOf) else (shape,)
    return Scalar("string") in parts and all(part in (Scalar("string"), Scalar("null")) for part in parts)


def _list_in(answer: Shape, objects: Mapping[str, ObjectShape]) -> tuple[tuple[str, ...], Shape] | None:
    """Where the records stand, and what each is: the answer itself, its one list, or the list of a usual name."""
    if isinstance(answer, ListOf):
        return (), answer.item
    for outer in ((), ("d",), ("payload",), ("result",)):
        holder = _at(answer, outer, objects) if outer else answer
        lists = {member.wire: _list_of(member.shape) for member in _members(holder, objects)}
        found = {wire: item for wire, item in lists.items() if item is not None}
        for name in _LISTS:
            if name in found:
                return (*outer, name), found[name]
        if len(found) == 1:
            ((name, item),) = found.items()
            return (*outer, name), item
    return None


def _list_of(shape: Shape) -> Shape | None:
    if isinstance(shape, ListOf):
        return shape.item
    if isinstance(shape, OneOf):
        lists = [part.item for part in shape.parts if isinstance(part, ListOf)]
        return lists[0] if len(lists) == 1 else None
    return None
