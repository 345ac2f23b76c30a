"""The judges of the entity matrix find what they are there for: leaks, changes and hints are planted in a gateway."""

import importlib
import json
import re
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

_BENCH = Path(__file__).resolve().parents[2] / "bench"
_NAMES = ("attack", "wire", "rows", "judges", "grounds", "court", "crossed", "pairs", "rig", "words", "s4", "bc")
OURS, THEIRS = "1710", "1010"


@pytest.fixture(scope="module")
def bench():
    sys.path.insert(0, str(_BENCH))
    try:
        yield SimpleNamespace(**{name: importlib.import_module(f"isolation_{name}") for name in _NAMES})
    finally:
        sys.path.remove(str(_BENCH))
        for name in [name for name in sys.modules if name.startswith("isolation_")]:
            del sys.modules[name]


def order(number, organization, kind="A_SalesOrder"):
    body = {"SalesOrder": number, "SalesOrganization": organization, "LastChangeDateTime": "2026-01-01T00:00:00.0Z"}
    return (kind, number, "", json.dumps(body))


FIRST = [order("4711", OURS), order("4712", OURS), order("2001", THEIRS), order("2002", THEIRS)]


class Flawed:
    """A gateway in front of a database: `/orders('n')` and `/orders`, each for the entity 1710. `flaw`: what is wrong."""

    def __init__(self, bench, path, flaw):
        self._read, self._told = bench.wire.read, bench.attack.Told
        self.flaw, self.path = flaw, path
        self.calls = []
        with sqlite3.connect(path) as base:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("CREATE TABLE row (number INTEGER PRIMARY KEY, kind TEXT, key TEXT, parent TEXT, body TEXT)")
        base.close()

    def heard(self):
        calls, self.calls = self.calls, []
        return {name: tuple(c for n, c in calls if n == name) for name, _ in calls}

    def ask(self, attack, known_as):
        base = sqlite3.connect(self.path, isolation_level=None)
        try:
            return self._answer(base, attack, known_as)
        finally:
            base.close()

    def _answer(self, base, attack, known_as):
        rows = {key: json.loads(body) for key, body in base.execute("SELECT key, body FROM row")}
        own = {key for key, body in rows.items() if body["SalesOrganization"] == OURS}
        found = re.search(r"'(\d+)'", attack.target)
        self.calls.append((known_as, ("GET", attack.target)))
        head = {"date": known_as, "x-correlation-id": known_as, "ratelimit": str(len(self.calls))}
        if found is None:
            count = len(rows if self.flaw == "counts" else own)
            return self._told_as(200, head, {"__count": count, "results": [rows[key]["Note"] for key in own]})
        key = found[1]
        if key in rows and key not in own:
            if self.flaw == "leaks":
                return self._told_as(200, head, rows[key]["PurchaseOrderByCustomer"].replace("-", "\\u002d"), raw=True)
            if self.flaw == "leaks in a head":
                head["x-note"] = rows[key]["PurchaseOrderByCustomer"].replace("CANARY", "%43ANARY")
            if self.flaw == "asks twice":
                self.calls.append((known_as, ("GET", attack.target)))
            if self.flaw == "says forbidden":
                return self._told_as(403, head, {"problem": "not yours"})
            if self.flaw == "writes" and attack.method == "DELETE":
                base.execute("DELETE FROM row WHERE key = ?", (key,))
        if self.flaw == "hands over" and key in own and attack.method == "PATCH":
            body = json.dumps({**rows[key], "SalesOrganization": THEIRS})
            base.execute("UPDATE row SET body = ? WHERE key = ?", (body, key))
        if self.flaw == "writes on reading" and attack.method == "GET":
            base.execute("DELETE FROM row WHERE key = '2002'")
        if key in own and attack.method == "PATCH":
            base.execute("UPDATE row SET parent = 'changed' WHERE key = ?", (key,))
        if key in own:
            return self._told_as(200, head, {"order": rows[key]["PurchaseOrderByCustomer"]})
        return self._told_as(404, head, {"instance": known_as, "title": "There is no such record"})

    def _told_as(self, status, head, value, *, raw=False):
        body = f'{{"x": "{value}"}}' if raw else json.dumps(value)
        lines = [f"HTTP/1.1 {status} x", *(f"{name}: {text}" for name, text in head.items()), "", body]
        return self._read("\r\n".join(lines).encode(), "GET")


def judged(bench, tmp_path, flaw, *more):
    gateway = Flawed(bench, tmp_path / "rows.sqlite", flaw)
    pins = {"mde": OURS, "mfr": THEIRS}
    ground = bench.grounds.Ground(
        "s4-eu", "", pins, bench.grounds.sales_rows, bench.grounds.plant_sales, bench.grounds.sales_tags, {}, ("1",),
        "/orders", "/orders('{0}')", lambda _: iter(()), (), lambda attack, _: attack, re.compile(rb'"SalesOrganization"'),
    )  # fmt: skip
    rows = bench.rows.Rows(gateway.path)
    first, canaries = ground.plant(FIRST, pins)
    for at, (kind, key, parent, body) in enumerate(first):
        first[at] = (kind, key, parent, json.dumps({**json.loads(body), "Note": key}))
    court = bench.court.Court(ground, rows, first, canaries, gateway.ask, gateway.heard)
    attack = bench.attack.Attack
    attacks = [
        attack("read", "GET", "/orders('2001')", "x"),
        attack("read", "GET", "/orders('4711')", "x"),
        attack("list", "GET", "/orders", "x"),
        attack("write", "DELETE", "/orders('2001')", "x"),
        attack("write", "PATCH", "/orders('4711')", "x", (), b"{}"),
        *more,
    ]
    faults = court.judge("mde", "mfr", attacks)
    assert court.sent == len(attacks)
    assert court.own_seen, "the caller's own record was answered"
    after = rows.all()
    rows.close()
    return faults, after == first


def test_nothing_is_found_where_nothing_is_wrong(bench, tmp_path):
    assert judged(bench, tmp_path, "") == ([], True), "own records may be read and changed; they are put back"


@pytest.mark.parametrize(
    ("flaw", "kinds"),
    [
        ("leaks", {"read", "hinted"}),
        ("leaks in a head", {"read", "hinted"}),
        ("says forbidden", {"hinted"}),
        ("asks twice", {"hinted"}),
        ("counts", {"hinted"}),
        ("writes", {"changed"}),
        ("hands over", {"changed"}),
        ("writes on reading", {"changed"}),
    ],
)
def test_what_is_planted_is_found(bench, tmp_path, flaw, kinds):
    faults, _ = judged(bench, tmp_path, flaw)
    assert {fault.partition(":")[0] for fault in faults} == kinds, faults


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"CANARY-MFR-ab12-7", True),
        (b"canary-mfr-ab12-7", True),
        (b'{"a": "CANARY\\u002dMFR-ab12-7"}', True),
        (b"x=CANARY%2DMFR-ab12-7", True),
        (b"order '2001'", True),
        (b'{"id": "0000002001"}', True),
        (b"order '4711'", False),
        (b"20011", False),
        (b"CANARY-MDE-ab12-7", False),
    ],
)
def test_canaries_in_whatever_form(bench, body, found):
    canaries = bench.judges.Canaries(re.compile(rb"CANARY-MFR-ab12", re.IGNORECASE), frozenset({"2001"}))
    told = bench.attack.Told(200, {}, body, b"HTTP/1.1 200 OK\r\n\r\n" + body)
    assert bool(canaries.found(told)) == found
    if b"2001" in body and found:
        assert not canaries.found(told, b"/orders('2001')"), "who names a key himself learns nothing from it"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b'{"SalesOrder": "4711"}', False),
        (b'{"SalesOrder": "4712"}', True),
        (b'{"SalesOrder": "4711", "next": "4712"}', True),
        (b'{"stray":"answer"}', False),
        (b'{"SalesOrder": "4711", "note": "CANARY-MFR"}', True),
    ],
)
def test_answers_that_belong_to_another_call(bench, body, wrong):
    canaries = {"mfr": bench.judges.Canaries(re.compile(b"CANARY-MFR"), frozenset())}
    told = bench.attack.Told(200, {}, body, body)
    assert bool(bench.crossed.misdelivered(told, "4711", aim(bench), canaries)) == wrong


def test_pairs(bench, tmp_path):
    forms = (("GET", "/orders('{0}')", (), None), ("GET", "/orders?$filter='{0}'", (), b'{"a": "{0}"}'))
    for flaw, count in (("", 0), ("asks twice", 2), ("says forbidden", 2), ("leaks", 2)):
        gateway = Flawed(bench, tmp_path / f"{count}{flaw}.sqlite", flaw)
        rows = bench.rows.Rows(gateway.path)
        rows.put(bench.grounds.plant_sales(FIRST, {"mde": OURS, "mfr": THEIRS})[0])
        assert len(list(bench.pairs.pairs(forms, "x", "2001", "2999", gateway.ask, gateway.heard))) == count, flaw
        rows.close()
    silent = bench.pairs.pairs(forms, "x", "2001", "2999", lambda *_: bench.attack.Told(), dict)
    assert len(list(silent)) == 2, "no answer shows nothing"


def aim(bench):
    return bench.attack.Aim(
        ("webshop for mde", "portal"), "mde", "mfr", THEIRS, OURS, ("4711", "4712", "4713"),
        ("2001", "2002", "2003", "2004", "2005", "2006"), {f"200{n}": f"tag-{n}" for n in range(1, 7)},
        {f"471{n}": f"tag-{n}" for n in range(1, 4)}, ("token-1",), {"customers": "c", "items": "i"},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["s4", "bc"])
def test_each_family_makes_attacks_and_none_has_a_gap(bench, name):
    made = getattr(bench, name)
    for family in made.FAMILIES:
        attacks = list(family(aim(bench)))
        assert len(attacks) > 100, family
        left = [a for a in attacks if re.search(r"<(pin|own|other|entity|foreign|key|wish|token)", str(a))]
        assert not left, left[0]
    drawn = bench.attack.chosen(aim(bench), made.FAMILIES, made.named, ("1", "2"), 700, 3)
    assert len({str(attack) for attack in drawn}) == len(drawn) == 700
    assert any("1%20eq%201%29%20or%20%281%20eq%201" in attack.target for attack in drawn)
    assert {attack.method for attack in drawn} == set(bench.attack.METHODS)


@pytest.mark.parametrize(
    "said",
    [
        b'{"SalesOrganization": 1}',
        rb'{"\u0053alesOrganization": 1}',
        b"?%53alesOrganization=1",
        b"?%2553alesOrganization=1",
    ],
)
def test_a_name_that_the_caller_wrote_is_told_back_in_any_writing(bench, said):
    assert b"SalesOrganization" in bench.judges.in_plain(said)
    assert b"SalesOrganization" not in bench.judges.in_plain(said.replace(b"alesO", b"alesP"))
