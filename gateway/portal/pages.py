"""The portal's pages: from what a release offers and who looks, to HTML. Nothing here waits."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from contracts.contract import Contract
from contracts.counted import counted
from contracts.json_text import parse_json
from contracts.published_document import document_of
from contracts.workspace import Workspace
from gateway.pages import templates
from gateway.portal.account import Ending, LimitRow
from gateway.portal.callers import CallingClient
from gateway.portal.clients import ClientShown, client_shown
from gateway.portal.content import Catalogue, Content, Edition, Entry, read
from gateway.portal.first_call import Proof
from gateway.portal.given import Note, Section
from gateway.portal.reference import Way, described
from gateway.portal.session import Session
from gateway.portal.shapes import Shapes
from gateway.portal.status import EntityStatus, gap
from gateway.portal.visitor import ANYBODY, Visitor
from gateway.problems import FRONT, ROUTED
from gateway.routes import Live
from policies.overrides import Overrides
from policies.step import Problem

STAGES: Final = {
    "preview": "A preview: served to those who ask for it by its exact version, and it may still change.",
    "active": "In use.",
    "deprecated": "Still served, but going: start nothing new with it.",
    "retired": "Served no longer: calls are answered with 410.",
}
_FOUND: Final = 50
_DUTIES: Final = {"must": 0, "check": 1, "may": 2, "know": 3}
_CONTRACTS: Final = 4
"""So many documents are held as trees; the others are read again when one of their pages is asked for."""
_UNITS: Final = ((1_048_576, "MiB"), (1024, "KiB"))


@dataclass(frozen=True, slots=True)
class Page:
    """One page."""

    status: int
    html: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was refused, for people."""

    status: int
    title: str
    remedy: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Offering:
    """One entity that offers a version."""

    id: str
    name: str
    country: str
    own: bool
    suspended: bool
    missing: tuple[str, ...]
    """Operations that are not served there."""
    others: tuple[str, ...]
    """Other versions that it offers."""


def loosened(overrides: Overrides) -> str:
    """What every page says while an override is in force: how many operations, not which; empty where none is."""
    now = overrides.in_force()
    if not now:
        return ""
    until = datetime.fromtimestamp(max(one.until for one in now), UTC).strftime("%H:%M UTC on %d %B %Y")
    count = counted(len(frozenset().union(*(one.operations for one in now))), "operation")
    return f"Until {until}, the contract of {count} is reported on and not enforced: an emergency override."


class Pages:
    """Everything that can be shown of one release. Holds nothing but what can be made again."""

    def __init__(self, live: Live, content: Content) -> None:
        self._live = live
        self._workspace: Workspace = live.release.workspace
        self._content = content
        self._contracts: OrderedDict[tuple[str, str], Contract] = OrderedDict()

    def catalogue(self, visitor: Visitor) -> Catalogue:
        """What the visitor may see."""
        return self._content.catalogues[visitor.audience]

    def around(self, visitor: Visitor, here: str = "", question: str = "") -> dict[str, Any]:
        """What stands around every page."""
        settings = self._workspace.settings
        last = ("/-/account", "Your account") if visitor.known else ("/-/sign-in", "Sign in")
        return {
            "development": self._live.release.development, "loosened": partial(loosened, self._live.overrides),
            "portal": True, "site": settings.name, "visitor": visitor, "here": here, "question": question,
            "release": self._live.digest.removeprefix("sha256:")[:12],
            "navigation": (("/-/", "Contracts"), ("/-/status", "Status"), ("/-/credentials", "Credentials"),
                           ("/-/problems/", "Problem types"), last),
        }  # fmt: skip

    def _page(self, name: str, visitor: Visitor, here: str = "", *, status: int = 200, question: str = "",
              **values: Any) -> Page:  # fmt: skip
        around = self.around(visitor, here, question)
        return Page(status, templates().get_template(name).render(**around, **values))

    # What is the same for everybody who may see the same.

    def home(self, visitor: Visitor = ANYBODY) -> Page:
        """The first page."""
        url = str(self._workspace.settings.public_url).rstrip("/")
        return self._page("home.html", visitor, "/", url=url, listed=list(self.catalogue(visitor).apis.values()))

    def contracts(self, visitor: Visitor) -> Page:
        """All APIs."""
        return self._page("catalogue.html", visitor, "/-/", listed=list(self.catalogue(visitor).apis.values()))

    def api(self, visitor: Visitor, api: str) -> Page | None:
        """One API with its versions."""
        listed = self.catalogue(visitor).apis.get(api)
        if listed is None:
            return None
        served = [one for one in listed.editions.values() if one.download is not None]
        return self._page(
            "api.html", visitor, listed=listed, stages=STAGES, bases=dict.fromkeys(one.base for one in served),
            served={one.version for one in served}, changes=self._changes(served),
            promised={version for name, version in visitor.pinned if name.partition("@")[0] == api},
        )  # fmt: skip

    def version(self, visitor: Visitor, api: str, version: str) -> Page | None:
        """One version with its operations; 410 for one that is retired."""
        edition = self.catalogue(visitor).edition(api, version)
        if edition is None:
            return None
        listed = self.catalogue(visitor).apis[api]
        served = {one.version for one in listed.editions.values() if one.download is not None}
        if edition.download is None:
            return self._page("gone.html", visitor, status=410, edition=edition, served=served)
        return self._page(
            "version.html", visitor, edition=edition, stages=STAGES, served=served,
            client=self._client(visitor, edition),
            text=_text(self._contract(edition).info.get("description")), groups=_groups(edition.operations.values()),
            changes=self._changes([edition]), entities=self._entities(visitor, edition),
        )  # fmt: skip

    def operation(self, visitor: Visitor, api: str, version: str, slug: str) -> Page | None:
        """One operation."""
        edition = self._served(visitor, api, version)
        entry = edition.operations.get(slug) if edition is not None else None
        if edition is None or entry is None:
            return None
        contract = self._contract(edition)
        operation = next(one for one in contract.operations if one.pointer == entry.pointer)
        entities = self._entities(visitor, edition, entry)
        proof: Proof | None = None if not visitor.known else "key" if visitor.by_key else "token"
        entity = _entity(edition, entities)
        about = described(contract, operation, edition.base, proof, entity)
        compiled = self._live.release.contracts[api, version]
        return self._page(
            "operation.html", visitor, edition=edition, entry=entry, described=about, entities=entities,
            is_open=operation.security == (), slugs=_by_name(edition), problems=self._problems(edition, about.bodies),
            is_served=any(one.pointer == entry.pointer for one in compiled.operations),
            cost=self._cost(visitor, api, entry), standing=_standing(visitor, about.ways),
            body_size=_size(self._workspace.settings.bounds.request_body_bytes),
        )  # fmt: skip

    def schema(self, visitor: Visitor, api: str, version: str, slug: str) -> Page | None:
        """One named schema."""
        edition = self._served(visitor, api, version)
        name = edition.schemas.get(slug) if edition is not None else None
        if edition is None or name is None:
            return None
        document = self._contract(edition).document
        shape = Shapes(document).of(document.tree["components"]["schemas"][name])
        return self._page("schema.html", visitor, edition=edition, schema=name, shape=shape, slugs=_by_name(edition))

    def changes(self, visitor: Visitor, api: str, new: str, old: str) -> Page | None:
        """What changed between two versions, where that was handed over with the release."""
        edition = self._served(visitor, api, new)
        found = self._content.changes.get((api, old, new))
        if edition is None or found is None:
            return None
        duties: dict[tuple[str, str], list[tuple[Section, Note]]] = {}
        for section in found.sections:
            for note in section.notes:
                duties.setdefault((note.duty, note.word), []).append((section, note))
        ordered = sorted(duties.items(), key=lambda item: _DUTIES.get(item[0][0], len(_DUTIES)))
        told = [(duty, word, notes) for (duty, word), notes in ordered]
        return self._page("changes.html", visitor, edition=edition, changes=found, duties=told)

    def search(self, visitor: Visitor, question: str) -> Page:
        """What has the words of a question."""
        catalogue = self.catalogue(visitor)
        numbers = catalogue.index.find(question)
        found = [catalogue.found[number] for number in numbers[:_FOUND]]
        return self._page("search.html", visitor, question=question, found=found, total=len(numbers))

    def credentials(self, visitor: Visitor) -> Page:
        """How to get a key or a token."""
        issuers = [{"id": name, "issuer": one.issuer, "audience": one.audience}
                   for name, one in self._workspace.issuers.items()] if visitor.known else []  # fmt: skip
        prefix = self._workspace.settings.key_prefix
        return self._page(
            "credentials.html", visitor, "/-/credentials", prefix=prefix, issuers=issuers,
            takes_tokens=bool(self._workspace.issuers), sees_apis=bool(self.catalogue(visitor).apis),
        )  # fmt: skip

    def missing(self, visitor: Visitor) -> Page:
        """Not there, or not to be seen."""
        return self._page("missing.html", visitor, status=404)

    # What is of this moment.

    def status(self, visitor: Visitor, entities: Sequence[EntityStatus], now: float) -> Page:
        """How the entities stand."""
        at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return self._page("status.html", visitor, "/-/status", entities=entities, now=at)

    def sign_in(self, visitor: Visitor, refused: Refused | None, *, is_open: bool) -> Page:
        """The form, with why it was refused."""
        status = refused.status if refused is not None else 200
        return self._page("sign_in.html", visitor, "/-/sign-in", status=status, refused=refused, open=is_open)

    def refused(self, visitor: Visitor, refused: Refused) -> Page:
        """Any other refusal."""
        return self._page("refused.html", visitor, status=refused.status, refused=refused)

    def account(
        self, visitor: Visitor, session: Session, limits: tuple[list[LimitRow], str], endings: Sequence[Ending],
        clients: Sequence[CallingClient], *, counted_apart: bool,
    ) -> Page:  # fmt: skip
        """What the signed-in consumer is told of itself."""
        identity = session.identity
        plan = self._workspace.plans[identity.plan]
        usable = {one.id: one for one in self.catalogue(visitor).apis.values() if visitor.may_use(one.id)}
        costs = sorted((name, cost) for name, cost in plan.costs.items() if name.partition(":")[0] in usable)
        known = self._workspace.entities
        entities = [
            Offering(name, known[name].name, known[name].country, True, known[name].stage == "suspended", (), ())
            for name in identity.entities if name in known and known[name].stage != "candidate"
        ]  # fmt: skip
        return self._page(
            "account.html", visitor, "/-/account", identity=identity, limits=limits[0], away=limits[1],
            credential=identity.credential if visitor.by_key else identity.credential.partition("/")[0],
            until=datetime.fromtimestamp(session.until, UTC).strftime("%H:%M UTC"), entities=entities,
            costs=costs, endings=endings, clients=clients, counted_apart=counted_apart,
            usable=list(usable.values()),
        )  # fmt: skip

    # Parts.

    def _served(self, visitor: Visitor, api: str, version: str) -> Edition | None:
        edition = self.catalogue(visitor).edition(api, version)
        return edition if edition is not None and edition.download is not None else None

    def _contract(self, edition: Edition) -> Contract:
        key = edition.api, edition.version
        contract = self._contracts.get(key)
        if contract is None:
            assert edition.download is not None
            tree = parse_json(edition.download.text("json"), edition.name)
            contract = self._contracts[key] = read(document_of(tree, edition.download.digest))
            if len(self._contracts) > _CONTRACTS:
                self._contracts.popitem(last=False)
        self._contracts.move_to_end(key)
        return contract

    def _changes(self, editions: Iterable[Edition]) -> list[Any]:
        """To these versions, from the nearest older one first."""
        names = {(one.api, one.version) for one in editions}
        found = [one for (api, _, new), one in self._content.changes.items() if (api, new) in names]
        return sorted(found, key=lambda one: [-int(part) for part in one.old.split(".")])

    def _entities(self, visitor: Visitor, edition: Edition, entry: Entry | None = None) -> list[Offering]:
        routes = self._live.selection.routes
        found = []
        for name in visitor.entities_of(edition, self._workspace):
            entity = self._workspace.entities[name]
            entries = [entry] if entry is not None else edition.operations.values()
            keys = ((one, (name, edition.api, edition.version, one.pointer)) for one in entries)
            missing = tuple(one.id for one, key in keys if key in routes and gap(routes[key][0]))
            offered = (offer.contract.partition("@") for offer in entity.offers)
            others = tuple(v for api, _, v in offered if api == edition.api and v != edition.version)
            seen = self.catalogue(visitor).apis[edition.api].editions
            found.append(Offering(
                name, entity.name, entity.country, name in visitor.entities, entity.stage == "suspended", missing,
                tuple(one for one in others if one in seen and seen[one].download is not None),
            ))  # fmt: skip
        return found

    def _problems(self, edition: Edition, bodies: Sequence[object]) -> list[Problem]:
        """Those that a call can meet, by status."""
        systems = [
            self._workspace.systems[offer.system]
            for entity in edition.entities
            for offer in self._workspace.entities[entity].offers
            if offer.contract == edition.name
        ]
        left_out = {"wire", "forwarded"} | (set() if bodies else {"body"})
        if not any(system.protocol.startswith("odata") for system in systems):
            left_out.add("options")
        parts = (problems for table in (FRONT, ROUTED) for name, problems in table.items() if name not in left_out)
        found = {problem.name: problem for problems in parts for problem in problems}
        return sorted(found.values(), key=lambda problem: (problem.status, problem.name))

    def _client(self, visitor: Visitor, edition: Edition) -> ClientShown:
        public = self._workspace.apis[edition.api].visibility == "public"
        entity = _entity(edition, self._entities(visitor, edition))
        return client_shown(edition, self._workspace.settings, visitor, entity, public=public)

    def _cost(self, visitor: Visitor, api: str, entry: Entry) -> int:
        if not visitor.known:
            return 1
        plan = self._workspace.plans[self._workspace.consumers[visitor.consumer].plan]
        return plan.costs.get(f"{api}:{entry.id}", 1)


def _entity(edition: Edition, entities: Sequence[Offering]) -> str:
    """The one that a first call names; empty where there is no choice."""
    own = [one.id for one in entities if one.own]
    several = len(own) > 1 or (not own and len(edition.entities) > 1)
    return (own or [one.id for one in entities])[0] if several and entities else ""


def _groups(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Operations by their first tag, in the order of the document."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.tags[0] if entry.tags else "", []).append(entry)
    return list(groups.items())


def _standing(visitor: Visitor, ways: Sequence[Way]) -> str:
    """Whether the visitor's own credential lets it call; empty for anybody, and where none is asked for."""
    usable = [way for way in ways if way.served]
    if not visitor.known or not usable or any(way.proof == "none" for way in usable):
        return ""
    own: Proof = "key" if visitor.by_key else "token"
    fitting = [frozenset(way.scopes) - visitor.scopes for way in usable if way.proof == own]
    if not fitting:
        return f"The credential that you signed in with is {_SAID[own]}, and it takes {_SAID[usable[0].proof]}."
    lacking = min(fitting, key=len)
    if lacking:
        return f"The credential that you signed in with lacks {', '.join(f'`{scope}`' for scope in sorted(lacking))}."
    return "The credential that you signed in with may call it."


_SAID: Final[dict[Proof, str]] = {"key": "an API key", "token": "a token", "none": "nothing"}


def _by_name(edition: Edition) -> dict[str, str]:
    return {name: slug for slug, name in edition.schemas.items()}


def _size(size: int) -> str:
    for unit, name in _UNITS:
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
