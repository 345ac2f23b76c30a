"""What happens with a judgement: modes by place, three outcomes, nothing silent."""

import time
from types import SimpleNamespace

import pytest

from contracts.judgement import CONFORMS, Judgement, Violation
from contracts.modes import ModeRule
from contracts.settings import Bounds
from policies import conform
from policies.conform import Conform
from policies.overrides import Override, elapsed, kept_overrides
from policies.shown_values import values_of
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
        self.kept = {}

    def keep(self, key, make):
        return self.kept.setdefault(key, make())

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
        {
            "pointer": "/qty",
            "location": "body",
            "rule": "type",
            "message": "expected an integer",
            "contract": "/x/type",
        },
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


LONG = Violation("body", "/note", "maxLength", "expected a text of at most 5 characters", "/y/maxLength")
BOTH = Judgement("violates", (WRONG.violations[0], LONG))


class Precise(Operation):
    """Asked for each rule that was broken, as where rules have modes of their own."""

    def judge_request(self, values, query, headers, body, *, every=False):
        assert every
        return self.request

    def judge_answer(self, status, headers, body, *, head=False, itemwise=False, every=False):
        assert every
        return self.answer


async def test_a_rule_with_a_mode_of_its_own_leaves_the_others_as_they_are():
    runtime, asked = Runtime(), call()
    bound = step(Precise(request=BOTH), rule("report", rule="type"), runtime=runtime)

    refusal = await refused(bound, asked)

    assert [(error["pointer"], error["rule"]) for error in refusal.errors] == [("/note", "maxLength")]
    assert asked.would_refuse == ()
    assert await step(Precise(request=WRONG), rule("report", rule="type"), runtime=runtime)(asked) is ANSWER
    assert asked.would_refuse == (("request", "type"),)
    assert ("would_refuse", {"direction": "request", "rule": "type", "version": "1.2", "api": "orders",
                             "operation": "getOrder"}) in runtime.events  # fmt: skip


async def test_one_rule_is_enforced_where_all_others_are_off():
    rules = rule("off"), rule("enforce", rule="type")

    refusal = await refused(step(Precise(request=BOTH), *rules))

    assert [error["rule"] for error in refusal.errors] == ["type"]
    assert await step(Precise(request=Judgement("violates", (LONG,))), *rules)(call()) is ANSWER
    assert await step(Precise(request=UNREAD), *rules)(call()) is ANSWER


async def test_a_later_entry_without_a_rule_decides_for_all_again():
    rules = rule("report", rule="type"), rule("enforce")

    await refused(step(Operation(request=WRONG), *rules))


async def test_a_reported_rule_does_not_let_through_what_could_not_be_checked():
    both = Judgement("violates", WRONG.violations, "XML cannot be checked")

    refusal = await refused(step(Precise(request=both), rule("report", rule="type")))
    asked = call()
    await step(Precise(request=both), rule("report", rule="type"), rule("report"), rule("off", rule="type"))(asked)

    assert (refusal.problem, refusal.detail) == (conform.REQUEST_NOT_CHECKED, "XML cannot be checked")
    assert asked.would_refuse == (("request", "could-not-check"),)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
async def test_a_sample_of_answers_is_judged_by_lot_and_all_are_counted(share, monkeypatch):
    numbers = [n / 100 for n in range(100)]
    monkeypatch.setattr(conform, "_lot", iter(numbers).__next__)
    runtime = Runtime()
    bound = step(Operation(answer=WRONG), rule("report", direction="answer", sample=share), runtime=runtime)

    told = 0
    for _ in numbers:
        asked = call()
        await bound(asked)
        told += bool(asked.answer_headers)
        assert asked.outcomes["answer"] == ("violates (let through)" if asked.answer_headers else "not in the sample")

    judged = [labels["judged"] for event, labels in runtime.events if event == "answer_sampled"]
    assert (told, judged.count("true"), len(judged)) == (share * 100, share * 100, 100)


async def test_the_lot_has_nothing_of_the_call_and_the_stated_share():
    drawn = sum(conform._lot() < 0.25 for _ in range(40_000))

    assert abs(drawn - 10_000) < 600  # more than six standard deviations


async def test_requests_are_judged_whatever_the_sample_of_answers():
    await refused(step(Operation(request=WRONG), rule("enforce", direction="answer", sample=0.0001)))


def test_at_most_twenty_errors_are_told():
    many = tuple(Violation("body", f"/{n}", "type", "expected an integer", "/x") for n in range(30))

    assert len(conform.errors_of(many)) == 20


SECRETS = [
    ("body", "/password", None), ("body", "/deep/apiKey", None), ("body", "/deep", None), ("body", "/none", None),
    ("body", "/list/1", '"b"'), ("body", "/a~1b", "1.50"), ("body", "/long", '"' + "x" * 99 + "..."),
    ("query", "q", "1 2"), ("query", "token", None), ("query", "none", None), ("path", "id", "4711"),
    ("header", "x-note", None), ("cookie", "sid", None),
]  # fmt: skip


@pytest.mark.parametrize(("location", "pointer", "value"), SECRETS)
def test_values_are_shown_of_bodies_queries_and_paths_but_no_secret(location, pointer, value):
    asked = call()
    asked.headers = {b"x-note": b"CANARY", b"cookie": b"sid=CANARY"}
    asked.query, asked.values = b"q=1+2&token=CANARY", (b"4711",)
    asked.body = (
        b'{"password":"CANARY","deep":{"apiKey":"CANARY"},"list":["a","b"],"a/b":1.50,"long":"' + b"x" * 500 + b'"}'
    )

    shown = values_of(asked, ("id",), 64)

    assert shown(Violation(location, pointer, "type", "x")) == value


class TestOverrides:
    """What enough people signed in an emergency is reported on for its time, and nothing else is loosened."""

    def runtime(self, *operations, until=None, seconds=60.0):
        runtime = Runtime()
        now = time.time()
        override = Override(7, frozenset(operations), until or now + seconds, elapsed() + seconds)
        kept_overrides(runtime).replace([override])
        return runtime

    @pytest.mark.parametrize("name", ["orders/getOrder", "orders@1.2/getOrder"])
    async def test_request_and_answer_pass_and_say_so(self, name):
        asked = call()
        runtime = self.runtime(name)

        answer = await step(Operation(request=WRONG, answer=UNREAD), runtime=runtime)(asked)

        assert answer is ANSWER
        assert asked.answer_headers.count((b"contract-override", b"7")) == 1
        assert (b"contract-check", b"request=violates") in asked.answer_headers
        assert (b"contract-check", b"answer=could-not-check") in asked.answer_headers
        assert {labels["mode"] for event, labels in runtime.events if event == "contract"} == {"report"}

    @pytest.mark.parametrize("name", ["orders/listOrders", "orders@1.1/getOrder", "sales/getOrder", "getOrder"])
    async def test_other_operations_stay_enforced(self, name):
        assert (await refused(step(Operation(request=WRONG), runtime=self.runtime(name)))).problem.status == 400

    async def test_rules_of_their_own_are_loosened_too(self):
        modes = [rule("report", direction="request"), rule("enforce", rule="type", direction="request")]

        class Every(Operation):
            def judge_request(self, values, query, headers, body, *, every=False):
                return self.request

        await step(Every(request=WRONG), *modes, runtime=self.runtime("orders/getOrder"))(call())
        await refused(step(Every(request=WRONG), *modes))

    async def test_what_is_off_stays_off(self):
        asked = call()
        await step(Operation(request=WRONG), rule("off"), runtime=self.runtime("orders/getOrder"))(asked)
        assert not asked.answer_headers

    async def test_it_ends_by_itself(self):
        await refused(step(Operation(request=WRONG), runtime=self.runtime("orders/getOrder", seconds=-1)))

    async def test_a_clock_that_is_turned_back_gives_it_no_more_time(self):
        """By the wall clock it has an hour left; by the one that nobody sets, nothing."""
        runtime = Runtime()
        override = Override(7, frozenset({"orders/getOrder"}), time.time() + 3600, elapsed() - 1)
        kept_overrides(runtime).replace([override])
        await refused(step(Operation(request=WRONG), runtime=runtime))
        assert kept_overrides(runtime).in_force() == ()
