"""What a call would meet, before it is made: how far it comes, what refuses it, and what holds at each step."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from contracts.files import Files
from contracts.workspace import assemble
from gateway.dry_run import PLACEHOLDER, Asked, Ran, dry_run, node_secret
from gateway.problems import FRONT, INTERNAL, ROUTED, step_of
from gateway.release import make_release
from gateway.telemetry import places_of
from governance.decided_by import Decided, Facts, decided_by
from governance.ended import EndsHere
from governance.provenance import Provenance
from governance.steps_hold import Held, front_holds, routed_holds
from policies.identify import Assumed
from policies.step import ANONYMOUS, Identity, Route
from policies.suspension_ledger import Turn

Verdict = Literal["reaches", "answered", "refused", "open"]
"""It comes to a system; the gateway answers by itself; it is refused; it cannot be told."""
State = Literal["passes", "refuses", "not reached"]
_TOLD = frozenset({b"api-version", b"deprecation", b"sunset", b"link", b"allow", b"retry-after"})
_NOBODY = "nobody is taken to call: say who does with --consumer, or with --as-token-claims"
_NOTHING_ENDS = EndsHere()
_BODY_PROBLEMS = frozenset({"request-violates-contract", "media-type-not-taken", "request-not-checked"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the order, and what holds there."""

    name: str
    state: State
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The outcome. Names are empty where the call does not come so far."""

    method: str
    target: str
    verdict: Verdict
    why: str
    problem: str
    status: int
    detail: str
    errors: tuple[dict[str, str], ...]
    decided: tuple[Decided, ...]
    consumer: str
    credential: str
    entity: str
    api: str
    version: str
    operation: str
    system: str
    sends: str
    """Method and path of what would be sent, without its query."""
    answers_carry: tuple[str, ...]
    """Headers of the version's life, and what a refusal says in its head."""
    steps: tuple[Step, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 it is let through, 1 it is refused, 2 it cannot be told."""
        return {"reaches": 0, "answered": 0, "refused": 1, "open": 2}[self.verdict]


def explain_call(
    files: Files,
    environment: str | None,
    asked: Asked,
    assumed: Assumed | None,
    turns: tuple[Turn, ...] | None,
    notes: Iterable[str] = (),
    *,
    body_given: bool = False,
    ends: EndsHere = _NOTHING_ENDS,
) -> Explanation:
    """Run the call through the gateway's own code and tell.

    `turns` are what is suspended now, None where that is not known; `ends` what the active release lets until a moment.

    Raises InvalidInputError where the workspace cannot be served, NoCredentialError where the consumer has no such
    credential.
    """
    workspace = assemble(files, environment)
    release = replace(make_release(workspace), ends=ends.ends)
    now = turns or ()
    suspended = [{"kind": turn.kind, "name": turn.name} for turn in now]
    secret = node_secret(workspace.folder)
    ran = dry_run(release, asked, assumed, suspended, secret, ends.now)
    provenance = Provenance(files, environment)
    route = ran.call.route if ran.call is not None else None
    identity = ran.call.identity if ran.call is not None else ANONYMOUS
    facts = _facts(ran, identity, asked.target)
    verdict, why = _verdict(ran, body_given=body_given, pepper=secret(workspace.settings.key_pepper) != PLACEHOLDER)
    problem = "" if verdict == "reaches" else ran.problem
    held = front_holds(workspace, provenance, ran, asked)
    if route is not None:
        held |= routed_holds(workspace, provenance, route, identity, turns, ends.ends)
    refusing = _refusing(problem, route)
    return Explanation(
        method=asked.method,
        target=asked.target,
        verdict=verdict,
        why=why,
        problem=problem,
        status=ran.status if verdict != "reaches" else 0,
        detail=(ran.refusal.detail or ran.refusal.problem.remedy) if problem and ran.refusal else "",
        errors=tuple(dict(error) for error in ran.refusal.errors) if problem and ran.refusal else (),
        decided=decided_by(problem, facts, workspace, provenance, now, ends.over) if verdict == "refused" else (),
        consumer=identity.consumer,
        credential=identity.credential,
        entity=facts.entity,
        api=facts.api,
        version=facts.version,
        operation=facts.operation,
        system=facts.system,
        sends=_sends(ran),
        answers_carry=_carried(ran),
        steps=tuple(_states(held, refusing)),
        notes=(*notes, *([] if assumed is not None else [_NOBODY])),
    )


def _refusing(problem: str, route: Route | None) -> str:
    if not problem or route is None:
        return step_of(problem, routed=False) if problem else ""
    return step_of(problem, routed=True, pinned=route.isolation is not None, odata=route.system.protocol != "rest")


def _facts(ran: Ran, identity: Identity, target: str) -> Facts:
    route = ran.call.route if ran.call is not None else None
    detail = ran.refusal.detail if ran.refusal else ""
    if route is None:
        return Facts(identity.consumer, identity.credential, ran.matched.partition("@")[0], detail=detail, path=target)
    operation = route.operation
    return Facts(
        identity.consumer, identity.credential, operation.api, operation.version, operation.operation_id,
        route.entity_id, route.system_id, detail, places=places_of(ran.refusal),
    )  # fmt: skip


def _verdict(ran: Ran, *, body_given: bool, pepper: bool) -> tuple[Verdict, str]:
    if ran.own_page:
        return "answered", "a page of the gateway's own"
    if ran.reaches and not (ran.refusal and ran.reached is None):
        examples = "" if ran.reached is not None else ", which answers from the contract's examples"
        return "reaches", f"it reaches the system{examples}"
    if ran.refusal is None:
        if ran.problem == INTERNAL.name:
            return "open", "the gateway would fail at it: a fault of its own"
        return "answered", "the gateway answers it by itself"
    if not body_given and ran.problem in _BODY_PROBLEMS and _only_the_body(ran):
        return "open", "it comes as far as its body, which is not given: name a file with --body"
    if ran.problem == "continuation-refused" and not pepper:
        return "open", "the link is sealed with a secret of the gateway that this machine does not have"
    return "refused", "it is refused"


def _only_the_body(ran: Ran) -> bool:
    """Whether nothing but the body that is not there is at fault."""
    call = ran.call
    if call is None or call.route is None or ran.refusal is None or call.route.operation.body_plan.kind == "none":
        return False
    return all(error["location"] == "body" or error["rule"] == "content" for error in ran.refusal.errors)


def _sends(ran: Ran) -> str:
    """What would be sent first. Only its path: the query may hold pinned values."""
    sent, call = ran.reached, ran.call
    if sent is None or call is None or call.route is None:
        return ""
    if sent.own:
        return "first for the gateway's own need: a token or a session"
    if call.route.isolation is not None and call.route.isolation.pins.path:
        return f"{sent.method} {call.route.offer.path}{call.route.isolation.template}"
    return f"{sent.method} {sent.target.partition(b'?')[0].decode('ascii', 'replace')}"


def _carried(ran: Ran) -> tuple[str, ...]:
    headers = [
        *(ran.call.answer_headers if ran.call is not None else ()),
        *(ran.refusal.headers if ran.refusal else ()),
    ]
    told = (f"{name.decode()}: {value.decode('latin-1')}" for name, value in headers if name in _TOLD)
    return tuple(dict.fromkeys(told))


def _states(held: dict[str, tuple[Held, ...]], refusing: str) -> Iterable[Step]:
    state: State = "passes"
    for name in (*FRONT, *ROUTED):
        if name not in held and name != refusing:
            continue
        if name == refusing:
            yield Step(name, "refuses", held.get(name, ()))
            state = "not reached"
        elif name == "transport" and not refusing:
            yield Step(name, "passes", held[name])
        else:
            yield Step(name, state, held[name])
