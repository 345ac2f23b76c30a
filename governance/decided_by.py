"""Which files of the workspace decide that a call is refused with a problem: for `why` and for `explain call`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.compile import SAFE_METHODS
from contracts.consumers import JwtCredential
from contracts.modes import Direction
from contracts.workspace import Workspace
from gateway.ending import Ending
from governance.ended import stopping
from governance.provenance import Place, Provenance
from governance.switched_off import Withdrawn
from policies.select import VISIBILITY_RANK
from policies.strictness import Judged, strictness, unknown_setting
from policies.suspension_ledger import Turn
from policies.suspensions import operation_names


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call. Empty: not known."""

    consumer: str = ""
    credential: str = ""
    api: str = ""
    version: str = ""
    operation: str = ""
    entity: str = ""
    system: str = ""
    detail: str = ""
    path: str = ""
    """As it was asked for, for a call that came to no api."""
    places: tuple[str, ...] = ()
    """Of the contract, as pointers: what in it refused the call."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One reason, and where it stands; `place` is None where it is no file of the workspace."""

    what: str
    place: Place | None = None

    def __str__(self) -> str:
        """Print as `file:line: what`."""
        return f"{self.place}: {self.what}" if self.place is not None else self.what


@dataclass(frozen=True, slots=True)
class _Look:
    facts: Facts
    workspace: Workspace
    at: Provenance
    turns: tuple[Turn, ...]
    """What was suspended when the call was made."""
    ends: tuple[Ending, ...] = ()
    """What the release let until a moment."""


_Told = Iterable[Decided]
_NOT_OFFERING: Final = re.compile(r"The entity ([a-z0-9-]+) does not offer ")
"""What `policies.select` says of the entity that it chose."""


def decided_by(
    problem: str, facts: Facts, workspace: Workspace, provenance: Provenance, turns: Iterable[Turn] = (),
    ends: Iterable[Ending] = (),
) -> tuple[Decided, ...]:  # fmt: skip
    """The reasons, the nearest first; none where no file decides it, such as a broken message."""
    reasons = REASONS.get(problem)
    return tuple(reasons(_Look(facts, workspace, provenance, tuple(turns), tuple(ends)))) if reasons else ()


def _plan(look: _Look) -> Iterator[Decided]:
    consumer = look.workspace.consumers.get(look.facts.consumer)
    if consumer is None:
        return
    name = consumer.plan
    limit = look.facts.detail.partition(":")[0]
    plan = look.workspace.plans.get(name)
    for kind in ("rates", "quotas"):
        for number, one in enumerate(getattr(plan, kind, ())):
            if one.name == limit:
                yield Decided(f"the limit `{limit}` of the plan `{name}`", look.at.plan(name, kind, number))
    if limit == "concurrency":
        yield Decided(f"calls at once of the plan `{name}`", look.at.plan(name, "concurrency"))
    yield Decided(f"the consumer is on the plan `{name}`", look.at.consumer(look.facts.consumer, "plan"))


def _security(look: _Look) -> Iterator[Decided]:
    facts = look.facts
    yield Decided("what the operation asks for", look.at.security(facts.api, facts.version, facts.operation))
    consumer = look.workspace.consumers.get(facts.consumer)
    for number, credential in enumerate(consumer.credentials if consumer else ()):
        place = look.at.consumer(facts.consumer, "credentials", number)
        if isinstance(credential, JwtCredential):
            if facts.credential.partition("/")[0] == credential.issuer:
                yield Decided(
                    f"a token of `{credential.issuer}` brings its scopes itself: its issuer gives them", place
                )
        elif credential.id == facts.credential:
            yield Decided(f"the scopes of the key {credential.id}", place)


def _suspended(kind: str, name: Callable[[Facts], Iterable[str]]) -> Callable[[_Look], Iterator[Decided]]:
    def told(look: _Look) -> Iterator[Decided]:
        for turn in look.turns:
            if turn.kind == kind and turn.name in name(look.facts):
                how, number = f"`tidewaiter suspend {kind} {turn.name}`", ""
                if isinstance(turn, Withdrawn):
                    how = f"{kind} {turn.name} was withdrawn for good"
                    number = f" (revocation {turn.revocation})" if turn.revocation else ""
                yield Decided(f"{how} by {turn.by}, reason: {turn.reason}{number}")

    return told


_CONSUMER_TURN = _suspended("consumer", lambda facts: (facts.consumer,))
_ISSUER_TURN = _suspended("issuer", lambda facts: (facts.credential.partition("/")[0],))
_ISSUER_KEY_TURN = _suspended("issuer-key", lambda facts: (facts.credential,))
_ENTITY_TURN = _suspended("entity", lambda facts: (facts.entity,))


def _consumer_suspended(look: _Look) -> Iterator[Decided]:
    consumer = look.workspace.consumers.get(look.facts.consumer)
    if consumer is not None and consumer.suspended_since is not None:
        yield Decided("the consumer is suspended", look.at.consumer(look.facts.consumer, "suspended_since"))
    yield from _CONSUMER_TURN(look)


def _entity_suspended(look: _Look) -> Iterator[Decided]:
    names = [look.facts.entity] if look.facts.entity else list(look.workspace.entities)
    for name in names:
        entity = look.workspace.entities.get(name)
        if entity is not None and entity.stage == "suspended" and (look.facts.entity or name in look.facts.detail):
            yield Decided("the stage of the entity", look.at.entity(name, "stage"))
    yield from _ENTITY_TURN(look)


def _approval_ended(look: _Look) -> Iterator[Decided]:
    facts = look.facts
    contract = look.workspace.contracts.get((facts.api, facts.version))
    operations = contract.operations if contract is not None else ()
    name = next((f"{one.method} {one.path}" for one in operations if one.operation_id == facts.operation), "")
    for one in stopping(look.ends, facts.entity, f"{facts.api}@{facts.version}", name, facts.consumer):
        yield Decided(f"{one.let_by} let {one.of} until {one.moment}: on_expiry: stop; a newer decision brings it back")


def _maintenance(look: _Look) -> Iterator[Decided]:
    yield Decided("the maintenance windows of the system", look.at.system(look.facts.system, "maintenance"))


def _entities(look: _Look) -> list[str]:
    """The entity that the call was for; where that is not known, all that its consumer may call for."""
    named = _NOT_OFFERING.match(look.facts.detail)
    if look.facts.entity or named:
        return [look.facts.entity or named[1]] if named else [look.facts.entity]
    consumer = look.workspace.consumers.get(look.facts.consumer)
    return list(consumer.entities) if consumer is not None else []


def _stages(look: _Look, api: str) -> Iterator[Decided]:
    """Stages that keep back what entities offer: whoever wonders why it is not there has overlooked them."""
    drafts: dict[str, Decided] = {}
    for name in _entities(look):
        entity = look.workspace.entities.get(name)
        if entity is None:
            continue
        if entity.stage == "candidate":
            what = f"the entity `{name}` is a candidate: nothing that it offers is served until it is onboarded"
            yield Decided(what, look.at.entity(name, "stage"))
            continue
        for version in (offer.contract.partition("@")[2] for offer in entity.offers if _is_of(offer.contract, api)):
            if look.workspace.apis[api].versions[version].stage == "draft":
                what = f"the version {version} is a draft: it is not served until it is a preview or active"
                drafts[version] = Decided(what, look.at.api(api, "versions", version, "stage"))
    yield from drafts.values()


def _is_of(contract: str, api: str) -> bool:
    return contract.partition("@")[0] == api


def _offers(look: _Look) -> Iterator[Decided]:
    for name in _entities(look):
        yield Decided(f"what the entity `{name}` offers", look.at.entity(name, "offers"))


def _version(look: _Look) -> Iterator[Decided]:
    facts = look.facts
    if facts.api in look.workspace.apis:
        yield from _stages(look, facts.api)
    yield from _offers(look)
    yield Decided("the versions of the api", look.at.api(facts.api, "versions"))
    consumer = look.workspace.consumers.get(facts.consumer)
    if consumer is not None and consumer.pinned:
        yield Decided("the versions that the consumer was promised", look.at.consumer(facts.consumer, "pinned"))


def _not_found(look: _Look) -> Iterator[Decided]:
    facts, workspace = look.facts, look.workspace
    name = facts.api or facts.path.removeprefix("/").partition("/")[0]
    api = workspace.apis.get(name)
    if api is None:
        yield Decided("no api that is offered has the path: `tidewaiter routes` lists those that are served")
        return
    consumer = workspace.consumers.get(facts.consumer)
    if consumer is None:
        return
    if VISIBILITY_RANK[api.visibility] > VISIBILITY_RANK[consumer.audience]:
        yield Decided(f"the api is {api.visibility}", look.at.api(name, "visibility"))
        yield Decided(f"the consumer sees as `{consumer.audience}` does", look.at.consumer(facts.consumer, "audience"))
    elif facts.operation:
        yield from _CONTRACT(look)
    else:
        yield from _stages(look, name)
        if not facts.api:
            yield Decided("no version that is offered has the path", look.at.api(name, "versions"))
        yield from _offers(look)
        if facts.api:
            yield Decided("the versions of the api, and the paths of their contracts", look.at.api(name, "versions"))


def _of_consumer(what: str, *names: str) -> Callable[[_Look], _Told]:
    return lambda look: [Decided(what, look.at.consumer(look.facts.consumer, *names))]


def _of_settings(what: str, *names: str) -> Callable[[_Look], _Told]:
    return lambda look: [Decided(what, look.at.settings(*names))]


def _of_system(what: str, *names: str) -> Callable[[_Look], _Told]:
    return lambda look: [Decided(what, look.at.system(look.facts.system, *names))]


def _of_operation(what: str, *names: str) -> Callable[[_Look], _Told]:
    return lambda look: [
        Decided(what, look.at.operation(look.facts.api, look.facts.version, look.facts.operation, *names))
    ]


def _of_issuers(what: str) -> Callable[[_Look], _Told]:
    return lambda look: [Decided(what, look.at.issuer(look.facts.credential.partition("/")[0]))]


def _pins(look: _Look) -> Iterator[Decided]:
    facts = look.facts
    place = look.at.pins(facts.entity, facts.api, facts.version, facts.system)
    yield Decided("the pins that keep the entity apart", place)


def _not_served(look: _Look) -> Iterator[Decided]:
    facts = look.facts
    if facts.operation:
        yield from _pins(look)
    yield Decided("`tidewaiter check` and `tidewaiter routes` say why", look.at.api(facts.api))


def _retired(look: _Look) -> Iterator[Decided]:
    facts = look.facts
    version = facts.version or facts.detail.partition(" is retired")[0].rpartition(" ")[2]
    yield Decided("the stage of the version", look.at.api(facts.api, "versions", version, "stage"))


def _capacity(look: _Look) -> Iterator[Decided]:
    system = look.workspace.systems.get(look.facts.system)
    if system is not None and system.capacity is None:
        place = look.at.system(look.facts.system, "product")
        yield Decided(f"the budgets of the product `{system.product}`, for the system states none", place)
    else:
        yield Decided("the budgets of the system", look.at.system(look.facts.system, "capacity"))


_CONTRACT = _of_operation("what the contract says of the operation")
_ANSWERS = _of_operation("the answers that the contract names", "responses")


def _judged(what: Callable[[_Look], _Told], direction: Direction) -> Callable[[_Look], Iterator[Decided]]:
    """What the contract says, and how strictly it is enforced."""

    def told(look: _Look) -> Iterator[Decided]:
        facts = look.facts
        for pointer in facts.places:
            keyword = pointer.rpartition("/")[2]
            yield Decided(f"what is not kept to: `{keyword}`", look.at.contract(facts.api, facts.version, pointer))
        yield from what(look)
        contract = look.workspace.contracts.get((facts.api, facts.version))
        operations = contract.operations if contract is not None else ()
        for operation in operations:
            if operation.operation_id == facts.operation:
                safe = operation.method in SAFE_METHODS
                judged = Judged(facts.api, facts.version, facts.operation, facts.entity, direction, safe)
                strict = strictness(look.workspace.modes, judged, facts.consumer)
                yield Decided(f"the mode is {strict.mode}", look.at.mode(strict.rule))
                unknown = unknown_setting(look.workspace.unknown, judged)
                if "members" in unknown.decided:
                    place = look.at.unknown(unknown.decided["members"])
                    yield Decided(f"unknown members: {unknown.members}", place)

    return told


_PARAMETERS = _of_operation("the parameters that the contract declares", "parameters")
_PRODUCT = _of_system("the product, whose profile tells what its answers mean", "product")
_TIMEOUTS = _of_system("the timeouts of the system", "timeouts")
_TOKENS = _of_issuers("which tokens are taken")
_KEYS = _of_settings("keys are hashed with this secret", "key_pepper")

REASONS: Mapping[str, Callable[[_Look], _Told]] = {
    "rate-limited": _plan,
    "quota-exceeded": _plan,
    "too-many-concurrent": _plan,
    "limits-unavailable": _of_settings("what happens while the store is away", "store", "when_away"),
    "not-allowed": _security,
    "consumer-suspended": _consumer_suspended,
    "entity-suspended": _entity_suspended,
    "key-suspended": _suspended("key", lambda facts: (facts.credential,)),
    "issuer-suspended": lambda look: (*_ISSUER_TURN(look), *_ISSUER_KEY_TURN(look)),
    "system-suspended": _suspended("system", lambda facts: (facts.system,)),
    "operation-suspended": _suspended(
        "operation", lambda facts: operation_names(facts.api, facts.version, facts.operation)
    ),
    "approval-ended": _approval_ended,
    "api-not-allowed": _of_consumer("the apis that it may use", "apis"),
    "entity-not-allowed": _of_consumer("the entities that it may call for", "entities"),
    "entity-needed": _of_consumer("it may call for several entities, and none is its default", "entities"),
    "version-not-offered": _version,
    "version-retired": _retired,
    "not-found": _not_found,
    "method-not-allowed": lambda look: [Decided("the versions of the api", look.at.api(look.facts.api, "versions"))],
    "not-served": _not_served,
    "system-in-maintenance": _maintenance,
    "unknown-consumer": _of_issuers("no consumer has the claim that this issuer's token brought"),
    "invalid-token": _TOKENS,
    "token-expired": _TOKENS,
    "invalid-key": _KEYS,
    "key-expired": _of_consumer("the keys of the consumer", "credentials"),
    "issuer-unavailable": _of_issuers("where its keys are fetched"),
    "address-rate-limited": _of_settings("the limit per address", "address_limit"),
    "too-many-refused-credentials": _of_settings("the limit of refused credentials", "address_limit", "failures"),
    "origin-denied": _of_settings("the origins whose pages may call", "cors", "origins"),
    "bad-forwarded": _of_settings("the proxies that are believed", "trusted_proxies"),
    "head-too-large": _of_settings("the bounds of a head", "bounds"),
    "target-too-long": _of_settings("the longest target", "bounds", "target_bytes"),
    "head-timeout": _of_settings("how long a head may take", "bounds", "head_seconds"),
    "body-timeout": _of_settings("how long a body may take", "bounds", "body_seconds"),
    "too-many-connections": _of_settings("how many connections there may be", "bounds", "connections"),
    "body-too-large": _of_settings("the bounds of bodies", "bounds", "request_body_bytes"),
    "body-not-expected": _CONTRACT,
    "media-type-not-taken": _judged(_of_operation("the body that the contract takes", "requestBody"), "request"),
    "request-violates-contract": _judged(_CONTRACT, "request"),
    "request-not-checked": _judged(_CONTRACT, "request"),
    "answer-violates-contract": _judged(_ANSWERS, "answer"),
    "answer-not-checked": _judged(_ANSWERS, "answer"),
    "option-unreadable": _PARAMETERS,
    "query-option-refused": _PARAMETERS,
    "query-not-declared": _PARAMETERS,
    "condition-not-declared": _PARAMETERS,
    "not-acceptable": _ANSWERS,
    "query-fixed": _of_system("the query that the gateway sets", "query"),
    **dict.fromkeys(
        (
            "entity-selector-refused", "option-not-proven", "reference-not-proven",
            "body-not-proven", "record-not-there", "answer-not-proven", "proof-failed", "condition-needed",
            "record-changed",
        ),
        _pins,
    ),
    "links-not-checked": _of_system("how the system writes links", "protocol"),
    "system-circuit-open": _of_system("when it is spared", "breaker"),
    "system-throttled": _PRODUCT,
    "system-unavailable": _PRODUCT,
    "system-failed": _PRODUCT,
    "system-rejected": _PRODUCT,
    "system-denied": _PRODUCT,
    "system-timeout": _TIMEOUTS,
    "system-unreachable": _of_system("where the system is", "url"),
    "system-busy": _of_system("how many connections it takes", "max_connections"),
    "system-answer-broken": _of_system("where the system is", "url"),
    "system-redirect": _of_system("where the system is", "url"),
    "system-answer-encoded": _of_system("where the system is", "url"),
    "system-credential": _of_system("the gateway's credential there", "credential"),
    "system-at-capacity": _capacity,
}  # fmt: skip
BY_NO_FILE = frozenset(
    {
        "ambiguous-credentials", "bad-framing", "bad-host", "bad-target", "body-encoded", "condition-unreadable",
        "continuation-refused",
        "empty-choice", "expectation-failed", "header-name-refused", "header-not-sendable", "http-version-not-served",
        "internal-error", "method-unknown", "no-answer", "not-identified", "repeated-header", "unsafe-path",
        "upgrade-refused",
    }
)  # fmt: skip
"""The message's own fault, or the gateway's."""
