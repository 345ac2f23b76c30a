"""Whether this machine has the secrets that serving the workspace needs, by its node settings or without any."""

import os
from collections.abc import Iterator

from contracts.consumers import KeyCredential
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.files import Files
from contracts.systems import ApiKeyCredential, BasicCredential, OAuth2Credential, System
from contracts.workspace import Workspace
from contracts.written import Source
from gateway.node import NODE_FILE, NODE_FILE_VARIABLE, load_node
from policies.step import SecretError


def has_node_settings(files: Files) -> bool:
    """Whether this machine is set up as a node for the workspace; one that only judges the files is not."""
    return bool(os.environ.get(NODE_FILE_VARIABLE)) or (files.folder / NODE_FILE).is_file()


def missing_secrets(files: Files, workspace: Workspace) -> Iterator[Diagnostic]:
    """Faults of the node's settings, and secrets that it lacks or that may not go where they are needed."""
    remedy = "" if has_node_settings(files) else "where another machine serves it: `tidewaiter check --files-only`"
    try:
        node = load_node(workspace.folder)
    except InvalidInputError as error:
        yield from error.diagnostics
        return
    for source, pointer, name, origin in _named(files, workspace):
        try:
            node.secret(name, origin)
        except SecretError as error:
            yield source.fault(pointer, "no-secret", str(error), remedy)


def _named(files: Files, workspace: Workspace) -> Iterator[tuple[Source, str, str, str]]:
    """Every secret that serving needs: where it is named, its name, the origin it goes to (empty: it stays)."""
    settings = workspace.settings
    credentials = [credential for consumer in workspace.consumers.values() for credential in consumer.credentials]
    pinned = any(offer.pins.places for entity in workspace.entities.values() for offer in entity.offers)
    if pinned or any(isinstance(credential, KeyCredential) for credential in credentials):
        yield files.settings.source, "/key_pepper", settings.key_pepper, ""
    if settings.store.url is not None:
        yield files.settings.source, "/store/url", settings.store.url, ""
    served = [entity for entity in workspace.entities.values() if entity.stage != "candidate"]
    offered = {offer.system for entity in served for offer in entity.offers}
    for name in sorted(offered):
        for key, secret, origin in _of_system(workspace.systems[name]):
            yield files.systems[name].source, f"/credential/{key}", secret, origin


def _of_system(system: System) -> Iterator[tuple[str, str, str]]:
    credential, url = system.credential, str(system.url)
    match credential:
        case BasicCredential():
            yield "username", credential.username, url
            yield "password", credential.password, url
        case ApiKeyCredential():
            yield "key", credential.key, url
        case OAuth2Credential():
            yield "client_id", credential.client_id, str(credential.token_url)
            yield "client_secret", credential.client_secret, str(credential.token_url)
