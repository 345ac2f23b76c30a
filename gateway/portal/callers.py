"""What a signed-in consumer is told of its clients: from which contract those were made that called lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.portal.content import Catalogue, Content, Edition
from policies.clients_seen import ClientSeen
from policies.generations import Generations, Label


@dataclass(frozen=True, slots=True)
class CallingClient:
    """One client that called. `made_from` says it to people."""

    edition: Edition
    """By which it was served."""
    label: Label
    made_from: str
    changes: str
    """The address of what changed since; empty where nothing was handed over."""
    at: str


def callers_of(
    content: Content, catalogue: Catalogue, generations: Generations, seen: Iterable[ClientSeen]
) -> list[CallingClient]:
    """Of one consumer, those that are not of the contract as it is first. `seen`: the last one first."""
    found: list[CallingClient] = []
    for one in seen:
        edition = catalogue.edition(one.api, one.version)
        if edition is None or edition.download is None:
            continue
        generation = generations.of(one.api, one.version, one.digest.encode())
        known = (one.api, generation.version, one.version) in content.changes
        changes = f"/-/apis/{one.api}/{one.version}/changes/{generation.version}" if known else ""
        at = datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        said = _said(generation.label, generation.version, one.version)
        found.append(CallingClient(edition, generation.label, said, changes, at))
    return sorted(found, key=lambda one: (one.label == "current", one.edition.name))


def _said(label: Label, version: str, served: str) -> str:
    if label == "current":
        return "the contract as it is"
    if label == "unknown":
        return "a contract that is not known here"
    return f"version {version}" if version != served else f"{served} as it was before"
