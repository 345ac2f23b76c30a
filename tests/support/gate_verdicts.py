"""Verdicts of the gate made by hand: reports are tested apart from the judging."""

from dataclasses import replace
from datetime import date

from contracts.written import Source
from gateway.release_file import AUTOMATIC
from governance.board_rules import BoardRules, ChangeClass, Unanswered
from governance.callers import Caller
from governance.changes.asked import Asked, Group
from governance.changes.changed import Changed, Point
from governance.finding import Direction, FailingExample, Finding, Proof, Severity, Use
from governance.gate.verdict import GateVerdict, Made
from governance.placed import placed
from governance.release.covering import Ruling
from governance.waiver import Waiver
from governance.waiver_files import Decided

AT = date(2026, 11, 26)
SOME = "sha256:" + "ab" * 32
BREAKS, EXPOSES, WEAKENS, UNPROVEN, LINT = (
    ChangeClass.BREAKS, ChangeClass.EXPOSES, ChangeClass.WEAKENS, ChangeClass.UNPROVEN, ChangeClass.LINT,
)  # fmt: skip
SHOP = Caller("shop", "Web shop", "shop@harbour.example", ("north", "south"), pinned=False, suspended=False)
HUB = Caller("hub", "EDI hub", "edi@harbour.example", ("north",), pinned=True, suspended=True)
QUORUM = Asked("quorum")
OWNERS = Asked(
    "owner-and-consumers",
    (Group("orders@harbour.example", "it", ("anna", "bert")), Group("shop@harbour.example", "shop", ("carl",))),
)
NOBODY = Asked("automatic")
MADE = Made("main (0123456789ab)", "0" * 40, SOME, None, "tidewaiter/1", "0.1.0", "version 1, " + SOME,
            development=False, register_length=3, seconds=1.25, operations=12)  # fmt: skip


def finding(fingerprint, rule="request-max-length-narrowed", message="Order.note: maxLength was 35, is now 20", **said):
    told = {
        "severity": Severity.BREAKING, "direction": Direction.REQUEST, "method": "POST", "path": "/orders",
        "pointer_old": "/components/schemas/Order/properties/note/maxLength",
        "pointer_new": "/components/schemas/Order/properties/note/maxLength", "exposes": False, "proof": Proof.PROVEN,
        "failing_example": FailingExample(
            {"note": "a" * 21}, "request body application/json", "old", "new", "maxLength", "/note"
        ),
        "reach": (Use("POST", "/orders", Direction.REQUEST, "request body application/json"),), "before": 35, "after": 20,
    }  # fmt: skip
    return Finding(rule=rule, message=message, fingerprint=fingerprint, **{**told, **said})


def point(fingerprint, *classes, callers=(SHOP, HUB), file="contracts/orders/1.1.yaml", line=40, **said):
    place = {name: said.pop(name) for name in ("in_new", "against") if name in said}
    return Point(finding(fingerprint, **said), frozenset(classes), file, line, callers=callers,
                 **{"against": "orders@1.1", **place})  # fmt: skip


def file_point(fingerprint, rule, message, *classes, file="policies/plans.yaml", line=6, callers=(SHOP,), in_new=True):
    source = Source(file)
    made = placed(source, "/plans/standard", rule, Severity.BREAKING, message, about=fingerprint, reason="Its reason.")
    return Point(replace(made.finding, fingerprint=fingerprint), frozenset(classes), file, line, in_new=in_new,
                 callers=callers)  # fmt: skip


NARROWED = point("00000000000a", BREAKS)
WIDENED = point(
    "00000000000b", BREAKS, EXPOSES, rule="response-enum-widened", message='Order.state: enum gained "held"',
    exposes=True, before=None, after="held", direction=Direction.RESPONSE,
)  # fmt: skip
GUESSED = point(
    "00000000000c", UNPROVEN, rule="request-pattern-changed", message="Order.code: pattern was changed",
    proof=Proof.UNPROVEN, severity=Severity.WARNING, failing_example=None, reason="the patterns could not be compared",
    before=None, after=None,
)  # fmt: skip
LOWERED = file_point("00000000000d", "limit-lowered", "plans/standard/rates/requests was 60, is 30", BREAKS)
GONE = file_point(
    "00000000000e", "file-removed", "the entity west is gone", BREAKS, file="entities/west.yaml", line=1, in_new=False
)  # fmt: skip
WAIVED = point("00000000000f", BREAKS, rule="request-property-became-required", message="Order.unit: is required now",
               waived=("unit-is-sent",))  # fmt: skip
TOLD = point("000000000010", rule="path-added", message="the path was added", severity=Severity.INFO,
             failing_example=None, before=None, after=None)  # fmt: skip
CONTRACT = Changed("contract", "orders@1.1", SOME, (NARROWED, WIDENED, GUESSED), (WAIVED, TOLD), "5 findings",
                   "process", "partner", "orders@harbour.example", limits=("60 seconds of proofs were used up",))  # fmt: skip
PLANS = Changed("file", "policies/plans.yaml", SOME, (LOWERED,))
ENTITY = Changed("file", "entities/west.yaml", "removed", (GONE,), owner="west@harbour.example")
WORDS = Changed("file", "consumers/hub.yaml", SOME, note="written otherwise, and says the same")

UNDECIDED = Ruling(CONTRACT, OWNERS, None, ("decisions/old.yaml is about another content of it",), ("new",))
DECIDED = Ruling(PLANS, QUORUM, "lower-limits")
REMOVED = Ruling(ENTITY, replace(QUORUM, note="nobody stands for west@harbour.example: the quorum decides"), None)
UNASKED = Ruling(WORDS, NOBODY, AUTOMATIC)
REFUSED = Ruling(replace(WORDS, name="consumers/shop.yaml"), NOBODY, None, ("decisions/no.yaml refuses it: no",))


def waiver(name="unit-is-sent", until=date(2026, 12, 1), **said):
    told = {
        "kind": "waiver", "api": "orders", "finding": "00000000000f", "owner": "orders@harbour.example",
        "reason": "Every caller sends it since June.", "until": until, "approved_by": ("A. Berg",),
    }  # fmt: skip
    return Decided(name, Source(f"decisions/{name}.yaml"), Waiver(**{**told, **said}))


def about(rule="waiver-ends-soon", message="the waiver ends in 5 days"):
    return placed(Source("decisions/unit-is-sent.yaml"), "/until", rule, Severity.WARNING, message, about=message)


def verdict(*rulings, then="open", waivers=(), told=(), notes=(), made=MADE, workspace="harbour", contact=""):
    rules = BoardRules(unanswered=Unanswered(after_days=14, then=then), contact=contact)
    return GateVerdict(workspace, AT, tuple(rulings), rules, tuple(waivers), tuple(told), made, tuple(notes))


WHOLE = verdict(
    UNASKED, DECIDED, UNDECIDED, REMOVED, REFUSED, waivers=(waiver(),), told=(about(),), contact="board@harbour.example",
    notes=("the base is no release: `release build` judges again",),
)  # fmt: skip
"""One of everything."""
NOTHING = verdict()
FINE = verdict(UNASKED, DECIDED)


def attacked(text):
    """WHOLE with this text in every place where one of the workspace can stand."""

    def hit(one):
        found = one.finding
        caller = Caller(f"c {text}", text, f"o {text}", (f"e {text}",), pinned=True, suspended=True)
        example = FailingExample({f"k {text}": [text]}, f"w {text}", "old", "new", f"e {text}", f"/p{text}")
        made = replace(
            found, message=f"m {text}", reason=f"r {text}", path=f"/p{text}", method="GET", rule=found.rule,
            pointer_old=f"/o{text}", pointer_new=f"/n{text}", before={text: text}, after=text, failing_example=example,
            reach=tuple(Use("GET", f"/{number}{text}", Direction.REQUEST, text) for number in range(3)),
        )  # fmt: skip
        return replace(
            one, finding=made, file=f"contracts/orders/{text}.yaml", against=f"a {text}", callers=(caller,)
        )  # fmt: skip

    def worse(ruling):
        change = ruling.change
        change = replace(
            change, name=f"{change.name}{text}", points=tuple(map(hit, change.points)), note=f"n {text}", layer="process",
            noted=tuple(map(hit, change.noted)), owner=f"o {text}", limits=(f"l {text}",),
        )  # fmt: skip
        groups = (Group(f"s {text}", f"of {text}", ("anna",)),)
        asked = replace(ruling.asked, groups=groups, note=f"n {text}") if ruling.asked.who != "automatic" else NOBODY
        named = ruling.decided_by if ruling.decided_by in (None, AUTOMATIC) else f"d {text}"
        return Ruling(change, asked, named, (f"y {text}",) if named is None else (), ruling.unsigned)

    waivers = (waiver(owner=f"o {text}", reason=f"because {text}", approved_by=(f"a {text}",)),)
    made = replace(MADE, base=f"b {text}", rule_set=f"s {text}", trust=f"t {text}", environment=f"e {text}")
    return verdict(
        *map(worse, WHOLE.rulings), waivers=waivers, told=(about(message=f"m {text}"),), notes=(f"n {text}",), made=made,
        workspace=f"w {text}", contact=f"c {text}",
    )  # fmt: skip
