"""What a release changes for those who call: who gains or loses which operation, limit, scope or field."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from contracts.workspace import Workspace
from gateway.ending import Ending
from governance.changes.given import passages
from governance.release.effective_ends import end_effects, until_when
from governance.release.effective_fields import field_effects
from governance.release.effective_limits import limit_effects
from governance.release.reach import Reach, Right, reach_of, scopes_of

Turn = Literal["loses", "differs", "gains"]
What = Literal["consumer", "entity", "operation", "end", "scope", "version", "limit", "field"]
TURNS: tuple[Turn, ...] = ("loses", "differs", "gains")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that becomes different for the same consumers and entities."""

    turn: Turn
    what: What
    consumers: tuple[str, ...]
    """Ids; the empty one stands for callers without a credential."""
    words: str
    """What it is, in words."""
    entities: tuple[str, ...] = ()
    api: str = ""
    version: str = ""
    operations: tuple[str, ...] = ()


def effects_of(
    old: Workspace, new: Workspace, progress: Progress = lambda _: None,
    ends: tuple[Sequence[Ending], Sequence[Ending]] = ((), ()),
) -> tuple[Effect, ...]:  # fmt: skip
    """Every effect of the newer state on those who call, the losses first; `ends` are those of both releases.

    Not among them: suspensions, which lie outside releases, and what a system answers.
    """
    progress("asking who may call what, before")
    before = reach_of(old)
    progress("asking who may call what, from then on")
    now = reach_of(new)
    found = [
        *_people(old, new), *_entities(old, new), *_operations(before, now, until_when(ends[1], now)),
        *_demands(before, now),
        *_scopes(old, new), *_versions(old, new),
    ]  # fmt: skip
    found += [Effect(turn, "limit", (consumer,), words) for turn, consumer, words in limit_effects(old, new)]
    found += [
        Effect(turn, "end", consumers, words, entities, *key, operations)
        for turn, consumers, entities, key, operations, words in end_effects(*ends, before, now)
    ]
    progress("comparing what is asked and answered")
    for turn, consumers, entities, key, operations, words in field_effects(old, new, before, now):
        found.append(Effect(turn, "field", consumers, words, entities, *key, operations))
    return tuple(sorted(_joined(found), key=_place))


def _people(old: Workspace, new: Workspace) -> Iterator[Effect]:
    for name in sorted(new.consumers.keys() - old.consumers.keys()):
        yield Effect("gains", "consumer", (name,), "it is a consumer from then on")
    for name in sorted(old.consumers.keys() - new.consumers.keys()):
        yield Effect("loses", "consumer", (name,), "it is no consumer any more: none of its credentials counts")
    for name in sorted(new.consumers.keys() & old.consumers.keys()):
        was, is_now = old.consumers[name].suspended_since, new.consumers[name].suspended_since
        if (was is None) != (is_now is None):
            words = "it is switched off: all its calls are refused" if is_now else "it is switched on again"
            yield Effect("loses" if is_now else "gains", "consumer", (name,), words)


def _entities(old: Workspace, new: Workspace) -> Iterator[Effect]:
    """Told once for all who may call for it; the operations follow for each of them."""
    for name in sorted(old.entities.keys() | new.entities.keys()):
        was = old.entities[name].stage if name in old.entities else "not there"
        stage = new.entities[name].stage if name in new.entities else "not there"
        if was != stage and "onboarded" in (was, stage):
            concerned = (new if stage == "onboarded" else old).consumers.items()
            whom = tuple(sorted(one for one, consumer in concerned if name in consumer.entities))
            turn: Turn = "gains" if stage == "onboarded" else "loses"
            words = "is onboarded" if stage == "onboarded" else f"is {stage} from then on"
            yield Effect(turn, "entity", whom, f"{name} {words}, and was {was}", (name,))


def _operations(before: Reach, now: Reach, until: Mapping[Right, str]) -> Iterator[Effect]:
    """`until` says of what is gained how long, where that is so from the beginning."""
    for turn, rights, reach in (
        ("loses", before.rights.keys() - now.rights.keys(), before),
        ("gains", now.rights.keys() - before.rights.keys(), now),
    ):  # fmt: skip
        grouped: dict[tuple[str, str, str, str, str], list[str]] = {}
        for one in sorted(rights):
            end = until.get(one, "") if turn == "gains" else ""
            grouped.setdefault((one.consumer, one.entity, one.api, one.version, end), []).append(one.operation)
        for (consumer, entity, api, version, end), operations in grouped.items():
            whole = reach.whole[entity, api, version]
            every = len(operations) == whole and whole > 1
            words = (
                f"all {whole} operations of {api}@{version}"
                if every
                else f"of {api}@{version}: " + ", ".join(operations)
            )
            words = f"{end}: {words}" if end else words
            yield Effect(
                "loses" if turn == "loses" else "gains", "operation", (consumer,), words, (entity,), api, version,
                tuple(operations),
            )  # fmt: skip


def _demands(before: Reach, now: Reach) -> Iterator[Effect]:
    """Operations that ask for something else than before."""
    for one in sorted(before.rights.keys() & now.rights.keys()):
        was, asks = before.rights[one], now.rights[one]
        if was != asks:
            words = f"{one.operation} asks for {asks}, and asked for {was}"
            yield _of(one, "differs", "operation", words)


def _of(right: Right, turn: Turn, what: What, words: str) -> Effect:
    return Effect(
        turn, what, (right.consumer,), words, (right.entity,), right.api, right.version, (right.operation,)
    )  # fmt: skip


def _scopes(old: Workspace, new: Workspace) -> Iterator[Effect]:
    for name in sorted(old.consumers.keys() & new.consumers.keys()):
        was, has = scopes_of(old.consumers[name]), scopes_of(new.consumers[name])
        for scope in sorted(was - has):
            yield Effect("loses", "scope", (name,), f"its API keys lose the scope {scope}")
        for scope in sorted(has - was):
            yield Effect("gains", "scope", (name,), f"its API keys gain the scope {scope}")


def _versions(old: Workspace, new: Workspace) -> Iterator[Effect]:
    for one in passages(old, new):
        api, version = one.new
        words = f"calls of {api} that name no version are answered by {version}, and were by {one.old[1]}"
        yield Effect("differs", "version", tuple(sorted(one.consumers)) or ("",), words, (), api, version)


def _joined(effects: Iterable[Effect]) -> Iterator[Effect]:
    """What is the same for several consumers, then for several entities, told once."""
    by_consumers: dict[Effect, list[str]] = {}
    for one in effects:
        by_consumers.setdefault(replace(one, consumers=()), []).extend(one.consumers)
    by_entities: dict[Effect, list[str]] = {}
    for one, consumers in by_consumers.items():
        joined = replace(one, consumers=tuple(sorted(set(consumers))), entities=())
        by_entities.setdefault(joined, []).extend(one.entities)
    for one, entities in by_entities.items():
        yield replace(one, entities=tuple(sorted(set(entities))))


def _place(effect: Effect) -> tuple[int, int, tuple[str, ...], str, str, str]:
    order = ("consumer", "entity", "operation", "end", "scope", "version", "limit", "field")
    turn = TURNS.index(effect.turn)
    return turn, order.index(effect.what), effect.consumers, effect.api, effect.version, effect.words
