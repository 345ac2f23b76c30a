"""Sends attacks, each once with the other entity's records in the system and once without them, and judges them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from isolation_attack import Attack, Told
from isolation_grounds import Ground
from isolation_judges import Asked, Canaries, changed, hinted, in_plain
from isolation_rows import Row, Rows

THREADS = 4
CHUNK = 96
"""Reads between two looks at the database. Writes are looked at one by one."""

Ask = Callable[[Attack, str], Told]
"""Carries an attack out under an id."""
Heard = Callable[[], Mapping[str, Asked]]
"""What the system was asked since the last time, by id."""


@dataclass(slots=True)
class Court:
    """For one system. `first`: its rows with canaries in them."""

    ground: Ground
    rows: Rows
    first: list[Row]
    canaries: Mapping[str, Canaries]
    ask: Ask
    heard: Heard
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    own_seen: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: count(100_000))

    def judge(self, entity: str, other: str, attacks: Sequence[Attack]) -> list[str]:
        """What was read, changed or hinted at of the other's, by whom: `read: ...`, `changed: ...`, `hinted: ...`."""
        pin = self.ground.pins[other]
        bare = self.ground.without(self.first, pin)
        known = {key.lower().encode() for _, key, _, _ in self.first}
        faults: list[str] = []
        ordered = sorted(attacks, key=lambda attack: not attack.reads)
        for at in range(0, len(ordered), CHUNK):
            part = ordered[at : at + CHUNK]
            ids = [f"attack-{next(self._ids)}" for _ in part]
            full_seen = self._world(self.first, part, ids, pin, faults)
            bare_seen = self._world(bare, part, ids, pin, faults)
            for attack, full, empty in zip(part, full_seen, bare_seen, strict=True):
                self._count(full[0], entity)
                found = self._read(attack, full[0], other)
                if found:
                    faults.append(f"read: {found} ({full[0].status}) by {attack}")
                difference = hinted(full, empty, known)
                if difference:
                    faults.append(f"hinted: {difference} by {attack}")
        self.rows.put(self.first)
        self.sent += len(attacks)
        return faults

    def _world(
        self, rows: Sequence[Row], part: Sequence[Attack], ids: Sequence[str], pin: str, faults: list[str]
    ) -> list[tuple[Told, Asked]]:
        """Answers, and what the system was asked for each, with these rows in it."""
        kept = self.ground.own(rows, pin)
        self.rows.put(rows)
        self.heard()
        reads = sum(attack.reads for attack in part)
        with ThreadPoolExecutor(THREADS) as pool:
            told = list(pool.map(self.ask, part[:reads], ids[:reads]))
        if self.rows.touched():
            faults.append(f"changed: {changed(kept, self.ground.own(self.rows.all(), pin))}, by reads from {part[0]}")
            self.rows.put(rows)
        for attack, known_as in zip(part[reads:], ids[reads:], strict=True):
            told.append(self.ask(attack, known_as))
            if self.rows.touched():
                found = changed(kept, self.ground.own(self.rows.all(), pin))
                if found:
                    faults.append(f"changed: {found}, by {attack}")
                self.rows.put(rows)
        asked = self.heard()
        return [(one, asked.get(known_as, ())) for one, known_as in zip(told, ids, strict=True)]

    def _read(self, attack: Attack, told: Told, other: str) -> str:
        found = self.canaries[other].found(told, attack.said)
        if found:
            return found
        hidden = self.ground.hidden.search(told.raw)
        said = hidden is not None and hidden[0] in in_plain(attack.said)
        return f"the pin {hidden[0].decode()}" if hidden is not None and not said else ""

    def _count(self, told: Told, entity: str) -> None:
        self.statuses[told.status] += 1
        self.own_seen += bool(self.canaries[entity].patterns.search(told.raw))
