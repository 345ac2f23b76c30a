"""Which entity, which exact version, which operation: from a matched path and an identity to one bound route."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from contracts.apis import Stage, Visibility
from contracts.compile import CompiledOperation
from policies.step import ANONYMOUS, Call, Header, Identity, Problem, Refusal, Route, Step

NOT_IDENTIFIED = Problem(
    "not-identified",
    401,
    "The call carries no credential",
    "Send a token as `Authorization: Bearer ...` or an API key as `X-API-Key`. "
    "Without one, nothing is said about which paths exist.",
)
NOT_FOUND = Problem(
    "not-found",
    404,
    "No such resource",
    "Check the API's name, its major version and the path against the contract. "
    "An API that your credential may not see answers the same.",
)
METHOD_NOT_ALLOWED = Problem(
    "method-not-allowed",
    405,
    "The path is there, the method is not",
    "Use one of the methods that the header Allow lists.",
)
API_NOT_ALLOWED = Problem(
    "api-not-allowed",
    403,
    "The consumer may see this API but not use it",
    "Ask the owner of the API to add it to your subscription.",
)
ENTITY_NEEDED = Problem(
    "entity-needed",
    400,
    "The call does not say for which entity it is",
    "Send X-Entity with one of the entities that you are allowed to call for.",
)
ENTITY_NOT_ALLOWED = Problem(
    "entity-not-allowed",
    403,
    "The credential may not call for this entity",
    "Send X-Entity with an entity that your credential covers, or ask for that entity to be added.",
)
ENTITY_SUSPENDED = Problem(
    "entity-suspended",
    503,
    "The entity is suspended",
    "Its API is switched off for now by its owner. Try again later, or ask the owner named in the contract.",
)
VERSION_NOT_OFFERED = Problem(
    "version-not-offered",
    404,
    "The entity does not offer this version",
    "Leave API-Version out, or send one of the versions that the detail names.",
)
VERSION_RETIRED = Problem(
    "version-retired",
    410,
    "This version has been retired",
    "Move to the successor that the header Link names.",
)
NOT_SERVED = Problem(
    "not-served",
    501,
    "The contract has this operation, the gateway does not serve it",
    "The gateway could not enforce what the contract says of it. The owner of the API sees the reason in `check`.",
)

refuses = (
    NOT_IDENTIFIED, NOT_FOUND, METHOD_NOT_ALLOWED, API_NOT_ALLOWED, ENTITY_NEEDED, ENTITY_NOT_ALLOWED,
    ENTITY_SUSPENDED, VERSION_NOT_OFFERED, VERSION_RETIRED, NOT_SERVED,
)  # fmt: skip

VISIBILITY_RANK: Mapping[Visibility, int] = {"public": 0, "partner": 1, "internal": 2}
"""Of apis and of those who see them: what ranks above a caller is not there for it."""
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of one exact version: what a match leads to."""

    api: str
    major: str
    version: str
    methods: Mapping[str, CompiledOperation | None]
    """None: in the contract and not served."""
    allow: bytes


@dataclass(frozen=True, slots=True)
class OfferedVersion:
    """One exact version as one entity offers it. `headers` go on every answer of it."""

    version: str
    stage: Stage
    headers: tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """All exact versions of one major of an api that one entity offers, newest first."""

    versions: Mapping[str, OfferedVersion]
    default: str | None
    """Served where nobody chose: the newest active one, else the newest deprecated one."""


class Candidate(Protocol):
    """What the path matcher found: endpoints by exact version, and the raw path values."""

    def of(self, version: str) -> tuple[Endpoint, tuple[bytes, ...]] | None:
        """The endpoint and its values in that version, if it has the path."""
        ...

    @property
    def first(self) -> Endpoint:
        """Any endpoint: they share api and major."""
        ...


@dataclass(frozen=True, slots=True)
class Selection:
    """Tables made at load time from a release."""

    visibility: Mapping[str, Visibility]
    """By api."""
    offered: Mapping[tuple[str, str, str], Offered]
    """By entity, api, major."""
    suspended: frozenset[str]
    """Entities."""
    entities: tuple[str, ...]
    """All that are onboarded, for anonymous callers of open operations."""
    routes: Mapping[tuple[str, str, str, str], tuple[Route, Step]]
    """By entity, api, version, operation pointer."""
    majors: Mapping[str, tuple[str, ...]] = field(init=False)
    """By api, in their order."""

    def __post_init__(self) -> None:
        """What is offered, by api."""
        found: dict[str, set[str]] = {api: set() for api in self.visibility}
        for _, api, major in self.offered:
            found[api].add(major)
        object.__setattr__(self, "majors", {api: tuple(sorted(one, key=int)) for api, one in found.items()})

    def select(self, call: Call, candidates: Sequence[Candidate]) -> tuple[Route, Step] | None:
        """The route and its chain; None for OPTIONS on a path that is there (answered by the front with `Allow`).

        Sets `call.values` and `call.method`-independent lifecycle headers. Raises Refusal.
        """
        identity = call.identity
        anonymous = identity is ANONYMOUS
        if not candidates:
            raise Refusal(NOT_IDENTIFIED if anonymous else NOT_FOUND, self._majors(call), fault="gateway",
                          headers=_ask(anonymous))  # fmt: skip
        api, major = candidates[0].first.api, candidates[0].first.major
        if VISIBILITY_RANK[self.visibility[api]] > VISIBILITY_RANK[identity.audience]:
            raise Refusal(NOT_IDENTIFIED if anonymous else NOT_FOUND, fault="gateway", headers=_ask(anonymous))
        if identity.apis is not None and api not in identity.apis:
            raise Refusal(API_NOT_ALLOWED, f"The subscription does not cover {api}.", fault="gateway")
        try:
            entity = self._entity(call, api, major)
            offered = self.offered.get((entity, api, major))
            if offered is None:
                said = f"The entity {entity} does not offer {api} v{major}."
                others = self._offered(api, (entity,))
                raise Refusal(NOT_FOUND, f"{said} It offers {others}." if others else said, fault="gateway")
            version = _version(call, api, major, offered)
            if not anonymous:
                call.answer_headers.extend(offered.versions[version].headers)
            endpoint, values = _endpoint(candidates, version, offered)
            operation = operation_of(call.method, endpoint)
        except Refusal as refusal:
            if anonymous:  # whatever else is wrong, an anonymous caller learns only that it is anonymous
                raise Refusal(NOT_IDENTIFIED, fault="gateway", headers=_ask(anonymous)) from refusal
            raise
        if operation is None:
            if anonymous:
                raise Refusal(NOT_IDENTIFIED, fault="gateway", headers=_ask(anonymous))
            call.answer_headers.append((b"allow", endpoint.allow))
            return None
        if anonymous and operation.security and () not in operation.security:
            raise Refusal(NOT_IDENTIFIED, fault="gateway", headers=_ask(anonymous))
        if anonymous:
            call.answer_headers.extend(offered.versions[version].headers)
        call.values = values
        return self.routes[entity, api, version, operation.pointer]

    def _majors(self, call: Call) -> str:
        """Of a path that leads to nothing: the majors of its api that the caller may call; empty where it may none.

        So an api that it may not see is told like one that is not there.
        """
        identity = call.identity
        api, _, rest = call.path.decode("ascii", "replace").removeprefix("/").partition("/")
        seen = api in self.visibility and VISIBILITY_RANK[self.visibility[api]] <= VISIBILITY_RANK[identity.audience]
        if identity is ANONYMOUS or not seen or (identity.apis is not None and api not in identity.apis):
            return ""
        chosen = call.entity_choice.decode("ascii", "replace")
        offered = self._offered(api, (chosen,) if chosen in identity.entities else identity.entities)
        asked = rest.partition("/")[0]
        if asked in offered.split(", "):
            return f"{api} {asked} has no such path: compare it with the contract."
        return f"{api} is offered as {offered}: the path begins with /{api}/ and one of them." if offered else ""

    def _offered(self, api: str, entities: Sequence[str]) -> str:
        """The majors of an api that entities offer, as a path writes them."""
        keys = ((major, [self.offered.get((entity, api, major)) for entity in entities]) for major in self.majors[api])
        return ", ".join(f"v{major}" for major, found in keys if any(one and one.default for one in found))

    def _entity(self, call: Call, api: str, major: str) -> str:
        identity = call.identity
        allowed = self.entities if identity is ANONYMOUS else identity.entities
        chosen = call.entity_choice.decode("ascii", "replace")
        if chosen:
            if chosen not in allowed:
                said = f"X-Entity names an entity outside the credential, which covers {_listed(allowed) or 'none'}."
                raise Refusal(ENTITY_NOT_ALLOWED, said, fault="gateway")
            entity = chosen
        else:
            entity = _only(identity, allowed, [e for e in allowed if (e, api, major) in self.offered])
        if entity in self.suspended:
            raise Refusal(ENTITY_SUSPENDED, f"The entity {entity} is suspended.", fault="gateway")
        return entity


def operation_of(method: str, endpoint: Endpoint) -> CompiledOperation | None:
    """The operation of a method; None for OPTIONS that the contract does not name. Raises Refusal."""
    wanted = "GET" if method == "HEAD" and "HEAD" not in endpoint.methods else method
    if wanted not in endpoint.methods:
        if wanted == "OPTIONS":
            return None
        said = f"This path takes {endpoint.allow.decode()}."
        raise Refusal(METHOD_NOT_ALLOWED, said, fault="gateway", headers=((b"allow", endpoint.allow),))
    operation = endpoint.methods[wanted]
    if operation is None:
        raise Refusal(NOT_SERVED, fault="gateway")
    return operation


def _ask(anonymous: bool) -> tuple[Header, ...]:
    return ((b"www-authenticate", b'Bearer realm="tidewaiter"'),) if anonymous else ()


def _only(identity: Identity, allowed: tuple[str, ...], offering: list[str]) -> str:
    if identity.default_entity is not None:
        return identity.default_entity
    if len(allowed) == 1:
        return allowed[0]
    if len(offering) == 1:
        return offering[0]
    raise Refusal(ENTITY_NEEDED, f"Send X-Entity: one of {', '.join(offering or allowed)}.", fault="gateway")


def _version(call: Call, api: str, major: str, offered: Offered) -> str:
    asked = call.version_choice.decode("ascii", "replace") or call.identity.pinned.get(f"{api}@{major}")
    version = asked or offered.default
    known = ", ".join(v.version for v in offered.versions.values() if v.stage not in ("draft", "retired"))
    if version is None or version not in offered.versions or offered.versions[version].stage == "draft":
        raise Refusal(VERSION_NOT_OFFERED, f"Versions offered: {known or 'none'}.", fault="gateway")
    if offered.versions[version].stage == "retired":
        gone = offered.versions[version].headers
        detail = f"{api} {version} is retired. Versions offered: {known}."
        raise Refusal(VERSION_RETIRED, detail, headers=gone, fault="gateway")
    return version


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _endpoint(candidates: Sequence[Candidate], version: str, offered: Offered) -> tuple[Endpoint, tuple[bytes, ...]]:
    for candidate in candidates:
        found = candidate.of(version)
        if found is not None:
            return found
    having = [
        one.version
        for one in offered.versions.values()
        if one.stage not in ("draft", "retired") and any(candidate.of(one.version) for candidate in candidates)
    ]
    said = f"Version {version} has no such path"
    more = f"; API-Version may choose one that has it: {', '.join(having)}" if having else ""
    raise Refusal(NOT_FOUND, f"{said}{more}.", fault="gateway")
