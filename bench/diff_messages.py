"""Where a message's schema stands in a document, found from what a finding says of it and nothing of the product's.

`where` is as in `governance.finding.FailingExample`: `request body application/json`, `response 200 application/json`,
`response 200 header ETag`, `query parameter limit`. Parameters of a path count for its operations.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

WHERE = re.compile(
    r"(?:(?P<place>query|path|header|cookie|querystring) parameter (?P<parameter>.+)"
    r"|request body(?: (?P<body>\S.*))?"
    r"|response (?P<status>\S+)(?: header (?P<header>.+)| (?P<answer>\S.*))?)",
)
SPELLED = re.compile(r"\{[^}]*\}")


class NotLocatedError(Exception):
    """No schema was found for the message."""


def escaped(name: str) -> str:
    """A name as a token of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


class Finder:
    """Walks one document."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree

    def step(self, pointer: str) -> tuple[Any, str]:
        """What stands at a pointer, each `$ref` followed, and the pointer of what was found."""
        node: Any = self.tree
        at = ""
        for token in pointer.split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            try:
                node = node[int(name)] if isinstance(node, list) else node[name]
            except (KeyError, IndexError, ValueError, TypeError):
                raise NotLocatedError(pointer) from None
            node, at = self.follow(node, f"{at}/{token}")
        return node, at

    def follow(self, node: Any, at: str, depth: int = 0) -> tuple[Any, str]:
        """The object behind its `$ref`; a schema's is not followed by callers of this."""
        if isinstance(node, dict) and isinstance(node.get("$ref"), str) and node["$ref"].startswith("#") and depth < 50:
            found, place = self.step(unquote(node["$ref"][1:]))
            return self.follow(found, place, depth + 1)
        return node, at

    def members(self, node: Any, at: str, key: str) -> Iterator[tuple[str, Any, str]]:
        """Name, value and pointer of what a map or list holds, references followed."""
        inner = node.get(key) if isinstance(node, dict) else None
        pairs = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        for name, child in pairs:
            yield str(name), *self.follow(child, f"{at}/{key}/{escaped(str(name))}")

    def operation(self, method: str, path: str) -> tuple[Any, Any, str, str]:
        """Operation, path item and their pointers. A template is known by its shape, whatever its parameters' names."""
        for root in ("paths", "webhooks"):
            same = [one for one in self.members(self.tree, "", root) if spelled(one[0]) == spelled(path, root)]
            same.sort(key=lambda one: one[0] != path)
            for _, item, at in same:
                found = item.get(method.lower()) if isinstance(item, dict) else None
                if isinstance(found, dict):
                    return found, item, f"{at}/{method.lower()}", at
        raise NotLocatedError(f"{method} {path}")

    def schema(self, method: str, path: str, where: str) -> str:
        """Pointer of the message's schema; empty where the message is described without one: it may be anything.

        Raises NotLocatedError where it is not described.
        """
        operation, item, at, item_at = self.operation(method, path)
        while where.startswith("callback "):
            operation, item, at, item_at, where = self._called(operation, at, where)
        match = WHERE.fullmatch(where)
        if match is None:
            raise NotLocatedError(f"`{where}` is no message")
        if match["parameter"]:
            owners = ((operation, at), (item, item_at))
            found = [
                one for owner, place in owners for one in self.members(owner, place, "parameters")
                if isinstance(one[1], dict) and one[1].get("in") == match["place"]
                and same_name(one[1].get("name"), match["parameter"], match["place"])
            ]  # fmt: skip
            if not found:
                raise NotLocatedError(where)
            return self._stated(found[0][1], found[0][2], "")
        if match["status"]:
            return self._answer(operation, at, match["status"], match["header"], match["answer"] or "")
        return self._stated(*self.follow(operation.get("requestBody"), f"{at}/requestBody"), match["body"] or "")

    def _called(self, operation: Any, at: str, where: str) -> tuple[Any, Any, str, str, str]:
        """The operation of a callback, `callback NAME EXPRESSION METHOD ...`, and what remains of `where`."""
        for name, callback, place in self.members(operation, at, "callbacks"):
            for expression, item, inner in self.members({"callbacks": callback}, place, "callbacks"):
                start = f"callback {name} {expression} "
                method, _, rest = where.removeprefix(start).partition(" ")
                if where.startswith(start) and isinstance(item, dict) and isinstance(item.get(method.lower()), dict):
                    item_at = inner.replace(f"{place}/callbacks/", f"{place}/", 1)
                    return item[method.lower()], item, f"{item_at}/{method.lower()}", item_at, rest
        raise NotLocatedError(where)

    def _answer(self, operation: Any, at: str, status: str, header: str | None, media: str) -> str:
        answers = {name.upper(): (node, place) for name, node, place in self.members(operation, at, "responses")}
        for name in (status.upper(), f"{status[:1]}XX", "DEFAULT"):
            if name not in answers:
                continue
            node, place = answers[name]
            if header is None:
                return self._stated(node, place, media)
            for one, stated, inner in self.members(node, place, "headers"):
                if one.lower() == header.lower():
                    return self._stated(stated, inner, "")
            break
        raise NotLocatedError(f"response {status}")

    def _stated(self, node: Any, at: str, media: str) -> str:
        if isinstance(node, dict) and "schema" in node:
            return f"{at}/schema"
        contents = list(self.members(node, at, "content"))
        for fits in (same_media, covers):
            for name, one, place in contents:
                if not media or fits(name, media):
                    return f"{place}/schema" if isinstance(one, dict) and "schema" in one else ""
        if isinstance(node, dict) and not contents and not media:
            return ""
        raise NotLocatedError(f"no {media or 'message'}")


def spelled(path: str, root: str = "") -> str:
    """A template without the names of its parameters; a webhook's name."""
    return SPELLED.sub("{}", path.removeprefix("webhook ") if root == "webhooks" else path)


def same_name(one: Any, other: str, place: str) -> bool:
    """Header names know no case."""
    return one == other or (place == "header" and str(one).lower() == other.lower())


def same_media(one: str, other: str) -> bool:
    """Two media types without their parameters' spacing and case."""
    return one.replace(" ", "").lower() == other.replace(" ", "").lower()


def covers(name: str, media: str) -> bool:
    """Whether a range, or the type without its parameters, takes in a media type."""
    bare, asked = (text.split(";")[0].strip().lower() for text in (name, media))
    return bare in (asked, "*/*", asked.split("/")[0] + "/*")
