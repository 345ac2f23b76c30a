"""Rules of Spectral's form as rules of lint: the places that a path leads to are judged by functions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from contracts.path_text import Location
from governance.finding import Severity
from governance.lint.rule import Hit
from governance.lint.spectral.functions import Told as Wrong
from governance.lint.spectral.messages import Told, dotted, filled
from governance.lint.spectral.paths import Match, TooManyError
from governance.lint.spectral.sets import Active
from governance.lint.spectral.tree import Trees
from governance.lint.subject import Subject

PREFIX: Final = "spectral:"
"""Before the name of each rule, so that none is taken for one of Tidewaiter's."""
_KEPT: Final = "/~!$&'()*+,;=:@-._?"


@dataclass(frozen=True, slots=True)
class SpectralRule:
    """A rule of a pinned rule set, as lint asks it."""

    active: Active

    @property
    def id(self) -> str:
        """The name that the rule set gives it, behind the prefix."""
        return PREFIX + self.active.ready.name

    @property
    def severity(self) -> Severity:
        """What the rule set says; where only an override asks it, the lowest."""
        return self.active.severity or Severity.INFO

    @property
    def reason(self) -> str:
        """Its description."""
        return " ".join((self.active.ready.definition.description or "").split())

    @property
    def do(self) -> str:
        """Where more of it is told."""
        return self.active.ready.definition.documentationUrl or ""

    def find(self, subject: Subject) -> Iterator[Hit]:
        """What it finds in a document, each place once with each message."""
        paths = self.active.ready.given.get(subject.reading.version, ())
        seen: set[tuple[str, str]] = set()
        for path in paths:
            try:
                for hit in self._along(path.find(self._tree(subject.trees)), subject):
                    if (hit.pointer, hit.message) not in seen:
                        seen.add((hit.pointer, hit.message))
                        yield hit
            except TooManyError:
                subject.limits[f"{self.id}: the document is too large for {path.text}: it was not judged whole"] = None

    def _tree(self, trees: Trees) -> Any:
        return trees.resolved if self.active.ready.definition.resolved else trees.written

    def _along(self, matches: Iterable[Match], subject: Subject) -> Iterator[Hit]:
        for match in matches:
            for asked in self.active.ready.asked:
                for below, value in asked.targets(match.value):
                    at = (*match.location, *below)
                    for wrong in asked.judge(value, subject.trees):
                        place = wrong.below if wrong.from_root else (*at, *wrong.below)
                        is_key = match.is_key and len(place) == len(match.location)
                        hit = self._hit(place, wrong, subject, is_key=is_key)
                        if hit is not None:
                            yield hit

    def _hit(self, location: Location, wrong: Wrong, subject: Subject, *, is_key: bool) -> Hit | None:
        ready, trees = self.active.ready, subject.trees
        pointer, missing = trees.origin(location, resolved=ready.definition.resolved, is_key=is_key)
        severity = self.active.weighed(subject.file, pointer)
        if severity is None:
            return None
        description = ready.definition.description
        value = trees.value(pointer)
        told = Told(_property(pointer, missing), wrong.message, f"#{quote(pointer, _KEPT)}", description or "", value)
        error = filled(wrong.message, told)
        template = ready.definition.message
        if template is None:
            message = description or error
        else:
            message = filled(template, Told(told.property, error, told.path, told.description, value))
        return Hit(pointer, " ".join(message.split()) or ready.name, trees.reach(pointer), weight=severity)


def _property(pointer: str, missing: Location) -> str:
    """What the place is called: its name; where something is missing, from that name on."""
    names = tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    if missing:
        return dotted((*names[-1:], *missing))
    return names[-1] if names else ""


def rules_of(actives: Iterable[Active]) -> dict[str, SpectralRule]:
    """Rules by id."""
    made = (SpectralRule(active) for active in actives)
    return {rule.id: rule for rule in made}
