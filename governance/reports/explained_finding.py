"""All that is known of one finding: for a terminal, and for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from contracts.plain import plain
from governance.explained_finding import WAIVER_DAYS, Explained
from governance.json_output import json_output
from governance.promised import Since
from governance.reports.diff_words import listed, value_of
from governance.rule_words import words_of
from governance.terminal import Colour, paint

_WIDTH: Final = 12
_NAMES: Final = 12
_VALUE: Final = 2_000
_PROOFS: Final = {"proven": "; proven", "structural": "; by the rule of the keyword", "unproven": "; not proven"}


def as_text(found: Sequence[Explained], at: date, *, colour: bool = False) -> str:
    """The finding, at each change that has it. `at` is the day from which a waiver's end is counted."""
    return "\n".join("".join(line + "\n" for line in _lines(one, at, colour=colour)) for one in found)


def as_json(found: Sequence[Explained], at: date) -> str:
    """The same for machines: a list with one entry for each change that has the finding."""
    return json_output([_content(one, at) for one in found])


def _content(one: Explained, at: date) -> dict[str, Any]:
    rule = words_of(one.rule)
    told = asdict(one)
    told["places"] = [{"what": what, "place": place} for what, place in one.places]
    told["steps"] = [{"what": what, "command": command} for what, command in one.steps]
    told["since"] = None if one.since is None else {"day": one.since.day.isoformat(), "exact": one.since.exact}
    told["usage"] = "unknown"
    told["rule_reason"] = rule.reason if rule is not None else ""
    told["rule_do"] = rule.do if rule is not None else ""
    told["waiver"] = {"file": one.waiver_name, "text": one.waiver(at)} if one.can_be_waived else None
    return told


def _lines(one: Explained, at: date, *, colour: bool) -> Iterator[str]:
    shade: Colour = "red" if one.status in ("undecided", "counts") else "green"
    yield paint(plain(f"{one.fingerprint} {one.rule}"), "bold", on=colour)
    where = f"{one.operation}: " if one.operation and one.operation not in one.message else ""
    yield paint(plain(f"{where}{one.message}"), shade, on=colour)
    yield ""
    for name, text in _rows(one):
        yield f"{name and name + ':':<{_WIDTH}}{text}"
    if one.steps:
        yield "To decide:"
    for what, command in one.steps:
        yield f"  {plain(what)}: {command}"
    yield from _waiving(one, at)


def _rows(one: Explained) -> Iterator[tuple[str, str]]:
    rule = words_of(one.rule)
    yield "Found by", plain(one.found_by)
    yield "In", plain(one.change) + (f", against {plain(one.against)}" if one.against else "")
    yield "Does", plain(one.does) + _PROOFS.get(one.proof, "")
    yield "State", plain(one.status)
    yield from ((what, plain(place)) for what, place in one.places)
    if one.before is not None:
        yield "Before", value_of(one.before, _VALUE)
    if one.after is not None:
        yield "After", value_of(one.after, _VALUE)
    if one.since is not None:
        yield "Promised", _since(one.since)
    if rule is not None:
        yield "Why", rule.reason
        yield "Callers" if rule.is_for_callers else "Do", rule.do
    if one.reason and (rule is None or one.reason != rule.reason):
        yield "Here", plain(one.reason)
    if one.example is not None:
        example = one.example
        at = f" at {example.instance_pointer}" if example.instance_pointer else ""
        yield "Fails", value_of(example.value, _VALUE)
        told = f"{example.where}: valid in {example.valid_in}, refused by {example.refused_by}{at}: {example.error}"
        yield "", plain(told)
    if one.operations:
        yield "Reaches", plain(listed(one.operations, _NAMES))
    if one.status != "about a waiver":
        yield "Concerns", _concerns(one)
    if one.decides:
        yield "Decides", plain(one.decides)


def _since(since: Since) -> str:
    return f"since {since.day.isoformat()}" if since.exact else f"since {since.day.isoformat()} at least"


def _concerns(one: Explained) -> str:
    if one.consumers is None:
        return "nobody knows who may call it: no workspace was asked"
    if not one.consumers:
        return "the access rules name no consumer for it"
    return plain(listed(one.consumers, _NAMES)) + ": they may call it; usage unknown"


def _waiving(one: Explained, at: date) -> Iterator[str]:
    if one.status.startswith(("waived", "known")):
        return
    if one.status == "about a waiver":
        yield "Nothing waives what is found about waivers."
        return
    if not one.can_be_waived:
        yield "No waiver lets this pass: a signed decision does."
        return
    yield f"To let it pass for {WAIVER_DAYS} days, fill in why and who approved it, as {one.waiver_name}:"
    yield from (f"  {line}" for line in map(plain, one.waiver(at).splitlines()))
    if one.steps:
        yield "A waiver that is new lets nothing pass until a decision covers its file."
