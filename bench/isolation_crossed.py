"""Calls of both sides at once over the same few connections, while the system breaks its answers in the midst.

An answer that belongs to another call must reach nobody: neither the other entity, nor another call of the same one.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from isolation_attack import Aim, Attack, Told
from isolation_judges import Canaries

THREADS = 8
EACH = 64
"""Calls while the system has one fault."""
HIT = "attack-that-is-hit"
"""How the id of a call begins whose answer is broken."""
FAULTS: tuple[tuple[str, Mapping[str, float]], ...] = (
    ("slow", {"seconds": 0.05}),
    ("two-answers", {}),
    ("two-answers", {"seconds": 0.02}),
    ("wrong-length", {"more": -40}),
    ("wrong-length", {"more": 64}),
    ("cut", {}),
    ("cut-chunked", {}),
    ("stall", {"seconds": 0.1}),
    ("early-answer", {}),
    ("down-after", {}),
    ("early-hints", {}),
)

Ask = Callable[[Attack, str], Told]
Leave = Callable[[Attack, str], None]
"""Sends a call and hangs up soon after."""


def crossed(
    aims: Sequence[Aim], record: str, lists: str, ask: Ask, leave: Leave, control: Callable[[str, object], object],
    canaries: Mapping[str, Canaries],
) -> tuple[Counter[int], list[str]]:  # fmt: skip
    """Statuses, and what went to the wrong call. `record`: the address of one, with `{0}` for its key."""
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    for number, (name, options) in enumerate(FAULTS):
        control("reset", {})
        hit = {"header": {"x-correlation-id": HIT}}
        control("misbehave", {"fault": name, "times": -1, "match": hit, "options": dict(options)})
        calls = list(_calls(aims, record, lists, random.Random(number)))
        with ThreadPoolExecutor(THREADS) as pool:
            told = list(pool.map(lambda call: _one(call, ask, leave), calls))
        for (aim, key, attack, known_as, _), one in zip(calls, told, strict=True):
            if one is None:
                continue
            statuses[one.status] += 1
            found = misdelivered(one, key, aim, canaries)
            if found:
                faults.append(f"read: {found} while the system has the fault {name}, by {attack} as {known_as}")
    control("reset", {})
    return statuses, faults


def misdelivered(told: Told, key: str, aim: Aim, canaries: Mapping[str, Canaries]) -> str:
    """What of an answer belongs to another call. `key`: the record that was asked for, if it was one."""
    found = canaries[aim.other].found(told)
    if found:
        return found
    if b'"stray"' in told.body:  # of no call, and nobody's rows: what catches it is the contract, where it is enforced
        return ""
    if key and told.status == 200:
        others = [other for other in aim.own if other != key and other.encode() in told.body]
        return f"the record {others[0]} in place of {key}" if others else ""
    return ""


Call = tuple[Aim, str, Attack, str, bool]


def _calls(aims: Sequence[Aim], record: str, lists: str, draw: random.Random) -> Iterator[Call]:
    for number in range(EACH):
        aim = aims[number % len(aims)]
        key = draw.choice(aim.own) if draw.random() < 0.7 else ""
        target = record.replace("{0}", key) if key else f"{lists}?$top={draw.randrange(1, 9)}"
        attack = Attack("crossed", draw.choice(("GET", "GET", "GET", "HEAD")), target, aim.who[0])
        known_as = f"{HIT if draw.random() < 0.4 else 'attack-that-is-not'}-{number}"
        yield aim, key if attack.method == "GET" else "", attack, known_as, draw.random() < 0.2


def _one(call: Call, ask: Ask, leave: Leave) -> Told | None:
    _, _, attack, known_as, leaves = call
    if not leaves:
        return ask(attack, known_as)
    leave(attack, known_as)
    return None
