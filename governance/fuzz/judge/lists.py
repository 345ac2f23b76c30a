"""Reads: lists longer than was asked for, and the same question with another answer."""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from governance.finding import Severity
from governance.fuzz.judge.features import schema_at
from governance.fuzz.judge.gathered import Gathered
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Case, Seen
from governance.fuzz.rows import SIZES, folded, next_links, rows_of
from governance.fuzz.walking import PAGES

PAGE_SIZE_IGNORED: Final = FuzzRule(
    "page-size-ignored", Severity.BREAKING,
    "A list holds more than was asked for: callers that ask for little get everything, and so does their memory.",
    "Let the system keep to the page size, or take the parameter out of the contract.",
)  # fmt: skip
ANSWERS_VARY: Final = FuzzRule(
    "answers-vary", Severity.WARNING,
    "The same read was answered differently, though the run changed nothing in between.",
    "Ask the system's owner whether several servers answer, or somebody else works on the same records.",
)  # fmt: skip
PAGES_OVERLAP: Final = FuzzRule(
    "pages-overlap", Severity.BREAKING,
    "The next page holds records of the one before: who reads page after page counts some twice, or never ends.",
    "Let the system keep to the offset, or take the parameter out of the contract.",
)  # fmt: skip
PAGES_LOSE: Final = FuzzRule(
    "pages-lose", Severity.BREAKING,
    "A list that is read page after page lacks records that it has when it is read at once.",
    "Let the system's owner mend its paging: who reads all pages does not get all records.",
)  # fmt: skip
NEXT_PAGE_LOOPS: Final = FuzzRule(
    "next-page-loops", Severity.BREAKING,
    "The link to the next page leads to the same page: who follows it never ends.",
    "Let the system's owner mend its paging.",
)  # fmt: skip
FILTER_IGNORED: Final = FuzzRule(
    "filter-ignored", Severity.BREAKING,
    "A list that was asked for records with one value holds others too.",
    "Let the system keep to the parameter, or take it out of the contract.",
)  # fmt: skip


_PAGES: Final = 2
"""A list that did not go on was read only once."""
_CODED: Final = frozenset({"enum", "pattern"})
"""What a code has and free text to search for has not."""


def pages(case: Case) -> Iterator[Hit]:
    """By the size that the system itself was asked for."""
    found = Gathered(PAGE_SIZE_IGNORED)
    for seen in case.of_run():
        main = seen.main
        if main is None or not seen.accepted or main.sent.method != "GET":
            continue
        for name, text in parse_qsl(main.sent.query):
            if folded(name) not in SIZES or not text.isdecimal():
                continue
            rows = rows_of(seen.answer_json)
            if rows is not None and len(rows) > int(text) > 0 and seen.request.outcome == "conforms":
                found.add(f"{seen.name} {name}", seen, f"answers more records than {name} asked for")
    yield from found.hits()


def overlapping(case: Case) -> Iterator[Hit]:
    """Two pages that were asked for one after the other."""
    found = Gathered(PAGES_OVERLAP)
    first: dict[str, Seen] = {}
    for seen in case.of_run():
        if seen.entry.about.get("probe") != "page":
            continue
        if seen.entry.about["page"] == 1:
            first[seen.name] = seen
            continue
        before = first.get(seen.name)
        one, two = (None if other is None else rows_of(other.answer_json) for other in (before, seen))
        if before is None or not one or not two or not (before.accepted and seen.accepted):
            continue
        known = {json.dumps(row, sort_keys=True) for row in one}
        if any(json.dumps(row, sort_keys=True) in known for row in two if isinstance(row, dict)):
            found.add(seen.name, seen, "answers records of the first page on the second", more=(before.number,))
    yield from found.hits()


def walked(case: Case) -> Iterator[Hit]:
    """Lists that were read at once and then page after page."""
    lost, twice = Gathered(PAGES_LOSE), Gathered(PAGES_OVERLAP)
    walks: dict[str, list[Seen]] = {}
    for seen in case.of_run():
        if seen.entry.about.get("probe") == "walk":
            walks.setdefault(seen.name, []).append(seen)
    for name, steps in walks.items():
        whole, pages = [_texts(one) for one in steps if one.entry.about["page"] == 0], steps[1:]
        if len(whole) != 1 or len(pages) < _PAGES or not all(one.accepted for one in steps):
            continue
        found = [text for one in pages for text in _texts(one)]
        ended = len(pages) < PAGES and not any(next_links(steps[0].answer_json))
        expected = whole[0] if ended else whole[0][: len(found)]
        numbers = (steps[0].number,)
        if set(expected) - set(found):
            lost.add(name, pages[-1], "loses records where it is read page after page", more=numbers)
        if len(set(found)) < len(found) and len(set(whole[0])) == len(whole[0]):
            twice.add(f"{name} walk", pages[-1], "answers records on more than one page", more=numbers)
    yield from lost.hits()
    yield from twice.hits()


def _texts(seen: Seen) -> list[str]:
    return [json.dumps(row, sort_keys=True) for row in rows_of(seen.answer_json) or []]


def looping(case: Case) -> Iterator[Hit]:
    """Links to the next page, as the system wrote them."""
    found = Gathered(NEXT_PAGE_LOOPS)
    for seen in case.of_run():
        main = seen.main
        if main is None or not seen.accepted or main.sent.method != "GET":
            continue
        for link in next_links(seen.answer_json):
            asked = sorted(parse_qsl(main.sent.query, keep_blank_values=True))
            leads = sorted(parse_qsl(urlsplit(link).query, keep_blank_values=True))
            if leads == asked and leads:
                found.add(seen.name, seen, "names itself as its next page")
    yield from found.hits()


def filtered(case: Case) -> Iterator[Hit]:
    """Parameters with listed values that are called like a member of the records."""
    found = Gathered(FILTER_IGNORED)
    for seen in case.of_run():
        main = seen.main
        if main is None or not seen.accepted or main.sent.method != "GET" or seen.request.outcome != "conforms":
            continue
        rows = [row for row in rows_of(seen.answer_json) or [] if isinstance(row, dict)]
        for name, text in parse_qsl(main.sent.query):
            schema = schema_at(seen, ("query", name))
            listed = bool(_CODED & schema.keys()) or schema.get("type") == "boolean"
            held = [str(row[name]).casefold() for row in rows if isinstance(row.get(name), str | bool | int)]
            partly = "enum" not in schema  # a code may be asked for by its beginning
            asked = text.casefold()
            if (
                listed
                and len(held) == len(rows)
                and any(value != asked and not (partly and asked in value) for value in held)
            ):
                found.add(f"{seen.name} {name}", seen, f"answers records whose {name} is another than was asked for")
    yield from found.hits()


def varying(case: Case) -> Iterator[Hit]:
    """Reads that are alike to the byte, with no accepted write between them."""
    found = Gathered(ANSWERS_VARY)
    known: dict[tuple[str, str, tuple[tuple[str, str], ...]], tuple[int, int]] = {}
    writes = 0
    for seen in case.of_run():
        main = seen.main
        if main is None or main.received is None or seen.throttled:
            continue
        if not seen.compiled.safe:
            writes += 1
            continue
        key = (seen.name, main.sent.target, main.sent.headers)
        status = main.received.status // 100
        before, at = known.get(key, (status, writes))
        if before != status and at == writes and {before, status} <= {2, 4}:
            found.add(seen.name, seen, f"answers {before}xx and {status}xx to the same read")
        known[key] = (status, writes)
    yield from found.hits()
