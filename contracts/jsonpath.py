"""JSONPath by RFC 9535, bounded: so many nodes are visited and no more, and patterns run on a linear-time engine."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import re2
from iregexp_check import check as is_iregexp
from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathNode, JSONPathQuery, Parser
from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction
from jsonpath_rfc9535.selectors import FilterSelector, NameSelector

from contracts.path_text import Location, value_at, written
from contracts.wording import nearest
from contracts.yaml12 import DEPTH, shown

VISITS = 1_000_000
"""How many nodes one path may visit in one document, those of its filters included."""

LENGTH: Final = 4_096
"""The longest path that is read."""


class PathError(Exception):
    """A path that cannot be read, or that runs too long. `code` as in diagnostics; `str()` is the message."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        self.code = code
        self.remedy = remedy
        super().__init__(message)


class _TooLongError(Exception):
    pass


class Path:
    """One path, read."""

    def __init__(self, text: str) -> None:
        """Read a path. Raises PathError."""
        if len(text) > LENGTH:
            raise PathError("jsonpath", f"the path is longer than {LENGTH} characters", "split the action")
        self._environment = _Environment()
        try:
            self._query = _Query(env=self._environment, segments=self._environment.compile(text).segments)
        except JSONPathError as error:
            said = str(error.args[0]) if error.args else "it cannot be read"
            column = error.token.position()[1] + 1 if error.token is not None else 0
            place = f" at character {column}" if column > 0 else ""
            message = f"this is no JSONPath (RFC 9535): {shown(said)}{place}"
            raise PathError("jsonpath", message, "write a path such as $.paths['/orders'].get") from None
        except RecursionError:
            raise PathError("jsonpath", "the path is nested too deep", "split the action") from None

    def find(self, tree: Any) -> list[Location]:
        """Where it leads in a tree, in order, a place as often as it is named. Raises PathError."""
        self._environment.left = VISITS
        try:
            return [node.location for node in self._query.finditer(tree)]
        except _TooLongError:
            message = f"the path visits more than {VISITS} nodes of this document"
            raise PathError("jsonpath-too-long", message, "name the way to the place instead of searching it") from None
        except (JSONPathError, RecursionError) as error:
            said = str(error.args[0]) if isinstance(error, JSONPathError) and error.args else "nested too deep"
            message = f"the path cannot be followed: {shown(said)}"
            raise PathError("jsonpath", message, "name the way to the place") from None

    def why_nothing(self, tree: Any) -> str:
        """A remedy for a path that leads nowhere: how far it leads, and the nearest name that is there."""
        reached: list[Location] = [()]
        for length, segment in enumerate(self._query.segments):
            try:
                found = self._prefix(length + 1).find(tree)
            except PathError:
                return "correct the path, or take the action out"
            if found:
                reached = found
                continue
            last = self._query.segments[length]
            names = [one.name for one in last.selectors if isinstance(one, NameSelector)]
            rest = "".join(map(str, self._query.segments[length + 1 :]))
            return _at_the_end(tree, reached, names, str(segment), rest)
        return "correct the path, or take the action out"

    def _prefix(self, length: int) -> "Path":
        made = Path.__new__(Path)
        made._environment = self._environment  # noqa: SLF001 - the same class
        made._query = _Query(env=self._environment, segments=self._query.segments[:length])  # noqa: SLF001
        return made


def _at_the_end(tree: Any, reached: list[Location], names: list[str], segment: str, rest: str) -> str:
    where = shown(written(reached[0]))
    value = value_at(tree, reached[0])
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        return f"`{where}` is a reference to `{shown(value['$ref'])}`: name the place that it leads to"
    known = {key for place in reached[:1_000] for key in _keys(value_at(tree, place))}
    for name in names:
        close = nearest(name, known)
        if close is not None:
            return f"the path leads as far as `{where}`; write `{shown(written((*reached[0], close)) + rest)}`"
    return f"the path leads as far as `{where}`, where nothing is `{shown(segment)}`; correct it, or take it out"


def _keys(value: Any) -> Iterable[str]:
    return value.keys() if isinstance(value, dict) else ()


# From here on: the library's classes, made to count what they visit.


class _Node(JSONPathNode):
    """A node whose children are counted."""

    __slots__ = ("environment",)

    def __init__(self, environment: "_Environment", value: Any, location: Location, parent: Any, root: Any) -> None:
        super().__init__(value=value, location=location, parent=parent, root=root)
        self.environment = environment

    def new_child(self, value: object, key: int | str, parent: JSONPathNode | None) -> "_Node":
        """A child, visited."""
        self.environment.visit(1)
        return _Node(self.environment, value, (*self.location, key), parent, self.root)


class _Query(JSONPathQuery):
    """A query that begins at a node of ours."""

    __slots__ = ()

    def finditer(self, value: Any) -> Iterable[JSONPathNode]:
        """As the library's own."""
        assert isinstance(self.env, _Environment)
        self.env.visit(1)
        nodes: Iterable[JSONPathNode] = [_Node(self.env, value, (), None, value)]
        for segment in self.segments:
            nodes = segment.resolve(nodes)
        return nodes


class _Filter(FilterSelector):
    """A filter whose members are counted, also those that it does not select."""

    __slots__ = ()

    def resolve(self, node: JSONPathNode) -> Iterator[JSONPathNode]:
        """As the library's own."""
        assert isinstance(self.env, _Environment)
        if isinstance(node.value, dict | list):
            self.env.visit(len(node.value))
        yield from super().resolve(node)


class _Parser(Parser):
    def parse_root_query(self, stream: Any) -> Any:
        return self._counted(super().parse_root_query(stream))

    def parse_relative_query(self, stream: Any) -> Any:
        return self._counted(super().parse_relative_query(stream))

    def parse_filter_selector(self, stream: Any) -> FilterSelector:
        found = super().parse_filter_selector(stream)
        return _Filter(env=self.env, token=found.token, expression=found.expression)

    def _counted(self, found: Any) -> Any:
        found.query = _Query(env=self.env, segments=found.query.segments)
        return found


class _Pattern(FilterFunction):
    """`match` or `search` on the linear-time engine."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - as the library declares it
    return_type = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._read: dict[str, Any] = {}

    def __call__(self, text: object, pattern: object) -> bool:
        if not isinstance(text, str) or not isinstance(pattern, str):
            return False
        if pattern not in self._read:
            self._read[pattern] = _linear(pattern)
        engine = self._read[pattern]
        if engine is None:
            return False
        return (engine.fullmatch(text) if self._whole else engine.search(text)) is not None


def _linear(pattern: str) -> Any:
    """The pattern of an I-Regexp (RFC 9485); None where it is none, and then it matches nothing (RFC 9535 2.4.6)."""
    if not is_iregexp(pattern):
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(_no_line_ends(pattern), options)
    except re2.error:
        return None


def _no_line_ends(pattern: str) -> str:
    """`.` is any character but those that end a line (RFC 9485 5.3)."""
    made: list[str] = []
    escaped = in_class = False
    for c in pattern:
        made.append(r"[^\n\r]" if c == "." and not escaped and not in_class else c)
        if escaped:
            escaped = False
        elif c == "\\":
            escaped = True
        elif c in "[]":
            in_class = c == "["
    return "".join(made)


class _Environment(JSONPathEnvironment):
    """One for each path: it keeps count."""

    parser_class = _Parser
    max_recursion_depth = DEPTH + 8
    left = VISITS

    def visit(self, nodes: int) -> None:
        """Count nodes."""
        self.left -= nodes
        if self.left < 0:
            raise _TooLongError

    def setup_function_extensions(self) -> None:
        """As the library's, with patterns of our own."""
        super().setup_function_extensions()
        self.function_extensions["match"] = _Pattern(whole=True)
        self.function_extensions["search"] = _Pattern(whole=False)
