"""What becomes of a message with things that its contract does not name: by setting, mode, direction and offer."""

import json
from types import SimpleNamespace

import pytest

from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.document import parse_document
from contracts.modes import ModeRule, UnknownRule
from contracts.settings import Bounds
from policies import conform
from policies.conform import Conform
from policies.step import Answer, Call, Refusal, Span

A = {"type": "object", "properties": {"a": {"type": "string"}}}
CONTENT = {
    "application/json": {"schema": A}, "multipart/form-data": {"schema": A}, "application/xml": {"schema": A},
}  # fmt: skip
DOCUMENT = {
    "openapi": "3.2.0", "info": {"title": "t", "version": "1"},
    "paths": {"/it": {"post": {
        "operationId": "it", "security": [],
        "parameters": [{"name": "X-Acme-Note", "in": "header", "schema": {"type": "string"}},
                       {"name": "Content-Digest", "in": "header", "schema": {"type": "string"}}],
        "requestBody": {"content": CONTENT},
        "responses": {"200": {"description": "done", "content": CONTENT | {
            "application/x-ndjson": {"itemSchema": A},
            "text/event-stream": {"itemSchema": {"type": "object", "properties": {"data": {"type": "string"}}}},
        }}},
    }}},
}  # fmt: skip
EXTRA = b'{"a":"1","x":2}'
JSON = {b"content-type": b"application/json"}


@pytest.fixture(scope="module")
def operation():
    contract = read_contract(parse_document(json.dumps(DOCUMENT).encode(), "it.json"))
    return compile_operation(contract, contract.operations[0], "things", "1.0", Bounds())


class Runtime:
    def keep(self, key, make):
        return make()

    def __init__(self):
        self.events = []

    def count(self, event, **labels):
        self.events.append((event, labels))

    async def offload(self, fn, *args):
        self.events.append(("offload", {}))
        return fn(*args)


class Bench:
    def __init__(self, operation):
        self.operation = operation
        self.runtime = Runtime()
        self.reached = []
        self.answer = Answer(200, [(b"content-type", b"application/json")], b'{"a":"1"}')

    async def __call__(
        self, unknown=(), modes=(), body=EXTRA, headers=JSON, method="POST", isolation=None, bounds=None
    ):
        async def inner(call):
            self.reached.append(call)
            return self.answer

        async def read(most):
            return b""

        route = SimpleNamespace(
            operation=self.operation, entity_id="one", isolation=isolation, system=SimpleNamespace(protocol="rest")
        )
        rules = [UnknownRule(reason="a test", **one) for one in unknown]
        modes = [ModeRule(reason="a test", **one) for one in modes]
        step = Conform(modes, bounds or Bounds(), rules).bind(route, self.runtime, inner)
        self.call = Call("c", "u", method, b"/it", b"", headers, read, Span(), body=body)
        return await step(self.call)

    async def refused(self, *args, **more):
        with pytest.raises(Refusal) as caught:
            await self(*args, **more)
        return caught.value

    @property
    def told(self):
        return [value.decode() for name, value in self.call.answer_headers if name == b"contract-check"]


@pytest.fixture
def bench(operation):
    return Bench(operation)


async def test_nothing_is_asked_unless_a_policy_says_so(bench):
    await bench()

    assert (bench.reached[0].body, bench.told, bench.call.would_refuse) == (EXTRA, [], ())
    assert [event for event, _ in bench.runtime.events] in ([], ["validator_awaited", "offload"])


@pytest.mark.parametrize(
    ("unknown", "members"),
    [
        ([{"members": "strip"}, {"members": "report"}], "report"),
        ([{"members": "report"}, {"members": "strip", "direction": "answer"}], "report"),
        ([{"members": "report"}, {"members": "strip", "entity": "two"}], "report"),
        ([{"members": "report"}, {"members": "strip", "version": "2"}], "report"),
        ([{"members": "strip"}, {"cookies": "report"}], "strip"),
        ([{"members": "refuse"}, {"members": "allow", "operation": "it", "api": "things", "version": "1"}], "allow"),
    ],
)
async def test_each_setting_is_that_of_the_last_rule_that_matches_and_says_it(bench, unknown, members):
    await bench(unknown)

    assert bench.told == {"report": ["request=violates"], "strip": ["request=stripped"], "allow": []}[members]


async def test_a_stripped_body_loses_its_digests_and_is_counted(bench):
    headers = {**JSON, b"content-digest": b"sha-256=:x:", b"x-acme-note": b"1"}

    await bench([{"members": "strip"}], headers=headers)
    await bench([{"members": "strip"}], headers=headers, body=b'{"a":"1"}')

    stripped, kept = bench.reached
    assert (stripped.body, stripped.headers) == (b'{"a":"1"}', {**JSON, b"x-acme-note": b"1"})
    assert (kept.body, kept.headers) == (b'{"a":"1"}', headers)
    counted = [labels for event, labels in bench.runtime.events if event == "members_stripped"]
    assert counted == [{"direction": "request", "api": "things", "operation": "it"}]


@pytest.mark.parametrize("mode", ["enforce", "report", "off"])
async def test_refuse_goes_through_the_modes_and_strip_does_not(bench, mode):
    modes = [{"mode": mode}]
    if mode == "enforce":
        refusal = await bench.refused([{"members": "refuse"}], modes)
        assert (refusal.problem, refusal.errors[0]["rule"]) == (conform.REQUEST_VIOLATES, "undeclared")
    else:
        await bench([{"members": "refuse"}], modes)
        assert bench.reached[-1].body == EXTRA
        assert bench.told == (["request=violates"] if mode == "report" else [])
        assert bench.call.would_refuse == ((("request", "undeclared"),) if mode == "report" else ())
    await bench([{"members": "strip"}], modes)
    assert bench.reached[-1].body == b'{"a":"1"}'


async def test_the_rule_undeclared_has_a_mode_of_its_own(bench):
    await bench([{"members": "refuse"}], [{"mode": "report", "rule": "undeclared"}])

    assert bench.told == ["request=violates"]


XML = {b"content-type": b"application/xml"}
PARTS = {b"content-type": b"multipart/form-data; boundary=b"}
FORM = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n'


@pytest.mark.parametrize(("headers", "body"), [(XML, b"<a/>"), (PARTS, FORM), (JSON, b'{"a":1,"a":2}')])
@pytest.mark.parametrize("mode", ["report", "off"])
async def test_what_was_to_be_stripped_and_cannot_be_is_refused_whatever_the_mode_says(bench, headers, body, mode):
    refusal = await bench.refused([{"members": "strip"}], [{"mode": mode}], body, headers)

    assert refusal.problem is conform.REQUEST_NOT_CHECKED
    assert refusal.detail
    await bench([{"members": "strip", "unchecked": "allow"}], [{"mode": mode}], body, headers)
    assert bench.reached[-1].body == body
    assert "request=could-not-check" in bench.told or "request=violates" in bench.told


async def test_what_cannot_be_looked_through_is_judged_by_its_mode_under_refuse_and_told_under_report(bench):
    rule = [{"mode": "enforce", "unchecked": "allow"}]

    await bench([{"members": "report"}], rule, b"<a/>", XML)
    assert (bench.told, bench.call.would_refuse) == (["request=could-not-check"], (("request", "could-not-check"),))
    refusal = await bench.refused([{"members": "refuse"}], [], b"<a/>", XML)
    assert refusal.problem is conform.REQUEST_NOT_CHECKED


async def test_a_streamed_answer_does_not_pass_unstripped(bench):
    async def stream():
        yield b"{}"

    bench.answer = Answer(200, [(b"content-type", b"application/json")], stream())

    refusal = await bench.refused([{"members": "strip", "direction": "answer"}], body=b"")

    assert (refusal.problem, refusal.fault) == (conform.ANSWER_NOT_CHECKED, "contract")
    assert "streamed" in refusal.detail


async def test_an_answer_to_a_write_that_is_hidden_says_where_the_record_is(bench):
    bench.answer = Answer(200, [(b"content-type", b"application/xml"), (b"location", b"https://x/1")], b"<a/>")

    refusal = await bench.refused([{"members": "strip", "direction": "answer"}], body=b"")

    assert refusal.members == {"location": "https://x/1"}


async def test_an_answer_out_of_the_sample_is_stripped_all_the_same_but_not_judged(bench, monkeypatch):
    monkeypatch.setattr(conform, "_lot", lambda: 0.9)
    sampled = [{"mode": "enforce", "direction": "answer", "sample": 0.5}]
    bench.answer = Answer(200, [(b"content-type", b"application/json")], EXTRA)

    answer = await bench([{"members": "refuse"}], sampled, b"")
    assert (answer.body, bench.told) == (EXTRA, [])
    answer = await bench([{"members": "strip"}], sampled, b"")
    assert (answer.body, bench.told) == (b'{"a":"1"}', ["answer=stripped"])


async def test_a_head_and_an_empty_body_have_nothing_to_strip(bench):
    bench.answer = Answer(200, [(b"content-type", b"application/json")], b"")

    await bench([{"members": "strip"}], [{"mode": "off"}], b"", {}, "HEAD")

    assert bench.told == []


async def test_an_answer_loses_its_digest_with_what_is_stripped(bench):
    bench.answer = Answer(200, [(b"content-type", b"application/json"), (b"repr-digest", b"x")], EXTRA)

    answer = await bench([{"members": "strip"}], body=b"")

    assert answer.headers == [(b"content-type", b"application/json")]


async def test_isolation_is_not_loosened_by_cutting_what_it_refuses(bench):
    refusal = await bench.refused([{"members": "strip"}], isolation=SimpleNamespace())

    assert refusal.errors[0]["rule"] == "undeclared"
    assert bench.reached == []
    bench.answer = Answer(200, [(b"content-type", b"application/json")], EXTRA)
    assert (await bench([{"members": "strip"}], body=b"", isolation=SimpleNamespace())).body == b'{"a":"1"}'


async def test_what_the_contract_rules_out_itself_is_told_once(bench):
    looked = conform.Unknown(refuse=(conform.Violation("body", "/x", "undeclared", "w"),))
    own = conform.Judgement("violates", (conform.Violation("body", "/x", "additionalProperties", "w"),))

    assert looked.with_(own) is own
    assert (
        len(looked.with_(conform.Judgement("violates", (conform.Violation("body", "/x", "type", "w"),))).violations)
        == 2
    )


@pytest.mark.parametrize(
    ("setting", "told"), [("report", ["request=violates"]), ("refuse", None), ("strip", []), (None, [])]
)
async def test_headers_of_a_family(bench, setting, told):
    headers = {**JSON, b"x-acme-note": b"1", b"x-acme-more": b"CANARY", b"x-other": b"1"}
    unknown = [] if setting is None else [{"headers": setting, "families": ("x-acme-",)}]

    if told is None:
        refusal = await bench.refused(unknown, headers=headers)
        assert [(e["location"], e["pointer"]) for e in refusal.errors] == [("header", "x-acme-more")]
        assert "CANARY" not in str(refusal.errors) + refusal.detail
    else:
        await bench(unknown, headers=headers)
        assert bench.told == told


@pytest.mark.parametrize("size", [100, 1_000_000])
async def test_a_large_body_is_worked_on_off_the_loop(bench, size):
    body = b'{"a":"' + b"y" * size + b'","x":1}'

    await bench([{"members": "strip"}], [{"mode": "off"}], body)

    assert bench.reached[0].body == body[:-7] + b"}"
    assert ("offload", {}) in bench.runtime.events or size == 100
    assert [event for event, _ in bench.runtime.events].count("offload") == (1 if size > 100 else 0)


async def streamed(bench, kind, pieces, *rules, modes=(), bounds=None):
    """What goes out of a streamed answer, and the refusal that cut it."""
    closed = []

    async def stream():
        try:
            for piece in pieces:
                yield piece
        finally:
            closed.append(1)

    bench.answer = Answer(200, [(b"content-type", kind), (b"content-digest", b"x")], stream())
    out, refusal = [], None
    try:
        answer = await bench(rules, modes, b"", {}, bounds=bounds)
        async for piece in answer.body:
            out.append(piece)  # noqa: PERF401 - what came before the cut counts
    except Refusal as error:
        refusal = error
    return out, refusal


LINES = [b'{"a":"1"}\n{"a":"2",', b' "x":"CANARY"}\n', b'{"x":1}']
NDJSON, EVENTS = b"application/x-ndjson", b"text/event-stream"
STRIP, REFUSE, REPORT = ({"members": members, "direction": "answer"} for members in ("strip", "refuse", "report"))


@pytest.mark.parametrize("mode", ["enforce", "report", "off"])
async def test_lines_of_a_stream_are_stripped_as_they_come(bench, mode):
    out, refusal = await streamed(bench, NDJSON, LINES, STRIP, modes=[{"mode": mode}])

    assert (b"".join(out), refusal) == (b'{"a":"1"}\n{"a":"2"}\n{}', None)
    assert bench.answer.headers == [(b"content-type", NDJSON)]
    assert [event for event, _ in bench.runtime.events].count("members_stripped") == 2


async def test_a_line_with_something_unknown_cuts_a_stream_that_refuses_it(bench):
    out, refusal = await streamed(bench, NDJSON, LINES, REFUSE, modes=[{"mode": "enforce"}])

    assert out == [b'{"a":"1"}\n']
    assert [(error["pointer"], error["rule"]) for error in refusal.errors] == [("/0/x", "undeclared")]


async def test_lines_of_a_stream_are_told_of_once(bench):
    out, refusal = await streamed(bench, NDJSON, LINES, REPORT)

    assert (b"".join(out), refusal) == (b"".join(LINES), None)
    assert bench.call.would_refuse == (("answer", "undeclared"),)


@pytest.mark.parametrize(
    ("kind", "pieces"),
    [(NDJSON, [b'{"a":"1"}\n{"a":\n']), (EVENTS, [b"data: 1\n\n", b"event: x\ndata: 2\n\n"]),
     (NDJSON, [b'{"a":"1"}\n', b'{"a":"' + b"y" * 3_000])],
)  # fmt: skip
async def test_an_item_that_cannot_be_stripped_cuts_the_stream(bench, kind, pieces):
    bounds = Bounds(item_bytes=1024)
    for mode in ("enforce", "off"):
        out, refusal = await streamed(bench, kind, pieces, STRIP, modes=[{"mode": mode}], bounds=bounds)
        assert len(out) == 1
        assert refusal.problem in (conform.ANSWER_NOT_CHECKED, conform.ANSWER_VIOLATES)
    out, refusal = await streamed(
        bench, kind, pieces, {**STRIP, "unchecked": "allow"}, modes=[{"mode": "off"}], bounds=bounds
    )
    assert (b"".join(out), refusal) == (b"".join(pieces), None)


async def test_an_item_is_judged_for_each_rule_that_it_breaks(operation):
    items = {"itemSchema": {"type": "array", "items": {"type": "string", "maxLength": 1}}}
    document = json.loads(json.dumps(DOCUMENT))
    document["paths"]["/it"]["post"]["responses"]["200"]["content"] = {"application/x-ndjson": items}
    contract = read_contract(parse_document(json.dumps(document).encode(), "it.json"))
    bench = Bench(compile_operation(contract, contract.operations[0], "things", "1.0", Bounds()))
    line = json.dumps([*range(50), "long"]).encode() + b"\n"

    modes = [{"mode": "enforce"}, {"mode": "report", "rule": "type"}]
    out, refusal = await streamed(bench, NDJSON, [line], modes=modes)

    assert (out, [error["rule"] for error in refusal.errors]) == ([], ["maxLength"])
