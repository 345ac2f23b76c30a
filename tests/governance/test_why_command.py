"""`tidewaiter why`: found by any name, told from log and ledger, and honest about what could not be read."""

import gzip
import io
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from contracts.workspace import load
from policies.ledger import AuditRecord, Ledger
from policies.suspension_ledger import SuspensionLedger
from policies.unknown_effects import UnknownEffect

AT = "2026-07-01T12:00:00.500000Z"
SECONDS = datetime.fromisoformat(AT).timestamp()
CALL = "0f6f06a4-4805-46bc-b3ae-e05f3a07fd92"
TRACE = "946e38083ec070caba328b70ea9dbc53"


def line(**changes):
    """An access line as the gateway writes it."""
    return {
        "id": "shop-order-1", "call": CALL, "trace": TRACE, "method": "GET", "status": 200, "end": "complete", "ms": 50.0,
        "address": "192.0.2.7", "in_bytes": 0, "out_bytes": 321, "consumer": "shop", "credential": "staff/k1",
        "api": "orders", "version": "1.1", "operation": "getOrder", "path": "/orders/{id}", "entity": "north",
        "system": "erp-north", "attempts": 2, "system_ms": 30.0, "effect": "none", "event": "served", "timestamp": AT,
        "sent": [
            {"at_ms": 2.0, "ms": 10.0, "status": 503, "wait_ms": 1.0, "fault": "outage"},
            {"at_ms": 25.0, "ms": 20.0, "status": 200},
        ],
        "wait_ms": 1.0, **changes,
    }  # fmt: skip


def without(told, *names):
    return {name: value for name, value in told.items() if name not in names}


REFUSED = {
    **without(line(), "sent", "wait_ms"), "status": 429, "attempts": 0, "ms": 0.4, "problem": "rate-limited",
    "fault": "gateway", "detail": "per-minute: 600 in 60 seconds.",
}  # fmt: skip


@pytest.fixture
def why(workspace, command, tmp_path):
    """Run the command on these lines."""

    def run(name, *lines, more=(), code=0, form="text"):
        log = tmp_path / "access.log"
        log.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
        got, out, err = command(
            "why", name, "--workspace", workspace.folder, "--log", log, "--format", form, *more
        )  # fmt: skip
        assert got == code, (out, err)
        return SimpleNamespace(out=out, err=err, calls=json.loads(out)["calls"] if form == "json" else None)

    return run


GOLDEN = """\
2026-07-01T12:00:00.450Z  correlation shop-order-1, call 0f6f06a4-4805-46bc-b3ae-e05f3a07fd92, trace \
946e38083ec070caba328b70ea9dbc53
  who       shop by staff/k1 from 192.0.2.7
  asked     GET /orders/{id}: getOrder of orders 1.1, for north on erp-north
            consumers/shop.yaml:1: the consumer shop
            contracts/orders/1.1.yaml:15: the operation getOrder
            entities/north.yaml:6: the offer of north
  passed    every step, wire to transport
  sent      1 of 2 at 2.0 ms: 503 after 10.0 ms, told as outage by the product's profile; it had waited 1.0 ms for room
            2 of 2 at 25.0 ms: 200 after 20.0 ms
  times     50.0 ms in all: 1.0 before the system, 1.0 waiting for room, 30.0 at the system, 13.0 between attempts, 5.0 \
after its answer
  bytes     0 came in, 321 went out
  outcome   200, answered completely
"""


def test_golden_text(why):
    assert why("shop-order-1", line()).out == GOLDEN


def test_a_refusal_names_step_detail_and_file(why, workspace):
    out = why("shop-order-1", REFUSED).out

    limit = workspace.line_of("policies/plans.yaml", "per-minute")
    plan = workspace.line_of("consumers/shop.yaml", "plan:")
    assert "  passed    wire to maintenance\n  refused   by limits: 429 rate-limited\n" in out
    assert f"decided by policies/plans.yaml:{limit}: the limit `per-minute` of the plan `standard`\n" in out
    assert f"decided by consumers/shop.yaml:{plan}: the consumer is on the plan `standard`\n" in out


def test_json_holds_all(why):
    (told,) = why("shop-order-1", REFUSED, form="json").calls

    assert (told["refused"], told["problem"], told["passed"][-1], told["not_reached"][0]) == (
        "limits", "rate-limited", "maintenance", "access",
    )  # fmt: skip
    assert told["decided"][0] == {
        "what": "the limit `per-minute` of the plan `standard`", "file": "policies/plans.yaml", "line": 4, "written": True,
    }  # fmt: skip
    assert told["phases"] == {"before": 0.4, "waiting": 0.0, "at_system": 0.0, "between": 0.0, "after": 0.0}


@pytest.mark.parametrize(
    "name",
    [
        "shop-order-1", TRACE, f"00-{TRACE}-b61ba24076d06cd4-00", CALL, f"urn:uuid:{CALL}", f"URN:UUID:{CALL.upper()}",
        f"  {CALL}\n",
    ],
)  # fmt: skip
def test_found_by_any_name(why, name):
    other = line(id="another-call", call="c0e1cb18-9bd2-4b12-846b-ddeee96c1f9f", trace="0" * 31 + "1")

    (told,) = why(name, other, line(), form="json").calls

    assert told["call"] == CALL


def test_what_the_wire_refused_is_found_by_its_trace_too(why):
    told = {
        "id": CALL,
        "address": "192.0.2.7",
        "problem": "bad-host",
        "end": "complete",
        "event": "refused",
        "timestamp": AT,
    }

    out = why(CALL.replace("-", ""), told).out

    assert "refused   by wire: 400 bad-host" in out
    assert "what came never became a call" in out


def test_all_calls_of_one_correlation_id_in_order(why):
    later = line(call="1" + CALL[1:], timestamp="2026-07-01T13:00:00Z", status=404)

    calls = why("shop-order-1", later, line(), line(), form="json").calls

    assert [(one["call"], one["status"]) for one in calls] == [(CALL, 200), ("1" + CALL[1:], 404)]


def test_a_value_that_only_stands_somewhere_in_a_line_is_no_name(why):
    assert "no call named" in why("192.0.2.7", line(), code=1).err


def test_nothing_found_says_what_was_searched(why):
    told = why("nobody-knows-it", line(timestamp="2026-06-01T00:00:00Z"), "half a li", line(), code=1)

    assert told.out == ""
    assert "access.log: 3 lines, 1 of them no whole access line, from 2026-06-01T00:00:00Z to " + AT in told.err
    assert "no ledger was read" in told.err
    assert "no call named nobody-knows-it was found" in told.err


def test_broken_lines_are_counted_where_it_was_found_too(why):
    told = why("shop-order-1", line(), '{"id": "shop-order-1", "cal', '{"id": "shop-order-1" "call"}', "\x00\x01")

    assert told.out == GOLDEN
    assert "4 lines, 3 of them no whole access line" in told.err


def test_a_long_line_is_not_held(why):
    told = why("shop-order-1", "x" * 3_000_000, line())

    assert told.out == GOLDEN
    assert "2 lines, 1 of them no whole access line" in told.err


def test_rotated_logs_and_stdin(workspace, command, tmp_path, monkeypatch):
    with gzip.open(tmp_path / "access.log.1.gz", "wt") as old:
        old.write(json.dumps(line(timestamp="2026-06-01T00:00:00Z", call="1" + CALL[1:])) + "\n")
    piped = SimpleNamespace(buffer=io.BytesIO(json.dumps(line()).encode() + b"\n"))
    monkeypatch.setattr(sys, "stdin", piped)

    code, out, _ = command(
        "why", "shop-order-1", "-w", workspace.folder, "--log", tmp_path / "access.log.1.gz", "--log", "-",
        "--format", "json",
    )  # fmt: skip

    content = json.loads(out)
    assert code == 0
    assert [one["call"] for one in content["calls"]] == ["1" + CALL[1:], CALL]
    assert [one["lines"] for one in content["searched"]] == [1, 1]


def test_the_log_of_the_gateway_that_was_started_here_is_found(workspace, command, tmp_path):
    log = tmp_path / "access.log"
    log.write_text(json.dumps(line()) + "\n")
    workspace.write(".tidewaiter/served.json", json.dumps({"access_log": str(log), "environment": None}))

    code, out, _ = command("why", "shop-order-1", "-w", workspace.folder)

    assert (code, out) == (0, GOLDEN)


@pytest.mark.parametrize(
    ("served", "said"),
    [(None, "no gateway was started here"), ({"access_log": None, "environment": "test"}, "standard output")],
)
def test_a_log_that_is_not_known_is_said(workspace, command, served, said):
    if served is not None:
        workspace.write(".tidewaiter/served.json", json.dumps(served))

    code, _, err = command("why", "shop-order-1", "-w", workspace.folder)

    assert code == 1
    assert f"no access log was read: " in err and said in err  # noqa: F541, PT018


def test_what_cannot_be_read_ends_with_2(workspace, command, tmp_path):
    def fails(*arguments):
        code, out, err = command("why", *arguments)
        assert (code, out) == (2, "")
        return err

    good = ("-w", workspace.folder)
    assert "nowhere.log cannot be read: No such file" in fails("shop-order-1", *good, "--log", tmp_path / "nowhere.log")
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(b"x" * 100_000)[:60])
    assert "cut.gz cannot be read" in fails("shop-order-1", *good, "--log", cut)
    broken = tmp_path / "ledger.sqlite"
    broken.write_text("no database" * 100)
    assert "ledger" in fails("shop-order-1", *good, "--ledger", broken)
    assert "an id is" in fails("what?", *good)
    assert "no-workspace" in fails("shop-order-1", "-w", tmp_path / "nowhere")


def test_a_log_alone_is_enough(command, tmp_path):
    log = tmp_path / "access.log"
    log.write_text(json.dumps(REFUSED) + "\n")

    code, out, err = command("why", "shop-order-1", "-w", tmp_path, "--log", log)

    assert code == 0
    assert "by limits: 429 rate-limited" in out
    assert "decided" not in out
    assert "which file decided is not told" in err


def ledger_with(path, *records):
    writing = Ledger(path, lambda: None)
    for record in records:
        (writing.refused if isinstance(record, AuditRecord) else writing.effect_unknown)(record)
    writing.close()


def audit(**changes):
    content = {
        "at": SECONDS, "correlation": "shop-order-1", "consumer": "shop", "credential": "staff/k1",
        "address": "192.0.2.7", "problem": "rate-limited", "status": 429, "api": "orders", "version": "1.1",
        "operation": "getOrder", "entity": "north", "fault": "gateway", "effect": "none", "call": CALL, "trace": TRACE,
    }  # fmt: skip
    return AuditRecord(**{**content, **changes})


UNKNOWN = UnknownEffect(
    SECONDS, "shop-order-1", CALL, "shop", "orders", "1.1", "getOrder", "POST", "north", "erp-north", "system-timeout",
    504, 1, "complete",
)  # fmt: skip


@pytest.mark.parametrize("name", ["shop-order-1", CALL, TRACE])
def test_the_ledger_alone_tells_of_a_refusal(workspace, command, name):
    ledger_with(workspace.folder / ".tidewaiter/ledger.sqlite", audit())

    code, out, _ = command("why", name, "-w", workspace.folder)

    assert code == 0
    assert "refused   by limits: 429 rate-limited" in out
    assert "for north on erp-north" in out
    assert "only the ledger tells of it" in out
    assert "asked     GET /orders/{id}: getOrder of orders 1.1" in out, "the ledger keeps neither: the contract does"


def test_log_and_ledger_tell_of_one_call_once(why, workspace):
    ledger_with(workspace.folder / ".tidewaiter/ledger.sqlite", audit(), UNKNOWN)

    (told,) = why("shop-order-1", REFUSED, form="json").calls

    assert told["sources"] == ["log", "ledger"]
    assert told["unknown_effect"]


def test_a_write_of_unknown_effect_says_what_to_do(why, workspace):
    ledger_with(workspace.folder / ".tidewaiter/ledger.sqlite", UNKNOWN)
    sent = [{"at_ms": 1.0, "ms": 1000.0, "status": 0, "problem": "system-timeout"}]

    out = why("shop-order-1", line(
        method="POST", status=504, problem="system-timeout", effect="unknown", attempts=1, sent=sent, ms=1002.0,
    )).out  # fmt: skip

    assert "refused   by transport: 504 system-timeout" in out
    assert "decided by systems/erp-north.yaml (default): the timeouts of the system" in out
    assert "effect    unknown: look it up in the system by its correlation id before it is sent again" in out
    assert "`tidewaiter report unknown-effects` lists it" in out


def test_a_ledger_of_an_older_version_is_read(why, workspace):
    path = workspace.folder / ".tidewaiter/ledger.sqlite"
    ledger_with(path, audit(), audit(correlation="only-in-the-ledger"))
    with closing(sqlite3.connect(path)) as database, database:
        for column in ("call", "trace", "release"):
            database.execute(f"ALTER TABLE refusals DROP COLUMN {column}")
        database.execute("DROP TABLE unknown_effects")

    assert len(why("shop-order-1", REFUSED, form="json").calls) == 1
    (told,) = why("only-in-the-ledger", REFUSED, form="json").calls
    assert told["sources"] == ["ledger"]


def test_a_suspension_is_told_as_it_was_then(why, workspace):
    path = workspace.folder / ".tidewaiter/ledger.sqlite"
    path.parent.mkdir()
    with closing(SuspensionLedger(path)) as ledger:
        ledger.suspend("consumer", "shop", "its key leaked", "ann")
    suspended = {**without(REFUSED, "operation", "version", "path", "entity", "system", "api", "detail"),
                 "problem": "consumer-suspended", "status": 403, "matched": "orders@1"}  # fmt: skip
    now = datetime.now(UTC).isoformat()

    then = why("shop-order-1", suspended).out
    after = why("shop-order-1", {**suspended, "timestamp": now}).out

    assert "its key leaked" not in then
    assert "decided: `tidewaiter suspend consumer shop` by ann, reason: its key leaked" in after
    assert "GET something of orders" in after


def test_the_release_says_whether_the_files_are_still_those(why, workspace):
    digest = load(workspace.folder, "test").digest.removeprefix("sha256:")[:12]

    same = why("shop-order-1", line(release=digest)).out
    changed = why("shop-order-1", line(release="0123456789ab")).out

    assert f"release   {digest}; the workspace is still the same" in same
    assert "the workspace here is not that one: its files may tell otherwise" in changed


def test_text_of_a_log_takes_no_effect(why):
    out = why("shop-order-1", line(consumer="\x1b[31mshop", problem="x\u202ey", detail="::error::z")).out

    assert "\x1b" not in out
    assert "\u202e" not in out


def test_odd_values_in_a_line_are_borne(why):
    out = why("shop-order-1", line(sent="nonsense", ms="long", attempts=None, timestamp="yesterday", contract=None)).out

    assert "shop by staff/k1" in out
