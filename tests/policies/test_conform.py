"""What happens with a judgement: modes by place, three outcomes, nothing silent."""

from types import SimpleNamespace

import pytest

from contracts.judgement import CONFORMS, Judgement, Violation
from contracts.modes import ModeRule
from contracts.settings import Bounds
from policies import conform
from policies.conform import Conform
from policies.step import Answer, Call, Identity, Refusal, Span

WRONG = Judgement("violates", (Violation("body", "/qty", "type", "expected an integer", "/x/type"),))
UNREAD = Judgement("could_not_check", reason="XML cannot be checked")


class Operation:
    api, version, operation_id, method, pointer, template = "orders", "1.2", "getOrder", "GET", "/p", "/orders"
    ready = True

    def __init__(self, request=CONFORMS, answer=CONFORMS, safe=True):
        self.request, self.answer, self.safe, self.built = request, answer, safe, 0

    def build(self):
        self.built += 1
        self.ready = True

    def judge_request(self, values, query, headers, body):
        return self.request

    def judge_answer(self, status, headers, body, *, head=False, itemwise=False):
        assert itemwise
        return self.answer


class Runtime:
    def __init__(self):
        self.events = []

    def count(self, event, **labels):
        self.events.append((event, labels))

    async def offload(self, fn, *args):
        return fn(*args)


async def unread(bound):
    return b""


def call(consumer="webshop", method="GET"):
    made = Call("id", "uuid", method, b"/", b"", {}, unread, Span(), body=b"{}")
    made.identity = Identity(consumer, "p", "internal", ("mna",), None, None, {}, "jwt", frozenset(), "x")
    return made


ANSWER = Answer(201, [(b"location", b"https://api.example/orders/4711")], b"{}")


def step(operation, *rules, runtime=None, answer=ANSWER):
    async def inner(call):
        call.effect = "none" if operation.safe else "applied"
        return answer

    route = SimpleNamespace(operation=operation, entity_id="mna")
    return Conform(rules, Bounds()).bind(route, runtime or Runtime(), inner)


def rule(mode, **where):
    return ModeRule(mode=mode, reason="a test", **where)


async def refused(bound, asked=None):
    with pytest.raises(Refusal) as caught:
        await bound(asked or call())
    return caught.value


async def test_what_conforms_passes_silently():
    runtime, asked = Runtime(), call()

    assert await step(Operation(), runtime=runtime)(asked) is ANSWER
    assert (runtime.events, asked.answer_headers, asked.outcomes) == ([], [], {})


async def test_a_request_that_violates_is_refused_with_its_places():
    refusal = await refused(step(Operation(request=WRONG)))

    assert refusal.problem is conform.REQUEST_VIOLATES
    assert refusal.errors == (
        {"pointer": "/qty", "location": "body", "rule": "type", "message": "expected an integer", "contract": "/x/type"},
    )


async def test_a_media_type_that_is_not_taken_is_415():
    media = Judgement("violates", (Violation("header", "Content-Type", "content", "expected application/json"),))

    assert (await refused(step(Operation(request=media)))).problem is conform.MEDIA_TYPE_NOT_TAKEN


@pytest.mark.parametrize("direction", ["request", "answer"])
async def test_what_could_not_be_checked_is_refused_counted_and_named(direction):
    runtime = Runtime()

    refusal = await refused(step(Operation(**{direction: UNREAD}), runtime=runtime))

    assert refusal.detail == "XML cannot be checked"
    assert runtime.events[0][1] | {"outcome": "could_not_check", "refused": "true"} == runtime.events[0][1]


@pytest.mark.parametrize("direction", ["request", "answer"])
async def test_unless_a_rule_allows_it_and_then_the_answer_says_so(direction):
    asked = call()

    await step(Operation(**{direction: UNREAD}), rule("enforce", unchecked="allow"))(asked)

    assert asked.answer_headers == [(b"contract-check", f"{direction}=could-not-check".encode())]
    assert asked.outcomes == {direction: "could_not_check (let through)"}


@pytest.mark.parametrize("mode", ["report", "off"])
async def test_report_lets_through_and_says_so_off_asks_nothing(mode):
    runtime, asked = Runtime(), call()

    await step(Operation(request=WRONG, answer=WRONG), rule(mode), runtime=runtime)(asked)

    assert [name for name, _ in runtime.events].count("contract") == (2 if mode == "report" else 0)
    assert [name for name, _ in asked.answer_headers] == [b"contract-check"] * (len(runtime.events) // 2)


async def test_answers_to_writes_are_only_reported_by_default():
    asked = call(method="POST")

    assert await step(Operation(answer=WRONG, safe=False))(asked) is ANSWER
    assert asked.outcomes == {"answer": "violates (let through)"}


async def test_under_enforce_the_problem_says_where_the_record_is():
    refusal = await refused(step(Operation(answer=WRONG, safe=False), rule("enforce")), call(method="POST"))

    assert refusal.headers == ((b"location", b"https://api.example/orders/4711"),)
    assert refusal.members == {"location": "https://api.example/orders/4711"}
    assert "do not send it again" in refusal.detail


async def test_an_undeclared_status_is_told():
    unknown = Judgement("violates", (Violation("status", "", "responses", "not declared"),))

    refusal = await refused(step(Operation(answer=unknown), answer=Answer(503, [], b"")))

    assert (refusal.problem, refusal.fault) == (conform.ANSWER_VIOLATES, "system")
    assert "answered 503" in refusal.detail


@pytest.mark.parametrize(
    ("where", "applies"),
    [
        ({}, True), ({"api": "orders"}, True), ({"api": "stock"}, False), ({"version": "1.2"}, True),
        ({"version": "1"}, True), ({"version": "1.1"}, False), ({"operation": "getOrder"}, True),
        ({"operation": "other"}, False), ({"direction": "request"}, True), ({"direction": "answer"}, False),
        ({"entity": "mna"}, True), ({"entity": "mde"}, False), ({"consumer": "webshop"}, True),
        ({"consumer": "edi"}, False),
    ],
)  # fmt: skip
async def test_a_rule_applies_where_everything_it_names_matches(where, applies):
    bound = step(Operation(request=WRONG), rule("report", **where))

    if applies:
        assert await bound(call()) is ANSWER
    else:
        await refused(bound)


async def test_the_last_rule_that_matches_decides():
    await refused(step(Operation(request=WRONG), rule("off"), rule("enforce", api="orders")))


async def test_a_call_that_comes_before_its_validator_waits_and_is_counted():
    operation, runtime = Operation(), Runtime()
    operation.ready = False

    await step(operation, runtime=runtime)(call())

    assert (operation.built, runtime.events[0][0]) == (1, "validator_awaited")
