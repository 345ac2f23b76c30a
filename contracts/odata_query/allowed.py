"""What the query options of one operation may name, derived once from its contract, and the judgement of parsed ones.

Declared `$` parameters say which options there are; the answer's schema says which properties; `x-odata` narrows
(`contracts.odata_query.extension`). Where the contract states no properties, names cannot be judged: `stated` is
False and they pass, which is no reading that suffices for isolation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, floor, isfinite
from typing import Any, Final

from contracts.contract import Operation, Parameter
from contracts.odata_query.described import Answered, Described, Describer, Property
from contracts.odata_query.extension import Narrowed, Paths, read_extension
from contracts.odata_query.names import READ, V2_ONLY, V4_ONLY, option_of
from contracts.odata_query.options import Expanded, Options, Ordered, Selected, parse_option
from contracts.odata_query.tokens import Dialect, ODataSyntaxError
from contracts.odata_query.tree import Alias, Lambda, Node, Path, TypeName, children
from contracts.wording import nearest

DEFAULT_EXPAND_DEPTH: Final = 2
"""Levels of `$expand` where neither `x-odata` nor an enum says how many."""
Segments = tuple[str, ...]


class NotAllowedError(ODataSyntaxError):
    """It parses, and the contract does not allow it."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Of one operation. None in `filterable`, `sortable`, `expandable`: whatever the answer's schema states."""

    dialect: Dialect
    options: frozenset[str]
    """Options that may be given, by their names with `$`, and declared aliases (`@p`)."""
    spelled: Mapping[str, str]
    """As the contract declares each: `$top`, in V4 also `top`."""
    own: frozenset[str]
    """Declared names that only look like an option: V2 knows none without `$`."""
    of: Described | None
    many: bool
    filterable: Paths | None
    sortable: Paths | None
    expandable: Paths | None
    expand_depth: int
    top_max: int | None
    page_size: int | None
    """Rows that a page holds at most, where `x-odata` says so and the operation answers rows."""

    @property
    def stated(self) -> bool:
        """Whether the contract states the properties, so that names can be judged."""
        return self.of is not None and not self.of.open

    def check(self, given: Options) -> None:
        """Judge parsed options. Raises NotAllowedError, or ODataSyntaxError for what no operation allows."""
        _check(self, given, _Scope("", (), self.of, {}), nested=False)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where names are looked up: a type, the path from the row to it, and the variables of lambdas."""

    option: str
    prefix: Segments
    of: Described | None
    variables: Mapping[str, tuple[Segments, Described | None]]


def derive(describer: Describer, operation: Operation, dialect: Dialect) -> Allowed:
    """What the contract allows. Raises InvalidInputError for an `x-odata` that cannot be read."""
    narrowed = read_extension(operation.extensions, describer.document, operation.pointer)
    spelled: dict[str, str] = {}
    aliases: set[str] = set()
    known = READ - (V4_ONLY if dialect == "v2" else V2_ONLY)
    declared: dict[str, Parameter] = {}
    own: set[str] = set()
    for parameter in operation.parameters:
        option = option_of(parameter.name) if parameter.location == "query" else None
        if option is None:
            continue
        if dialect == "v2" and not parameter.name.startswith(("$", "@")):
            own.add(parameter.name)
        elif option.startswith("@"):
            aliases.add(parameter.name)
        elif option in known:
            spelled[option] = parameter.name
            declared[option] = parameter
    answered = describer.answered(operation)
    listed = _enumerated(describer, declared.get("$expand"), dialect)
    expandable = narrowed.expandable if narrowed.expandable is not None else listed
    return Allowed(
        dialect,
        frozenset(spelled) | aliases,
        spelled,
        frozenset(own),
        answered.of,
        answered.many,
        narrowed.filterable,
        narrowed.sortable,
        expandable,
        _depth(narrowed, expandable),
        _maximum(describer, declared.get("$top")),
        _page_size(narrowed, answered),
    )


def _depth(narrowed: Narrowed, expandable: Paths | None) -> int:
    if narrowed.max_expand_depth is not None:
        return narrowed.max_expand_depth
    return max((len(path) for path in expandable), default=0) if expandable is not None else DEFAULT_EXPAND_DEPTH


def _page_size(narrowed: Narrowed, answered: Answered) -> int | None:
    return narrowed.max_page_size if answered.many else None


def _enumerated(describer: Describer, parameter: Parameter | None, dialect: Dialect) -> Paths | None:
    """The paths in the enum of `$expand`, of its own or of its items; None where it has none."""
    if parameter is None:
        return None
    parts = describer.parts(parameter.schema, f"{parameter.pointer}/schema")
    parts += [found for part, at in list(parts) for found in describer.parts(part.get("items"), f"{at}/items")]
    enums = [part["enum"] for part, _ in parts if isinstance(part.get("enum"), list)]
    if not enums:
        return None
    found: set[Segments] = set()
    for text in (text for enum in enums for text in enum if isinstance(text, str)):
        try:
            items = parse_option("$expand", text, dialect)
        except ODataSyntaxError:
            continue
        found |= {path for item in items if isinstance(item, Expanded) for path in _paths_of(item, ())}  # type: ignore[union-attr]
    return frozenset(found)


def _paths_of(item: Expanded, prefix: Segments) -> Iterator[Segments]:
    path = prefix + item.segments
    yield path
    for below in (item.options.expand if item.options is not None else None) or ():
        yield from _paths_of(below, path)


def _maximum(describer: Describer, parameter: Parameter | None) -> int | None:
    if parameter is None:
        return None
    limits: list[int] = []
    for part, _ in describer.parts(parameter.schema, f"{parameter.pointer}/schema"):
        most, below = _number(part.get("maximum")), part.get("exclusiveMaximum")
        if most is not None:
            limits.append(ceil(most) - 1 if below is True else floor(most))
        bound = _number(below)
        if bound is not None:
            limits.append(ceil(bound) - 1)
    return min(limits, default=None)


def _number(value: Any) -> float | None:
    """A number that bounds something."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None


def _check(allowed: Allowed, given: Options, scope: _Scope, *, nested: bool) -> None:
    """Inside `$expand` an option is told of by the name `$expand`, whose text its position counts in."""

    def within(option: str) -> _Scope:
        if nested:
            if option not in allowed.options:
                raise NotAllowedError(
                    "$expand", 0, f"the contract does not declare `{option}`, so it is not nested either"
                )
            return replace(scope, option="$expand")
        return replace(scope, option=option)

    if given.filter is not None:
        _check_node(given.filter, within("$filter"), allowed, allowed.filterable)
    for ordered in given.orderby or ():
        _check_ordered(ordered, within("$orderby"), allowed)
    for selected in given.select or ():
        _check_selected(selected, within("$select"))
    for expanded in given.expand or ():
        _check_expanded(expanded, within("$expand"), allowed)
    if given.top is not None:
        top = within("$top")
        if allowed.top_max is not None and given.top > allowed.top_max:
            raise NotAllowedError(top.option, 0, f"expected at most {allowed.top_max} for `$top`")
    if nested:
        for option, value in (("$skip", given.skip), ("$count", given.count)):
            if value is not None:
                within(option)


def _check_ordered(ordered: Ordered, scope: _Scope, allowed: Allowed) -> None:
    _check_node(ordered.expression, scope, allowed, allowed.sortable)


def _check_node(node: Node, scope: _Scope, allowed: Allowed, only: Paths | None) -> None:
    """Recursive: a parsed tree is never higher than `filter.MOST_HEIGHT`."""
    match node:
        case Path():
            full, found = _resolve(node, scope)
            counts = node.segments[-1] == "$count"
            if found is not None and (not found.many if counts else not found.plain or found.many):
                raise _refused(scope, node.position, "expected a plain value here; this is a record or a list")
            _listed(full, only, scope, node.position)
        case Lambda():
            full, found = _resolve(node.path, scope)
            if found is not None and not found.many:
                raise _refused(scope, node.path.position, "expected a list before `any` or `all`")
            if node.body is None:
                _listed(full, only, scope, node.path.position)
            else:
                below = (full, found.of if found is not None else None)
                inner = replace(scope, variables={**scope.variables, node.variable: below})
                _check_node(node.body, inner, allowed, only)
        case Alias():
            if f"@{node.name}" not in allowed.options:
                raise _refused(scope, node.position, "the contract does not declare this parameter alias")
        case TypeName() if not node.name.startswith("Edm."):
            raise _refused(scope, node.position, "types of the service are not taken; types of `Edm` are")
        case _:
            for child in children(node):
                _check_node(child, scope, allowed, only)


def _resolve(path: Path, scope: _Scope) -> tuple[Segments, Property | None]:
    """The path from the row, and what it leads to; None where the contract does not say. Raises NotAllowedError."""
    segments = path.segments
    prefix, of = scope.prefix, scope.of
    if segments[0] in ("$root", "$this"):
        raise _refused(scope, path.position, f"`{segments[0]}` is not taken")
    if segments[0] in scope.variables:
        prefix, of = scope.variables[segments[0]]
        segments = segments[1:]
    elif segments[0] == "$it":
        segments = segments[1:]
    if segments and segments[-1] == "$count":
        segments = segments[:-1]
    if not segments:
        return prefix, None
    return _descend(segments, prefix, of, scope, path.position)


def _descend(
    segments: Segments, prefix: Segments, of: Described | None, scope: _Scope, position: int
) -> tuple[Segments, Property | None]:
    found: Property | None = None
    for at, name in enumerate(segments):
        if "." in name:
            raise _refused(scope, position, "names of types and of the service's functions are not taken in a path")
        if found is not None and found.many and at:
            raise _refused(scope, position, "a path cannot lead through a list; use `any` or `all`")
        if of is None:
            if found is not None:
                raise _refused(scope, position, "a path cannot lead through a plain value")
            return prefix + segments, None
        step = of.properties.get(name)
        if step is None:
            if of.open:
                return prefix + segments, None
            raise _unknown(scope, position, name, of)
        found, of = step, step.of
    return prefix + segments, found


def _listed(full: Segments, only: Paths | None, scope: _Scope, position: int) -> None:
    if only is not None and full not in only:
        raise _refused(scope, position, "the contract does not allow this property here")


def _check_selected(selected: Selected, scope: _Scope) -> None:
    """A list may be passed through: `$select=to_Item/Material` picks of its rows."""
    segments = selected.segments[:-1] if selected.segments[-1] == "*" else selected.segments
    of = scope.of
    for name in segments:
        if "." in name:
            raise _refused(scope, selected.position, "names of types and of functions are not taken here")
        if of is None:
            return
        step = of.properties.get(name)
        if step is None:
            if of.open:
                return
            raise _unknown(scope, selected.position, name, of)
        of = step.of
        if of is None and name is not segments[-1]:
            raise _refused(scope, selected.position, "a path cannot lead through a plain value")


def _check_expanded(item: Expanded, scope: _Scope, allowed: Allowed) -> None:
    position = item.position
    if item.segments[-1] == "*":
        raise _refused(scope, position, "name what is to be expanded; `*` is not taken")
    if item.tail:
        raise _refused(scope, position, f"`/{item.tail}` is not taken")
    full = scope.prefix + item.segments
    depth = len(full) + max(item.levels - 1, 0)
    if item.levels < 0 or depth > allowed.expand_depth:
        raise _refused(scope, position, f"expected at most {allowed.expand_depth} level(s)")
    of = scope.of
    for name in item.segments:
        if "." in name:
            raise _refused(scope, position, "names of types are not taken here")
        step = of.properties.get(name) if of is not None else None
        if step is None and of is not None and not of.open and allowed.expandable is None:
            raise _unknown(scope, position, name, of)
        if step is not None and step.of is None and allowed.expandable is None:
            raise _refused(scope, position, "a plain value cannot be expanded")
        of = step.of if step is not None else None
    if allowed.expandable is not None and not any(path[: len(full)] == full for path in allowed.expandable):
        raise _refused(scope, position, "the contract does not allow this property here")
    if item.options is not None:
        inner = _Scope("$expand", full, of, {})
        _check(allowed, item.options, inner, nested=True)


def _unknown(scope: _Scope, position: int, name: str, of: Described) -> NotAllowedError:
    """The name as the caller wrote it, bounded, and the nearest that the contract declares."""
    close = nearest(name, of.properties)
    nearby = f"; write `{close}`" if close is not None else ""
    return _refused(scope, position, f"the contract declares no property `{name[:64]}` here{nearby}")


def _refused(scope: _Scope, position: int, message: str) -> NotAllowedError:
    return NotAllowedError(scope.option, position, message)
