"""What one keyword of schemas gives: a rule for each effect and direction, from one description and one example."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from governance.diff.change import Area, Change, Effect
from governance.diff.rules.documents import schemas
from governance.diff.rules.writing import BOTH, B, I, Levels
from governance.diff.wording import says, valued
from governance.finding import Direction, Severity
from governance.rules import Rule

_WORDS: Final = {Effect.NARROWS: "narrowed", Effect.WIDENS: "widened", Effect.CHANGES: "changed"}


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword, or a few that say one thing, and what it keeps out.

    `loose` and `tight` are schemas of which the second takes fewer values. Narrowing goes from the first to the second,
    widening the other way round; `one` and `other` are schemas of which neither contains the other.
    """

    kind: str
    """As the walk calls it."""
    slug: str
    """In ids."""
    values: str
    """What the tight schema refuses and the loose one takes, in words that follow "send"."""
    loose: Any = None
    tight: Any = None
    """Both left out where every change is one of alternatives that do not contain each other."""
    one: Any = None
    other: Any = None
    """Left out where one of two always contains the other."""
    narrowed: Severity = I
    """In `sdk`."""
    widened: Severity = I
    changed: Severity = I
    answers_more: bool = False
    """Whether a wider schema lets answers carry what they did not carry before."""
    names: tuple[str, str, str] | None = None
    """What ids end with instead of `<slug>-narrowed`, `<slug>-widened`, `<slug>-changed`."""
    turned: bool = False
    """Whether `one` to `other` is the example of requests only, and that of answers goes the other way round."""
    wire: Severity = B
    """Where harm is possible and nobody asked whether it is done."""


def rules_of(keywords: Iterable[Keyword]) -> tuple[Rule, ...]:
    """The rules of these keywords."""
    return tuple(rule for keyword in keywords for rule in _rules(keyword))


def _rules(keyword: Keyword) -> Iterator[Rule]:
    pairs = {
        Effect.NARROWS: (keyword.loose, keyword.tight),
        Effect.WIDENS: (keyword.tight, keyword.loose),
        Effect.CHANGES: (keyword.one, keyword.other),
    }
    for number, (effect, (before, after)) in enumerate(pairs.items()):
        if before is None and after is None:
            continue
        ending = keyword.names[number] if keyword.names else f"{keyword.slug}-{_WORDS[effect]}"
        for direction in BOTH:
            yield Rule(
                f"{direction.value}-{ending}", Area.SCHEMA, (keyword.kind,), (effect,), (direction,),
                *_levels(keyword, effect, direction),
                exposes=keyword.answers_more and direction is Direction.RESPONSE and effect is not Effect.NARROWS,
                reason=_REASONS[effect, direction].format(values=keyword.values),
                do=_TO_DO[effect, direction].format(values=keyword.values, keyword=keyword.kind),
                example=schemas(*((after, before) if _is_turned(keyword, effect, direction) else (before, after))),
                message=_message(keyword.kind, effect),
            )  # fmt: skip


def _is_turned(keyword: Keyword, effect: Effect, direction: Direction) -> bool:
    return keyword.turned and effect is Effect.CHANGES and direction is Direction.RESPONSE


def harmful(effect: Effect, direction: Direction) -> bool:
    """Whether a change of this effect can make a correct message of the sender be refused by the receiver."""
    return effect is not (Effect.WIDENS if direction is Direction.REQUEST else Effect.NARROWS)


def _levels(keyword: Keyword, effect: Effect, direction: Direction) -> Levels:
    wire = keyword.wire if harmful(effect, direction) else I
    sdk = {Effect.NARROWS: keyword.narrowed, Effect.WIDENS: keyword.widened, Effect.CHANGES: keyword.changed}[effect]
    return wire, wire, sdk


def _message(kind: str, effect: Effect) -> Callable[[Change], str]:
    words = _SAID.get((kind, effect))
    return says(words) if words else valued(_SHOWN.get(kind, kind))


_SHOWN: Final = {"reference": "what cannot be read"}
_SAID: Final = {
    ("null", Effect.NARROWS): "null is not valid any more",
    ("null", Effect.WIDENS): "null is valid now",
    ("required", Effect.NARROWS): "is required now",
    ("required", Effect.WIDENS): "is optional now",
    ("uniqueItems", Effect.NARROWS): "items must differ from each other now",
    ("uniqueItems", Effect.WIDENS): "items may be the same now",
    ("composition", Effect.CHANGES): "the alternatives of a oneOf exclude each other otherwise",
}

_REASONS: Final = {
    (Effect.NARROWS, Direction.REQUEST): "A caller who sends {values}, as the old contract allows, is refused.",
    (Effect.WIDENS, Direction.REQUEST): "What callers send under the old contract is still taken; {values} too.",
    (Effect.CHANGES, Direction.REQUEST): "Neither contract contains the other: a caller who sends {values}, as the old "
    "contract allows, is refused.",
    (Effect.NARROWS, Direction.RESPONSE): "Whatever can be answered now could be answered before; {values} no more.",
    (Effect.WIDENS, Direction.RESPONSE): "A caller that was written for the old contract may receive {values}.",
    (Effect.CHANGES, Direction.RESPONSE): "Neither contract contains the other: a caller that was written for the old "
    "one may receive {values}.",
}
_TO_DO: Final = {
    (Effect.NARROWS, Direction.REQUEST): "You must stop sending {values}.",
    (Effect.WIDENS, Direction.REQUEST): "You may now send {values}.",
    (Effect.CHANGES, Direction.REQUEST): "You must stop sending {values}; hold what you send against the new "
    "`{keyword}`.",
    (Effect.NARROWS, Direction.RESPONSE): "Nothing; you no longer receive {values}.",
    (Effect.WIDENS, Direction.RESPONSE): "You must be ready to receive {values}.",
    (Effect.CHANGES, Direction.RESPONSE): "You must be ready to receive {values}; hold what you expect against the "
    "new `{keyword}`.",
}
