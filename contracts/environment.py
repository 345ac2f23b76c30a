"""What an environment changes: its file laid over settings, systems, issuers, consumers and entities."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from contracts.consumers import Consumer
from contracts.entities import Entity
from contracts.issuers import Issuer
from contracts.pins import with_values
from contracts.settings import Environment, Settings
from contracts.systems import OAuth2Credential, System

M = TypeVar("M", bound=BaseModel)


def over(base: M, change: BaseModel) -> M:
    """`base` with what `change` states in its place.

    Models and mappings are laid over each other key by key; anything else, lists too, is replaced whole.
    """
    updates: dict[str, Any] = {}
    for name in change.model_fields_set & base.__class__.model_fields.keys():
        new, old = getattr(change, name), getattr(base, name)
        if new is None:
            continue
        if isinstance(new, BaseModel) and isinstance(old, BaseModel):
            updates[name] = over(old, new)
        elif isinstance(new, Mapping) and isinstance(old, Mapping):
            updates[name] = {**old, **new}
        else:
            updates[name] = new
    return base.model_copy(update=updates)


def settings_in(settings: Settings, environment: Environment | None) -> Settings:
    """The gateway's settings there."""
    return settings if environment is None else over(settings, environment)


def systems_in(systems: Mapping[str, System], environment: Environment | None) -> dict[str, System]:
    """The systems there. `token_url` replaces that of an OAuth2 credential."""
    changed = dict(systems)
    for name, change in (environment.systems if environment else {}).items():
        if name not in changed:
            continue
        system = over(changed[name], change)
        if change.token_url is not None and isinstance(system.credential, OAuth2Credential):
            credential = system.credential.model_copy(update={"token_url": change.token_url})
            system = system.model_copy(update={"credential": credential})
        changed[name] = system
    return changed


def issuers_in(issuers: Mapping[str, Issuer], environment: Environment | None) -> dict[str, Issuer]:
    """The issuers there."""
    changes = environment.issuers if environment else {}
    return {name: over(issuer, changes[name]) if name in changes else issuer for name, issuer in issuers.items()}


def consumers_in(consumers: Mapping[str, Consumer], environment: Environment | None) -> dict[str, Consumer]:
    """The consumers there: an environment's credentials stand in place of those in the consumer's file."""
    changes = environment.consumers if environment else {}
    return {
        name: over(consumer, changes[name]) if name in changes else consumer for name, consumer in consumers.items()
    }


def entities_in(entities: Mapping[str, Entity], environment: Environment | None) -> dict[str, Entity]:
    """The entities there: the values of their pins, by the system of each offer."""
    changed = dict(entities)
    for name, change in (environment.entities if environment else {}).items():
        if name in changed:
            offers = tuple(
                offer.model_copy(update={"pins": with_values(offer.pins, change.pins[offer.system])})
                if offer.system in change.pins
                else offer
                for offer in changed[name].offers
            )
            changed[name] = changed[name].model_copy(update={"offers": offers})
    return changed
