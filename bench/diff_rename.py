"""All property, path and schema names of a case replaced at random, the same in both documents.

A diff that judges by meaning says the same of the result. Names that are themselves looked at stay, and that is
counted: property names where a document states `patternProperties` or `propertyNames`; schema names where it states a
`discriminator`, whose values are names of schemas.
"""

import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

NAMED_MAPS = frozenset(
    ("patternProperties", "$defs", "definitions", "content", "headers", "responses", "links",
     "variables", "parameters", "requestBodies", "securitySchemes", "mediaTypes", "pathItems", "scopes",
     "webhooks")
)  # fmt: skip
"""Maps whose keys are names of another kind; `parameters` only below `components`, elsewhere it is a list."""
DATA = frozenset(("example", "default", "enum", "const", "value"))
EXPRESSION = re.compile(r"(\$(?:request|response)\.body#)(/[^}\s]*)")


def holds(node: Any, key: str) -> bool:
    """Whether a member of this name stands anywhere."""
    if isinstance(node, dict):
        return key in node or any(holds(child, key) for child in node.values())
    return isinstance(node, list) and any(holds(child, key) for child in node)


class Renaming:
    """One renaming for all documents of a case."""

    def __init__(self, seed: str, trees: list[dict[str, Any]]) -> None:
        self._random = random.Random(seed)
        self._names: dict[tuple[str, str], str] = {}
        watched = ("patternProperties", "propertyNames")
        self.kept = {
            kind
            for kind, keys in (("property", watched), ("schema", ("discriminator",)))
            if any(holds(tree, key) for tree in trees for key in keys)
        }
        """Kinds of names that are left as they are."""

    def name(self, kind: str, old: str) -> str:
        """The new name; `kind` is `property`, `schema` or `segment`."""
        if kind in self.kept or not old:
            return old
        if (kind, old) not in self._names:
            new = "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=10))
            self._names[kind, old] = new
        return self._names[kind, old]

    def document(self, tree: dict[str, Any]) -> dict[str, Any]:
        """The document with new names."""
        return {key: self._member(key, value, top=True) for key, value in tree.items()}

    def template(self, path: str) -> str:
        """A path template: what stands in braces is a parameter and stays."""
        return "/".join(
            "".join(part if part.startswith("{") else self.name("segment", part)
                    for part in re.split(r"(\{[^}]*\})", segment) if part)
            for segment in path.split("/")
        )  # fmt: skip

    def _node(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._node(child) for child in node]
        if isinstance(node, dict):
            return {key: self._member(key, value) for key, value in node.items()}
        return self._expression(node) if isinstance(node, str) and "$re" in node else node

    def _map(self, node: Any, rename: Callable[[str], str]) -> Any:
        if not isinstance(node, dict):
            return self._node(node)
        return {rename(key): self._node(child) for key, child in node.items()}

    def _property(self, name: str) -> str:
        return self.name("property", name)

    def _member(self, key: str, value: Any, *, top: bool = False) -> Any:
        if key.startswith("x-"):
            return value
        if top and key == "components" and isinstance(value, dict):
            return {inner: self._components(inner, child) for inner, child in value.items()}
        if top and key == "paths":
            return self._map(value, self.template)
        if key in ("properties", "encoding"):
            return self._map(value, self._property)
        if key in NAMED_MAPS:
            return self._map(value, str)
        if key in DATA:
            return self._data(value)
        special = _SPECIAL.get(key)
        return special(self, value) if special else self._node(value)

    def _components(self, kind: str, value: Any) -> Any:
        if kind == "schemas":
            return self._map(value, lambda name: self.name("schema", name))
        if kind in ("examples", "callbacks"):
            return self._member(kind, value)
        return self._map(value, str)

    def _data(self, value: Any) -> Any:
        """Values of messages: the names of their members are properties."""
        if isinstance(value, list):
            return [self._data(child) for child in value]
        if isinstance(value, dict):
            return {self._property(key): self._data(child) for key, child in value.items()}
        return value

    def required(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [self._property(name) if isinstance(name, str) else name for name in value]

    def dependent(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            self._property(key): self.required(child) if isinstance(child, list) else self._node(child)
            for key, child in value.items()
        }

    def discriminator(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        changed = dict(value)
        if isinstance(value.get("propertyName"), str):
            changed["propertyName"] = self._property(value["propertyName"])
        if isinstance(value.get("mapping"), dict):
            changed["mapping"] = {key: self.reference(ref) for key, ref in value["mapping"].items()}
        return changed

    def examples(self, value: Any) -> Any:
        if isinstance(value, list):
            return self._data(value)
        return self._map(value, str)

    def callbacks(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: self._map(child, self._expression) for name, child in value.items()}

    def _expression(self, text: str) -> str:
        return EXPRESSION.sub(
            lambda found: found[1] + "/".join(self._property(token) for token in found[2].split("/")), text
        )

    def reference(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith("#/"):
            return self._node(value)
        return "#/" + "/".join(self._tokens(value[2:].split("/")))

    def _tokens(self, tokens: list[str]) -> Iterator[str]:
        for at, token in enumerate(tokens):
            text = unquote(token).replace("~1", "/").replace("~0", "~")
            before = tokens[at - 1] if at else ""
            if at == 1 and before == "paths":
                text = self.template(text)
            elif at == 2 and tokens[:2] == ["components", "schemas"]:
                text = self.name("schema", text)
            elif before == "properties":
                text = self._property(text)
            else:
                yield token
                continue
            yield quote(text.replace("~", "~0").replace("/", "~1"), safe="~{}$-_.:@")

    def servers(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [self._server(one) if isinstance(one, dict) else one for one in value]

    def _server(self, value: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(value.get("url"), str):
            return value
        try:
            parts = urlsplit(value["url"])
        except ValueError:
            return value
        return {**value, "url": urlunsplit(parts._replace(path=self.template(parts.path)))}


_SPECIAL: dict[str, Callable[[Renaming, Any], Any]] = {
    "required": Renaming.required,
    "dependentRequired": Renaming.dependent,
    "dependentSchemas": Renaming.dependent,
    "dependencies": Renaming.dependent,
    "discriminator": Renaming.discriminator,
    "examples": Renaming.examples,
    "callbacks": Renaming.callbacks,
    "$ref": Renaming.reference,
    "operationRef": Renaming.reference,
    "servers": Renaming.servers,
}
