"""What holds in an environment: its file laid over the workspace's, as far as such a file may set it.

Read so, because a key that is left out there says what the workspace says: taking out `verify: true` changes much where
the system's own file says `false`.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from contracts.entities import Entity
from contracts.environment import consumers_in, entities_in, issuers_in, settings_in, systems_in
from contracts.files import Files
from contracts.settings import Environment, IssuerEnvironment, Settings, SystemEnvironment
from contracts.systems import OAuth2Credential, System

_SETTINGS: Final = tuple(name for name in Environment.model_fields if name in Settings.model_fields)
_PLACES: Final = ("path", "query", "header", "body")


def in_force(environment: Environment, files: Files) -> dict[str, Any]:
    """As one tree, with the keys of an environment's file: all that it may set, and what holds for each there."""
    settings = files.settings.value
    assert settings is not None
    told: dict[str, Any] = {"purpose": environment.purpose}
    told |= _some(settings_in(settings, environment), _SETTINGS)
    systems = systems_in(files.values(files.systems), environment)
    told["systems"] = {name: _system(one) for name, one in systems.items()}
    issuers = files.issuers.value.issuers if files.issuers.value else {}
    told["issuers"] = {
        name: _some(one, tuple(IssuerEnvironment.model_fields))
        for name, one in issuers_in(issuers, environment).items()
    }
    consumers = consumers_in(files.values(files.consumers), environment)
    told["consumers"] = {name: _some(one, ("credentials",)) for name, one in consumers.items()}
    entities = entities_in(files.values(files.entities), environment)
    told["entities"] = {name: {"pins": _pins(one)} for name, one in entities.items()}
    return told


def _some(model: BaseModel, names: tuple[str, ...]) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, include=set(names))


def _system(system: System) -> dict[str, Any]:
    names = tuple(name for name in SystemEnvironment.model_fields if name in System.model_fields)
    signs_in = system.credential
    token_url = str(signs_in.token_url) if isinstance(signs_in, OAuth2Credential) else None
    return {**_some(system, names), "token_url": token_url}


def _pins(entity: Entity) -> Mapping[str, Any]:
    """By system: what pins the entity there. Offers that pin another value stand side by side."""
    told: dict[str, dict[str, Any]] = {}
    for offer in entity.offers:
        places = told.setdefault(offer.system, {place: {} for place in _PLACES} | {"record": None})
        for place in _PLACES:
            for name, value in getattr(offer.pins, place).items():
                places[place][name] = _beside(places[place].get(name), value)
        if offer.pins.record is not None:
            places["record"] = _beside(places["record"], offer.pins.record.value)
    return told


def _beside(told: str | None, value: str) -> str:
    known = told.split(" | ") if told else []
    return " | ".join(sorted({*known, value}))
