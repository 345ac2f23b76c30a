"""Outcomes, traits, profiles and settings: what each makes of the severity of a rule."""

import datetime as dt
import random

import pytest
from diff_changes import AT, change, change_for, judged
from pydantic import ValidationError

from governance.diff.change import Area, Effect, Outcome, Traits
from governance.diff.judge import Contract, judge
from governance.diff.rules.table import BY_ID
from governance.finding import Direction, FailingExample, Finding, Proof, Severity, Use
from governance.severities import DiffSettings

B, W, I = Severity.BREAKING, Severity.WARNING, Severity.INFO  # noqa: E741
REQUEST, RESPONSE, NONE = Direction.REQUEST, Direction.RESPONSE, Direction.NONE


def schema(kind: str, effect: Effect, direction: Direction, **fields: object):
    return change(Area.SCHEMA, kind, effect, direction, **fields)


@pytest.mark.parametrize(
    ("effect", "direction", "outcome", "proof", "severity", "rests_on"),
    [
        (Effect.NARROWS, REQUEST, Outcome.FAILS, Proof.PROVEN, B, Proof.PROVEN),
        (Effect.NARROWS, REQUEST, Outcome.HOLDS, Proof.PROVEN, I, Proof.PROVEN),
        (Effect.NARROWS, REQUEST, Outcome.UNKNOWN, Proof.STRUCTURAL, B, Proof.STRUCTURAL),
        (Effect.NARROWS, REQUEST, Outcome.UNKNOWN, Proof.UNPROVEN, W, Proof.UNPROVEN),
        (Effect.NARROWS, REQUEST, Outcome.NOT_ASKED, Proof.PROVEN, B, Proof.PROVEN),
        (Effect.WIDENS, REQUEST, Outcome.NOT_ASKED, Proof.PROVEN, I, Proof.PROVEN),
        (Effect.WIDENS, REQUEST, Outcome.UNKNOWN, Proof.UNPROVEN, I, Proof.PROVEN),
        (Effect.CHANGES, REQUEST, Outcome.UNKNOWN, Proof.UNPROVEN, W, Proof.UNPROVEN),
        (Effect.WIDENS, RESPONSE, Outcome.FAILS, Proof.PROVEN, B, Proof.PROVEN),
        (Effect.WIDENS, RESPONSE, Outcome.HOLDS, Proof.PROVEN, I, Proof.PROVEN),
        (Effect.WIDENS, RESPONSE, Outcome.UNKNOWN, Proof.STRUCTURAL, B, Proof.STRUCTURAL),
        (Effect.WIDENS, RESPONSE, Outcome.UNKNOWN, Proof.UNPROVEN, W, Proof.UNPROVEN),
        (Effect.CHANGES, RESPONSE, Outcome.NOT_ASKED, Proof.PROVEN, B, Proof.PROVEN),
        (Effect.NARROWS, RESPONSE, Outcome.NOT_ASKED, Proof.PROVEN, I, Proof.PROVEN),
    ],
)
@pytest.mark.parametrize("profile", ["wire", "strict"])
def test_the_outcome_decides(profile, effect, direction, outcome, proof, severity, rests_on):
    got = judged(schema("pattern", effect, direction, outcome=outcome, proof=proof), profile=profile)
    assert (got.severity, got.proof) == (severity, rests_on)


def test_what_could_not_be_proven_says_why():
    asked = schema("pattern", Effect.NARROWS, REQUEST, outcome=Outcome.UNKNOWN, proof=Proof.UNPROVEN, reason="too big")
    assert judged(asked).reason == "could not be proven: too big"


@pytest.mark.parametrize(
    ("effect", "direction", "required", "outcome", "severity"),
    [
        (Effect.REMOVES, REQUEST, False, Outcome.FAILS, B),
        (Effect.REMOVES, REQUEST, False, Outcome.HOLDS, W),
        (Effect.REMOVES, REQUEST, True, Outcome.HOLDS, W),
        (Effect.REMOVES, REQUEST, False, Outcome.UNKNOWN, W),
        (Effect.REMOVES, REQUEST, False, Outcome.NOT_ASKED, W),
        (Effect.REMOVES, RESPONSE, False, Outcome.HOLDS, W),
        (Effect.REMOVES, RESPONSE, True, Outcome.FAILS, B),
        (Effect.REMOVES, RESPONSE, True, Outcome.NOT_ASKED, B),
        (Effect.ADDS, REQUEST, True, Outcome.FAILS, B),
        (Effect.ADDS, REQUEST, True, Outcome.NOT_ASKED, B),
        (Effect.ADDS, REQUEST, False, Outcome.HOLDS, I),
        (Effect.ADDS, RESPONSE, False, Outcome.HOLDS, I),
        (Effect.ADDS, RESPONSE, True, Outcome.FAILS, B),
    ],
)
def test_properties_come_and_go(effect, direction, required, outcome, severity):
    proof = Proof.UNPROVEN if outcome is Outcome.UNKNOWN else Proof.PROVEN
    got = judged(schema("property", effect, direction, traits=Traits(required=required), outcome=outcome, proof=proof))
    assert got.severity is severity


@pytest.mark.parametrize(
    ("effect", "direction", "outcome", "severity"),
    [
        (Effect.REMOVES, REQUEST, Outcome.HOLDS, I),
        (Effect.REMOVES, REQUEST, Outcome.NOT_ASKED, B),
        (Effect.REMOVES, RESPONSE, Outcome.NOT_ASKED, I),
        (Effect.ADDS, RESPONSE, Outcome.NOT_ASKED, B),
        (Effect.ADDS, RESPONSE, Outcome.HOLDS, I),
        (Effect.ADDS, REQUEST, Outcome.NOT_ASKED, I),
    ],
)
def test_alternatives_come_and_go(effect, direction, outcome, severity):
    assert judged(schema("alternative", effect, direction, outcome=outcome)).severity is severity


@pytest.mark.parametrize(
    ("direction", "traits", "effect"),
    [
        (REQUEST, Traits(read_only=True), Effect.NARROWS),
        (RESPONSE, Traits(write_only=True), Effect.WIDENS),
    ],
)
def test_what_is_never_sent_breaks_nobody(direction, traits, effect):
    assert judged(schema("maxLength", effect, direction, traits=traits)).severity is I
    assert judged(schema("maxLength", effect, direction, traits=Traits())).severity is B
    assert judged(schema("maxLength", effect, direction, traits=traits, outcome=Outcome.FAILS)).severity is B


@pytest.mark.parametrize(
    ("fields", "rule", "severity"),
    [
        ({}, "operation-removed", B),
        ({"deprecated_old": True}, "deprecated-operation-removed", B),
        ({"deprecated_old": True, "sunset_old": "2026-01-31"}, "operation-removed-after-sunset", I),
        ({"deprecated_old": True, "sunset_old": "2026-01-31T23:00:00Z"}, "operation-removed-after-sunset", I),
        ({"deprecated_old": True, "sunset_old": "2026-02-01"}, "operation-removed-before-sunset", B),
        ({"deprecated_old": True, "sunset_old": "soon"}, "operation-removed-sunset-unreadable", B),
        ({"deprecated_old": True, "sunset_old": "2026-13-01"}, "operation-removed-sunset-unreadable", B),
        ({"sunset_old": "2020-01-01"}, "operation-removed", B),
    ],
)
def test_a_removed_operation_is_held_against_its_sunset(fields, rule, severity):
    got = judged(change(Area.OPERATION, "operation", Effect.REMOVES, traits=Traits(**fields)))
    assert (got.rule, got.severity) == (rule, severity)


def test_the_day_is_the_one_that_was_given():
    removed = change(
        Area.OPERATION, "operation", Effect.REMOVES, traits=Traits(deprecated_old=True, sunset_old="2030-01-01")
    )
    (before,) = judge([removed], at=dt.date(2029, 12, 31))
    (after,) = judge([removed], at=dt.date(2030, 1, 1))
    assert (before.severity, after.severity) == (B, I)


@pytest.mark.parametrize(
    ("old", "new", "deprecated", "rule", "severity"),
    [
        ("2027-01-01", "2027-06-01", True, "operation-sunset-changed", I),
        ("2027-06-01", "2027-01-01", True, "operation-sunset-brought-forward", B),
        ("2027-06-01", "later", True, "operation-sunset-unreadable", B),
        ("later", "2027-06-01", True, "operation-sunset-changed", W),
        ("2027-06-01", None, True, "operation-sunset-removed", B),
        ("2027-06-01", None, False, "operation-sunset-withdrawn", I),
        (None, "2027-06-01", True, "operation-sunset-set", I),
        (None, "2027-02-30", True, "operation-sunset-unreadable", B),
    ],
)
def test_sunsets(old, new, deprecated, rule, severity):
    effect = Effect.ADDS if old is None else Effect.REMOVES if new is None else Effect.CHANGES
    traits = Traits(deprecated_old=True, deprecated_new=deprecated)
    got = judged(change(Area.OPERATION, "sunset", effect, old=old, new=new, traits=traits))
    assert (got.rule, got.severity) == (rule, severity)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("draft", "alpha", "raised"),
        ("alpha", None, "raised"),
        ("beta", "beta", "raised"),
        (None, "stable", "raised"),
        ("stable", "beta", "lowered"),
        (None, "draft", "lowered"),
        ("beta", "alpha", "lowered"),
        ("stable", "solid", "unknown"),
        ("solid", None, "unknown"),
    ],
)
def test_stability(old, new, rule):
    effect = Effect.ADDS if old is None else Effect.REMOVES if new is None else Effect.CHANGES
    got = judged(change(Area.OPERATION, "stability", effect, old=old, new=new, traits=Traits(stability_old=old or "")))
    assert got.rule == f"operation-stability-{rule}"
    assert got.severity is (I if rule == "raised" else B)


@pytest.mark.parametrize(("level", "severity"), [("draft", I), ("alpha", I), ("beta", B), ("stable", B), ("", B)])
def test_what_was_unstable_may_break(level, severity):
    removed = change(Area.OPERATION, "operation", Effect.REMOVES, traits=Traits(stability_old=level))
    got = judged(removed)
    assert got.severity is severity
    assert got.reason == (f"it was {level}, which may break" if severity is I else "")
    assert judged(removed, settings=DiffSettings(unstable=())).severity is B


@pytest.mark.parametrize(
    ("subject", "traits", "effect", "rule", "severity"),
    [
        ("query parameter limit", Traits(), Effect.ADDS, "request-parameter-added", I),
        ("query parameter limit", Traits(required=True), Effect.ADDS, "request-required-parameter-added", B),
        (
            "query parameter limit",
            Traits(required=True, has_default=True),
            Effect.ADDS,
            "request-required-parameter-with-default-added",
            B,
        ),
        ("query parameter limit", Traits(), Effect.REMOVES, "request-parameter-removed", B),
        ("header parameter X-Region", Traits(), Effect.REMOVES, "request-header-parameter-removed", W),
        ("cookie parameter region", Traits(), Effect.REMOVES, "request-cookie-parameter-removed", W),
        (
            "query parameter limit",
            Traits(deprecated_old=True, sunset_old="2020-01-01"),
            Effect.REMOVES,
            "request-parameter-removed-after-sunset",
            I,
        ),
    ],
)
def test_parameters(subject, traits, effect, rule, severity):
    got = judged(change(Area.PARAMETER, "parameter", effect, REQUEST, subject=subject, traits=traits))
    assert (got.rule, got.severity) == (rule, severity)


@pytest.mark.parametrize(
    ("status", "rule", "severity"),
    [
        ("200", "response-status-removed", B),
        ("2XX", "response-status-removed", B),
        ("302", "response-status-removed", B),
        ("404", "response-error-status-removed", I),
        ("5XX", "response-error-status-removed", I),
        ("default", "response-error-status-removed", I),
    ],
)
def test_statuses(status, rule, severity):
    pointer = f"/paths/~1orders/get/responses/{status}"
    removed = change(
        Area.RESPONSE, "response", Effect.REMOVES, RESPONSE, subject=f"response {status}", pointer_old=pointer, new=None
    )
    assert (judged(removed).rule, judged(removed).severity) == (rule, severity)


def test_what_the_walk_knows_to_hold_is_no_break():
    held = change(Area.RESPONSE, "response", Effect.REMOVES, RESPONSE, outcome=Outcome.HOLDS, reason="2XX covers it")
    assert (judged(held).severity, judged(held).reason) == (I, "2XX covers it")


@pytest.mark.parametrize(
    ("rule", "exposes"),
    [
        ("operation-added", True),
        ("path-added", True),
        ("response-property-added", True),
        ("security-scope-removed", True),
        ("security-alternative-added", True),
        ("security-opened", True),
        ("odata-option-added", True),
        ("server-host-added", True),
        ("response-enum-widened", True),
        ("response-alternative-added", True),
        ("response-enum-narrowed", False),
        ("request-enum-widened", False),
        ("operation-removed", False),
        ("security-scope-added", False),
        ("response-max-length-widened", False),
    ],
)
def test_what_exposes(rule, exposes):
    assert judged(change_for(BY_ID[rule])).exposes is exposes


def test_a_wider_list_that_answers_no_more_exposes_nothing():
    assert judged(change_for(BY_ID["response-enum-widened"], outcome=Outcome.HOLDS)).exposes is False


@pytest.mark.parametrize(
    ("rule", "wire", "strict", "sdk"),
    [
        ("response-property-added", I, W, I),
        ("response-status-added", I, W, I),
        ("response-header-added", I, W, I),
        ("operation-id-changed", I, I, B),
        ("path-parameter-renamed", I, I, B),
        ("component-removed", I, I, B),
        ("request-max-length-narrowed", B, B, I),
        ("request-property-became-optional", I, I, B),
        ("response-type-narrowed", I, I, B),
        ("server-host-changed", W, W, I),
        ("server-base-path-changed", B, B, W),
        ("security-required", B, B, B),
        ("security-alternative-removed", B, B, B),
        ("request-default-changed", W, B, I),
    ],
)
def test_profiles(rule, wire, strict, sdk):
    made = change_for(BY_ID[rule])
    got = [judged(made, profile=profile).severity for profile in ("wire", "strict", "sdk")]
    assert got == [wire, strict, sdk]


def test_in_sdk_messages_do_not_decide():
    failing = change_for(BY_ID["request-max-length-narrowed"], outcome=Outcome.FAILS)
    assert judged(failing, profile="sdk").severity is I


def set_to(rule: str, severity: str, **where: object) -> DiffSettings:
    entry = {"rule": rule, "severity": severity, "reason": "as we agreed", **where}
    return DiffSettings.model_validate({"severities": [entry]})


def test_a_setting_decides_and_says_why():
    removed = change_for(BY_ID["request-parameter-removed"])
    got = judged(removed, settings=set_to("request-parameter-removed", "warning"))
    assert (got.severity, got.reason) == (W, "as we agreed")


@pytest.mark.parametrize(
    ("where", "applies"),
    [
        ({"paths": ["/orders/{id}"]}, True),
        ({"paths": ["/orders/**"]}, True),
        ({"paths": ["/orders/*"]}, True),
        ({"paths": ["/*"]}, False),
        ({"paths": ["/**"]}, True),
        ({"paths": ["/stock/**", "/orders/**"]}, True),
        ({"paths": ["/order"]}, False),
        ({"tags": ["sales"]}, True),
        ({"tags": ["stock"]}, False),
        ({"layers": ["system"]}, True),
        ({"layers": ["process"]}, False),
        ({"visibilities": ["partner", "public"]}, True),
        ({"visibilities": ["internal"]}, False),
        ({"stabilities": ["stable"]}, True),
        ({"stabilities": ["beta"]}, False),
        ({"paths": ["/orders/**"], "tags": ["stock"]}, False),
    ],
)
def test_a_setting_applies_where_all_that_it_names_matches(where, applies):
    removed = change_for(BY_ID["request-parameter-removed"], traits=Traits(tags=("sales",)))
    got = judged(
        removed,
        settings=set_to("request-parameter-removed", "info", **where),
        contract=Contract(layer="system", visibility="public"),
    )
    assert got.severity is (I if applies else B)


def test_the_last_setting_that_matches_decides():
    entries = [
        {"rule": "request-*", "severity": "info", "reason": "nobody sends these"},
        {"rule": "request-parameter-*", "severity": "warning", "reason": "some send these"},
        {"rule": "response-*", "severity": "breaking", "reason": "others"},
    ]
    got = judged(
        change_for(BY_ID["request-parameter-removed"]), settings=DiffSettings.model_validate({"severities": entries})
    )
    assert (got.severity, got.reason) == (W, "some send these")


def test_of_many_operations_the_worst_decides():
    uses = tuple(Use("GET", path, REQUEST, "query parameter limit") for path in ("/orders", "/stock"))
    removed = change_for(BY_ID["request-parameter-removed"], reach=uses)
    assert judged(removed, settings=set_to("request-*", "info", paths=["/orders"])).severity is B
    assert judged(removed, settings=set_to("request-*", "info", paths=["/orders", "/stock"])).severity is I


def test_what_is_proven_to_hold_is_not_made_worse():
    held = schema("enum", Effect.WIDENS, RESPONSE, outcome=Outcome.HOLDS)
    assert judged(held, settings=set_to("response-enum-widened", "breaking")).severity is I
    failing = schema("enum", Effect.WIDENS, RESPONSE, outcome=Outcome.FAILS)
    assert judged(failing, settings=set_to("response-enum-widened", "warning")).severity is W
    added = schema("property", Effect.ADDS, RESPONSE, outcome=Outcome.HOLDS)
    assert judged(added, settings=set_to("response-property-added", "warning")).severity is W


def test_draft_operations_are_let_off_unless_a_setting_names_them():
    removed = change(Area.OPERATION, "operation", Effect.REMOVES, traits=Traits(stability_old="draft"))
    assert judged(removed, settings=set_to("operation-removed", "warning")).severity is I
    assert judged(removed, settings=set_to("operation-removed", "warning", stabilities=["draft"])).severity is W


def test_the_profile_of_the_settings_holds_where_none_is_asked_for():
    added = change_for(BY_ID["response-property-added"])
    settings = DiffSettings(profile="strict")
    assert judged(added, settings=settings).severity is W
    assert judged(added, settings=settings, profile="wire").severity is I


def test_an_unknown_rule_is_refused_with_the_nearest():
    with pytest.raises(ValidationError) as refused:
        set_to("response-enum-wided", "info")
    (error,) = refused.value.errors()
    assert error["ctx"]["remedy"] == "write `response-enum-widened`"


@pytest.mark.parametrize("field", ["severity", "reason", "rule"])
def test_a_setting_says_what_and_why(field):
    entry = {"rule": "path-removed", "severity": "info", "reason": "as we agreed"}
    with pytest.raises(ValidationError):
        DiffSettings.model_validate({"severities": [{k: v for k, v in entry.items() if k != field}]})


def test_the_order_of_changes_does_not_matter():
    changes = [change_for(rule) for rule in BY_ID.values()]
    shuffled = changes[:]
    random.Random(7).shuffle(shuffled)
    first, second = judge(changes, at=AT), judge(shuffled, at=AT)
    assert first == second
    assert [one.severity.weight for one in first] == sorted((one.severity.weight for one in first), reverse=True)


def test_a_finding_carries_what_the_change_knows():
    example = FailingExample({"total": 1}, "request body", "old", "new", "too long", "/total")
    made = schema("maxLength", Effect.NARROWS, REQUEST, outcome=Outcome.FAILS, example=example, old=20, new=10)
    got = judged(made)
    assert isinstance(got, Finding)
    assert got.failing_example is example
    assert (got.method, got.path, got.before, got.after) == ("GET", "/orders/{id}", 20, 10)
    assert got.message == "member total: maxLength was 20, is now 10"
    assert judged(schema("enum", Effect.NARROWS, REQUEST, old=["x" * 300])).before is None


def test_text_of_documents_is_data():
    made = change(Area.TAG, "tag", Effect.ADDS, old=None, new="a\x1b[31m\n::error::b", subject="tag \x1b]0;x\x07")
    assert "\x1b" not in judged(made).message
    assert "\n" not in judged(made).message


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("/components/schemas/Order/properties/lines/items/properties/quantity/maximum", "Order.lines[].quantity"),
        ("/components/schemas/Order/maximum", "Order"),
        ("/components/schemas/Order/properties/items/properties/properties/maximum", "Order.items.properties"),
        ("/components/schemas/a~1b/properties/c~0d/maximum", "a/b.c~d"),
        (
            "/paths/~1orders/post/requestBody/content/application~1json/schema/properties/total/maximum",
            "request body application/json total",
        ),
        ("/paths/~1orders/post/requestBody/content/application~1json/schema/maximum", "request body application/json"),
    ],
)
def test_a_place_without_words_is_told_by_its_names(pointer, said):
    made = schema("maximum", Effect.NARROWS, REQUEST, subject="", pointer_new=pointer, old=9, new=5)
    assert judged(made).message == f"{said}: maximum was 9, is now 5"


def test_a_place_that_nothing_reaches_is_told_by_its_pointer():
    made = change(Area.DOCUMENT, "info", Effect.CHANGES, subject="", pointer_new="/info/title", reach=())
    assert judged(made).message == "/info/title: info was changed"


@pytest.mark.parametrize(
    ("kind", "effect", "said"),
    [
        ("null", Effect.WIDENS, "null is valid now"),
        ("maxLength", Effect.WIDENS, "maxLength is gone, was 5"),
        ("pattern", Effect.CHANGES, "pattern was changed"),
    ],
)
def test_messages_say_what_happened(kind, effect, said):
    made = schema(kind, effect, REQUEST, old=None if kind == "pattern" else 5, new=None)
    assert judged(made).message == f"member total: {said}"


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("/components/schemas/Order/required", "Order.total"),
        ("/components/schemas/Order/properties/lines/items/required", "Order.lines[].total"),
        ("/paths/~1orders/post/requestBody/content/application~1json/schema", "request body application/json total"),
    ],
)
def test_a_member_is_told_with_what_holds_it(pointer, said):
    made = schema("required", Effect.NARROWS, REQUEST, subject="total", pointer_new=pointer, old=False, new=True)
    assert judged(made).message == f"{said}: is required now"


def test_a_list_of_values_is_told_by_what_came_and_went():
    made = schema("enum", Effect.CHANGES, REQUEST, old=["a", "b", 1], new=["b", 1.0, "c"])
    assert judged(made).message == 'member total: enum lost "a" and gained "c"'
