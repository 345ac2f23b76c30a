"""What a report may tell of a recording: rules, counts, the contract's own words. Values of the system are taken out.

The fuzzer's findings are written without values. This holds them to it: every text, number and name that the systems
or the run itself sent is looked for in what is about to be kept, and where one stands, a mark takes its place. A word
that the contract itself has stays whole, also where a system or the fuzzer sent a part of it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from contracts import yaml12
from contracts.diagnostic import InvalidInputError
from governance import fuzz
from governance.fuzz.entry import Headers
from governance.fuzz.judge.table import FUZZ_RULES
from governance.fuzz.recording import Recording
from governance.onboard.subject import Subject

_WORDED: Final = str(fuzz.__file__)
MARK: Final = "[a value]"
_LEAST: Final = 4
"""Shorter values would be found in half of all words."""
_WORD: Final = 8
"""Shorter ones of letters alone are looked for as words of their own: others begin or end like them."""
_NAME: Final = re.compile(r"[A-Za-z_@$][A-Za-z_]{0,39}[0-9]{0,2}")
"""A member's name as programs write it; any other is taken for data: maps have keys of people."""
_LOOKED_INTO_BYTES: Final = 1_048_576
_RUNS: Final = (re.compile(r"\w+"), re.compile(r"[^\s\"',]+"))
_STATED: Final = frozenset({"name", "enum", "const", "operationId"})
"""Keys of a document whose values are words of the contract."""


class Told:
    """Takes values of one recording out of texts."""

    def __init__(self, recording: Recording, subject: Subject) -> None:
        self._recording = recording
        self._subject = subject

    def report(self, report: dict[str, Any]) -> dict[str, Any]:
        """The report of a run with marks in place of the systems' values.

        Only what is worded is looked through: digests, dates and counts are ours, and hold short numbers by chance.
        """
        return {
            **report,
            "findings": [self._in(one, "message", "pointer", "reason") for one in report["findings"]],
            "left_out": [self._in(one, "reason") for one in report["left_out"]],
            "notes": [self.text(one) for one in report["notes"]],
            "state_reason": self.text(report["state_reason"]),
        }

    def _in(self, row: dict[str, Any], *names: str) -> dict[str, Any]:
        return {**row, **{name: self.text(row[name]) for name in names}}

    def text(self, text: str) -> str:
        """One text."""
        if len(text) < _LEAST or text in self._vocabulary:
            return text
        for value in self._values:
            if value in text:
                text = self._without(text, value)
        return text

    def _without(self, text: str, value: str) -> str:
        short = len(value) < _WORD and value.isalpha()
        standing = re.compile(rf"\b{value}\b" if short else re.escape(value))
        return standing.sub(lambda found: found[0] if self._in_known(found) else MARK, text)

    def _in_known(self, found: re.Match[str]) -> bool:
        """Whether what was found is a part of a longer word that is known."""
        for run in _RUNS:
            if run.fullmatch(found[0]) is None:
                continue
            word = next(one for one in run.finditer(found.string) if one.end() > found.start())
            if len(word[0]) > len(found[0]) and self._is_known(word[0].rstrip(".:;)")):
                return True
        return False

    def _published(self) -> Iterator[tuple[str, bytes]]:
        state = self._subject.state
        return ((path, state.files[path]) for path in sorted(self._subject.files & state.files.keys()))

    @cached_property
    def _vocabulary(self) -> str:
        """What is published already, or ours."""
        published = [text.decode("utf-8", "replace") for _, text in self._published()]
        ours = [f"{rule.id} {rule.reason} {rule.do}" for rule in FUZZ_RULES.values()]
        # Whatever the fuzzer itself words stands in its source.
        ours += [path.read_text(encoding="utf-8") for path in sorted(Path(_WORDED).parent.rglob("*.py"))]
        return "\n".join((*published, *ours))

    @cached_property
    def _known_words(self) -> frozenset[str]:
        return frozenset(word for run in _RUNS for word in run.findall(self._vocabulary))

    @cached_property
    def _declared(self) -> frozenset[str]:
        """Names and values that the files declare, as they are meant: without the marks of YAML, in small letters."""
        found: set[str] = set()
        for path, text in self._published():
            with suppress(InvalidInputError):
                found.update(_declared_in(yaml12.parse(text, path)))
        return frozenset(found)

    def _is_known(self, value: str) -> bool:
        """Whether a value stands in the vocabulary: as a word of it, as several, or as what a file declares."""
        if value in self._known_words or (not value.isalnum() and value in self._vocabulary):
            return True
        return value.casefold() in self._declared

    @cached_property
    def _values(self) -> tuple[str, ...]:
        """The longest first, so that no rest of one stays behind."""
        found = {one for one in set(self._seen()) if len(one) >= _LEAST and not self._is_known(one)}
        return tuple(sorted(found, key=lambda one: (-len(one), one)))

    def _seen(self) -> Iterator[str]:
        for entry in self._recording.entries:
            yield from _of_target(entry.call.target)
            yield from _of_body(entry.call.body)
            if not entry.problem:  # else it is the gateway's own problem
                yield from _of_body(entry.received.body)
            for one in entry.exchanges:
                yield from _of_target(one.sent.target)
                yield from _of_body(one.sent.body)
                if one.received is not None:
                    yield from _of_headers(one.received.headers)
                    yield from _of_body(one.received.body)


def _declared_in(tree: Any, key: str = "") -> Iterator[str]:
    """Every key, and the texts and numbers under those that state words."""
    if isinstance(tree, dict):
        for name, held in tree.items():
            yield str(name).casefold()
            yield from _declared_in(held, name)
    elif isinstance(tree, list):
        for one in tree:
            yield from _declared_in(one, key)
    elif key in _STATED:
        yield str(tree).casefold()


def _of_headers(headers: Headers) -> Iterator[str]:
    return (value for name, value in headers if name not in ("content-type", "content-length", "date"))


def _of_target(target: str) -> Iterator[str]:
    parts = urlsplit(target)
    yield from (unquote(one) for one in parts.path.split("/") if any(c.isdigit() for c in one))
    yield from (value for _, value in parse_qsl(parts.query))


def _of_body(body: bytes | None) -> Iterable[str]:
    if not body:
        return ()
    text = body[:_LOOKED_INTO_BYTES].decode("utf-8", "replace")
    try:
        tree = json.loads(text)
    except ValueError:
        return re.findall(r"[^\s<>\"'=]{4,}", text)
    return _leaves(tree)


def _leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            if not _NAME.fullmatch(name):
                yield name
            yield from _leaves(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from _leaves(one)
    elif isinstance(tree, str):
        yield tree
        yield from re.split(r"[\s,;]+", tree)
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield str(tree)
