"""Security schemes with their fields on the wire. One that no operation uses reaches nobody."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from governance.diff.change import Area, Effect
from governance.diff.same import same
from governance.diff.walk.facts import Around, Comparison, Two, effect_of
from governance.finding import Direction

_NONE: Final = Direction.NONE
_SCHEME: Final = Area.SCHEME
_URLS: Final = ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl")
_BY_TYPE: Final = {
    "apiKey": ("name", "in"),
    "http": ("bearerFormat",),
    "openIdConnect": ("openIdConnectUrl",),
    "oauth2": ("oauth2MetadataUrl",),
}


def compare(comparison: Comparison) -> None:
    """All schemes; those of one document alone, and each pair, with the operations that use it in both."""
    pairs = comparison.schemes
    absent = [side.nowhere("components", "securitySchemes") for side in (comparison.old, comparison.new)]
    for name in sorted(pairs.old.keys() - set(pairs.names.values())):
        _whole(comparison, Effect.REMOVES, Two(pairs.old[name], absent[1]), name)
    for name in sorted(pairs.new):
        before = pairs.names.get(name)
        if before is None:
            _whole(comparison, Effect.ADDS, Two(absent[0], pairs.new[name]), name)
            continue
        two = Two(pairs.old[before], pairs.new[name])
        if not same(two.old.value, two.new.value):
            uses = pairs.used.get(before) or [Around()]
            _Scheme(comparison, before, uses).compare(two)


def _whole(comparison: Comparison, effect: Effect, two: Two, name: str) -> None:
    comparison.state(_SCHEME, "scheme", effect, _NONE, two, Around(), subject=f"security scheme {name}")


class _Scheme:
    """States facts about one scheme for all operations that use it."""

    def __init__(self, comparison: Comparison, name: str, uses: Iterable[Around]) -> None:
        self.comparison = comparison
        self.subject = f"security scheme {name}"
        self.uses = [replace(around, identity=self.subject) for around in uses]

    def compare(self, two: Two) -> None:
        """Every field that the type of the scheme has."""
        kind = two.old.child("type").value
        if not same(kind, two.new.child("type").value):
            self._state("type", Effect.CHANGES, two.child("type"))
        else:
            for key in _BY_TYPE.get(kind, ()) if isinstance(kind, str) else ():
                self._value(key, two.child(key))
            if kind == "http":
                old, new = (node.child("scheme").text.lower() for node in (two.old, two.new))
                if old != new:
                    self._state("http-scheme", Effect.CHANGES, two.child("scheme"))
            if kind == "oauth2":
                self._flows(two)
        deprecated = [node.members.get("deprecated") is True for node in (two.old, two.new)]
        if deprecated[0] != deprecated[1]:
            self._state("deprecated", Effect.ADDS if deprecated[1] else Effect.REMOVES, two.child("deprecated"))
        self._value("description", two.child("description"))
        self._extensions(two)

    def _flows(self, scheme: Two) -> None:
        holders = scheme.child("flows")
        names = {str(name) for node in (holders.old, holders.new) for name in node.members}
        for name in sorted(name for name in names if not name.startswith("x-")):
            two = holders.child(name)
            if two.old.there != two.new.there:
                self._state("flow", Effect.ADDS if two.new.there else Effect.REMOVES, two, name)
                continue
            for key in _URLS:
                self._value(key, two.child(key), name)
            self._scopes(two.child("scopes"), name)
            self._extensions(two, name)

    def _scopes(self, scopes: Two, flow: str) -> None:
        for scope in sorted({str(name) for node in (scopes.old, scopes.new) for name in node.members}):
            held = [scope in node.members for node in (scopes.old, scopes.new)]
            two = scopes.child(scope)
            if held[0] != held[1]:
                self._state("flow-scope", Effect.ADDS if held[1] else Effect.REMOVES, two, f"{flow} scope {scope}")
            else:
                self._value("description", two, f"{flow} scope {scope}")

    def _extensions(self, two: Two, words: str = "") -> None:
        names = {str(key) for node in (two.old, two.new) for key in node.members}
        for key in sorted(name for name in names if name.startswith("x-")):
            self._value("extension", two.child(key), f"{words} {key}".strip())

    def _value(self, kind: str, two: Two, words: str = "") -> None:
        if not same(two.old.value, two.new.value):
            effect = Effect.CHANGES if kind in ("name", "in") else effect_of(two)
            self._state(kind, effect, two, words)

    def _state(self, kind: str, effect: Effect, two: Two, words: str = "") -> None:
        old: Any
        new: Any
        old, new = two.old.value, two.new.value
        for around in self.uses:
            self.comparison.state(
                _SCHEME, kind, effect, _NONE, two, around.inside("", words) if words else around,
                old=old, new=new, subject=f"{self.subject} {words}".strip(), names=" ",
            )  # fmt: skip
