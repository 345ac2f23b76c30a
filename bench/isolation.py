"""The entity matrix: companies that share a system, each attacked from the other's side in every way that is known.

Two on one S/4HANA (OData V2, told apart by a field of each record), two on one Business Central (OData V4, told apart
by the path). Attacks are put together by grammar and judged by the rows in the systems' databases, by canaries in the
other's records, and by comparison: each is sent once with the other's records in the system and once without them, and
nothing may differ. Never by status codes. Beside them: answers for foreign and absent records, byte by byte; and
records whose owner changes between proof and write. All of it under each setting that could loosen something. At last
the same judge looks at the same gateway without pins, and must find what it looks for.

Last line: `N attacks, 0 foreign rows`; exit 1 otherwise.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from isolation_attack import Aim, Attack, Told, chosen
from isolation_court import Court
from isolation_crossed import crossed
from isolation_grounds import Ground
from isolation_pairs import BC_FORMS, S4_FORMS, flips, pairs
from isolation_rig import SETTINGS, WITHOUT_PINS, Matrix, Setting, aimed, credentials, grounds
from isolation_rows import Rows
from isolation_wire import leave, send

from governance.demo.process import free_ports

ABSENT = {"s4-eu": "2999", "bc-us": "0f0e0d0c-1b2a-4938-8776-655443322110"}
SHOWN = 12
"""Faults that are told of each setting."""
UNMOVED = 4
"""Writes that must be carried out where no owner changes, so that those that are not show something."""


class Run:
    """All settings, one after the other."""

    def __init__(self, fleet: Matrix, attacks: int, turns: int, only: str = "") -> None:
        self.fleet = fleet
        self.settings = [setting for setting in SETTINGS if only in setting.name]
        self.turns = turns
        self.who = credentials(fleet)
        self.courts = [self._court(ground) for ground in grounds(fleet.folder / "workspace")]
        sides = sum(len(court.ground.pins) for court in self.courts)
        self.each = -(-attacks // (len(self.settings) * sides))
        self.differ = 0

    def _court(self, ground: Ground) -> Court:
        rows = Rows(self.fleet.folder / f"{ground.system}.state" / ground.database)
        first, canaries = ground.plant(rows.all(), ground.pins)
        rows.put(first)
        return Court(ground, rows, first, canaries, self._ask, lambda: self.fleet.asked(ground.system))

    def _ask(self, attack: Attack, known_as: str) -> Told:
        return send(self.fleet.port, attack, self.who[attack.who], known_as)

    def setting(self, number: int, setting: Setting, each: int) -> list[str]:
        """One of them. Faults as the judges tell them."""
        self.fleet.again(setting)
        faults: list[str] = []
        for court in self.courts:
            began, sent = time.monotonic(), court.sent
            court.rows.put(court.first)
            found: list[str] = []
            for aim in self._aims(court):
                attacks = chosen(aim, court.ground.families, court.ground.named, court.ground.versions, each, number)
                found += court.judge(aim.entity, aim.other, attacks)
            apart = [line for aim in self._aims(court) for line in self._pairs(court, aim)]
            court.rows.put(court.first)
            calls, wrong = self._crossed(court) if number == 0 else (0, [])
            found += wrong
            seen = Counter(line.partition(":")[0] for line in found)
            print(f"{court.ground.system}  {setting.name}: {court.sent - sent} attacks, {seen['read']} read, "
                  f"{seen['changed']} changed, {seen['hinted']} hinted; {len(apart)} pairs differ; "
                  f"{f'{len(wrong)} of {calls} answers went astray; ' if calls else ''}"
                  f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
            faults += [*found, *apart]
        return faults

    def _aims(self, court: Court) -> Iterator[Aim]:
        return aimed(court.ground, court.first, self.who, self._ask)

    def _pairs(self, court: Court, aim: Aim) -> Iterator[str]:
        forms = S4_FORMS if court.ground.system == "s4-eu" else BC_FORMS
        for who in aim.who:
            self._ask(Attack("warm", "GET", court.ground.lists, who), "")
            yield from pairs(forms, who, aim.foreign[0], ABSENT[court.ground.system], self._ask, court.heard)

    def _crossed(self, court: Court) -> tuple[int, list[str]]:
        """How many calls had a good answer while the system broke others, and what went to the wrong call."""
        ground = court.ground

        def leaving(attack: Attack, known_as: str) -> None:
            leave(self.fleet.port, attack, self.who[attack.who], known_as, 0.01)

        def control(path: str, body: object) -> object:
            return self.fleet.control(ground.system, path, body)

        aims = list(self._aims(court))
        statuses, faults = crossed(aims, ground.record, ground.lists, self._ask, leaving, control, court.canaries)
        court.rows.put(court.first)
        if statuses[200] < UNMOVED:
            faults.append(f"nothing shown: {dict(statuses)} while the system broke its answers")
        return statuses[200], faults

    def flipped(self, setting: Setting) -> list[str]:
        """Owners that change between proof and write, on S/4HANA."""
        court = self.courts[0]
        own = list(court.ground.keys(court.first, court.ground.pins["mde"]))[: self.turns]
        to = court.ground.pins["mfr"]

        def control(path: str, body: object) -> object:
            return self.fleet.control("s4-eu", path, body)

        court.rows.put(court.first)
        unmoved, _ = flips(court.rows, self._ask, control, own[:UNMOVED], to, flip=False)
        court.rows.put(court.first)
        faults, late = flips(court.rows, self._ask, control, own, to)
        court.rows.put(court.first)
        print(f"s4-eu  {setting.name}: {len(faults)} of {len(own)} writes after the owner had changed", flush=True)
        if late > len(own) // 4:
            faults.append(f"nothing shown: {late} of {len(own)} writes were carried out before their owner changed")
        if len(unmoved) != UNMOVED:
            faults.append(f"nothing shown: {len(unmoved)} of {UNMOVED} writes were carried out where no owner changed")
        return faults

    def all(self) -> int:
        """Exit code."""
        faults: list[str] = []
        for number, setting in enumerate(self.settings):
            found = self.setting(number, setting, self.each)
            if not setting.bounds.get("answer_body_bytes"):
                found += self.flipped(setting)
            for line in found[:SHOWN]:
                print(f"FAILED  {setting.name}: {line[:800]}", flush=True)
            faults += found
        nothing: list[str] = []
        for court in self.courts:
            statuses = "  ".join(f"{status}: {count}" for status, count in sorted(court.statuses.items()))
            print(f"{court.ground.system}  answers {statuses}; {court.own_seen} hold records of the caller's own")
            if court.own_seen < court.sent // 50:
                nothing.append(f"only {court.own_seen} answers of {court.ground.system} held a record")
        sent = sum(court.sent for court in self.courts)
        nothing = [*nothing, *self._judged()]
        for line in nothing:
            print(f"FAILED  nothing shown: {line}")
        faults += nothing
        print(f"{sent} attacks, {len(faults)} foreign rows")
        return 1 if faults else 0

    def _judged(self) -> list[str]:
        """What the judges miss where nothing keeps the companies apart."""
        missed = []
        for court, found in zip(self.courts, self._without_pins(), strict=True):
            seen = Counter(line.partition(":")[0] for line in found)
            print(f"{court.ground.system}  without pins the same judges find {seen['read']} reads, {seen['changed']} "
                  f"changes, {seen['hinted']} hints")  # fmt: skip
            if not (seen["read"] > 20 and seen["changed"] > 1 and seen["hinted"] > 20):
                missed.append(f"the judges see too little of {court.ground.system} without pins")
        return missed

    def _without_pins(self) -> Iterator[list[str]]:
        self.fleet.again(WITHOUT_PINS)
        for court in self.courts:
            found = []
            for aim in self._aims(court):
                attacks = chosen(aim, court.ground.families, court.ground.named, court.ground.versions, 400, 7)
                found += court.judge(aim.entity, aim.other, [court.ground.reach(one, aim.pin) for one in attacks])
            yield [*found, *(line for aim in self._aims(court) for line in self._pairs(court, aim))]


def main() -> int:
    """Exit 0 where nothing foreign was read, changed or hinted at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attacks", type=int, default=6000, help="how many, over all settings, systems and sides")
    parser.add_argument("--flips", type=int, default=24, help="writes a setting during which the owner changes")
    parser.add_argument("--only", default="", help="settings whose name contains this")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as runtime:
        os.environ["XDG_RUNTIME_DIR"] = runtime  # a demo that runs keeps its own state file
        with Matrix(free_ports(1)[0], with_valkey=False) as fleet:
            return Run(fleet, given.attacks, given.flips, given.only).all()


if __name__ == "__main__":
    sys.exit(main())
