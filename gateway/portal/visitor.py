"""Who looks at the portal, as far as that decides what is shown."""

from dataclasses import dataclass

from contracts.apis import Visibility
from contracts.workspace import Workspace
from gateway.portal.content import Edition
from policies.step import Identity


@dataclass(frozen=True, slots=True)
class Visitor:
    """Equal visitors are shown the same pages. `ANYBODY` has shown no credential."""

    audience: Visibility = "public"
    consumer: str = ""
    """The consumer's id; empty for anybody."""
    name: str = ""
    entities: tuple[str, ...] = ()
    apis: frozenset[str] | None = None
    """What its subscription covers; None for all."""
    pinned: tuple[tuple[str, str], ...] = ()
    """`api@major` and the exact version that it was promised."""
    by_key: bool = False
    scopes: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether a consumer is signed in."""
        return bool(self.consumer)

    def may_use(self, api: str) -> bool:
        """Whether the subscription covers an API that is seen."""
        return self.known and (self.apis is None or api in self.apis)

    def sees_entity(self, entity: str, *, public: bool) -> bool:
        """Its own, all for those inside the group, and those that offer something to everybody."""
        return public or self.audience == "internal" or entity in self.entities

    def entities_of(self, edition: Edition, workspace: Workspace) -> list[str]:
        """Those that offer a version, as far as the visitor may know of them; its own first."""
        public = workspace.apis[edition.api].visibility == "public"
        seen = [entity for entity in edition.entities if self.sees_entity(entity, public=public)]
        return sorted(seen, key=lambda entity: (entity not in self.entities, entity))


ANYBODY = Visitor()


def visitor_of(identity: Identity, workspace: Workspace) -> Visitor:
    """A consumer that is proven."""
    return Visitor(
        identity.audience, identity.consumer, workspace.consumers[identity.consumer].name, identity.entities,
        identity.apis, tuple(sorted(identity.pinned.items())), identity.scheme == "api_key", identity.scopes,
    )  # fmt: skip
