"""Every name in one file that stands for something in another one is there, once, and fits."""

import re
from collections.abc import Iterable, Iterator, Mapping

from contracts.consumers import Consumer, JwtCredential
from contracts.diagnostic import Diagnostic
from contracts.files import Files
from contracts.mode_places import missing, mode_faults, operations_of
from contracts.wording import instead
from contracts.written import Source, pointer_to


def dangling(files: Files, environment: str | None, consumers: Mapping[str, Consumer]) -> Iterator[Diagnostic]:
    """Faults between files. `consumers` are those of the environment: their credentials must be told apart."""
    yield from _versions(files)
    yield from _offers(files)
    yield from _consumers(files)
    yield from _plans(files)
    yield from mode_faults(files)
    yield from _issuers(files)
    if environment is not None:
        yield from _environment(files, environment)
    yield from _credentials(files, environment, consumers)
    yield from _strangers(files)


def _exact(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (3 - len(numbers)))


def _split(reference: str) -> tuple[str, str]:
    api, _, version = reference.partition("@")
    return api, version


def _version_fault(files: Files, source: Source, pointer: str, reference: str) -> Diagnostic | None:
    """A fault where `api@version` names nothing; None also where the api's own file is at fault already."""
    api, version = _split(reference)
    entry = files.apis.get(api)
    if entry is None:
        if (files.folder / "contracts" / api).is_dir():
            return None
        known = [f"{a}@{v}" for a, e in files.apis.items() if e.value for v in e.value.versions]
        same = [name for name in known if _split(name)[1] == version]
        return missing(source, pointer, "api", api, {_split(name)[0] for name in same or known})
    if entry.value is None or version in entry.value.versions:
        return None
    known = [f"{api}@{v}" for v in entry.value.versions]
    message = f"the api `{api}` has no version {version}"
    return source.fault(pointer, "dangling-reference", message, instead(reference, known))


def _versions(files: Files) -> Iterator[Diagnostic]:
    for api, entry in files.apis.items():
        if entry.value is None:
            continue
        seen: dict[tuple[int, ...], str] = {}
        for number, version in entry.value.versions.items():
            at = pointer_to("versions", number)
            same = seen.setdefault(_exact(number), number)
            if same != number:
                message = f"{number} and {same} are the same version"
                yield entry.source.fault(at, "duplicate", message, "keep one of them")
            if version.successor is not None:
                if version.successor not in entry.value.versions:
                    others = [v for v in entry.value.versions if v != number]
                    yield missing(entry.source, f"{at}/successor", f"version of {api}", version.successor, others)
                elif _exact(version.successor) <= _exact(number):
                    message = f"the successor {version.successor} is not newer than {number}"
                    yield entry.source.fault(f"{at}/successor", "wrong-value", message, "name a newer version")
            yield from _major(files, entry.source, at, api, number)


def _major(files: Files, source: Source, at: str, api: str, number: str) -> Iterator[Diagnostic]:
    contract = files.contracts.get((api, number))
    if contract is None:
        return
    stated = re.fullmatch(r"v?(\d{1,3})(\.\d+)*", contract.stated_version)
    # Major 0 says that nothing is promised yet; it is often left so for good.
    if stated and int(stated[1]) not in (0, int(number.split(".", maxsplit=1)[0])):
        message = f"the document of version {number} says of itself that it is version {stated[0]}"
        remedy = "check that it is the right document: callers reach it under the major version written here"
        yield source.fault(at, "major-differs", message, remedy, "warning")


def _offers(files: Files) -> Iterator[Diagnostic]:
    for name, entry in files.entities.items():
        seen: dict[tuple[str, tuple[int, ...]], int] = {}
        for index, offer in enumerate(entry.value.offers if entry.value else ()):
            at = pointer_to("offers", index)
            fault = _version_fault(files, entry.source, f"{at}/contract", offer.contract)
            if fault:
                yield fault
            else:
                yield from _offered_document(files, entry.source, f"{at}/contract", offer.contract)
            if offer.system not in files.systems:
                yield missing(entry.source, f"{at}/system", "system", offer.system, files.systems)
            api, version = _split(offer.contract)
            if seen.setdefault((api, _exact(version)), index) != index:
                message = f"{name} offers {offer.contract} twice: a call could go to either system"
                yield entry.source.fault(f"{at}/contract", "duplicate", message, "keep one of the two offers")


def _offered_document(files: Files, source: Source, at: str, reference: str) -> Iterator[Diagnostic]:
    api, version = _split(reference)
    entry = files.apis.get(api)
    life = entry.value.versions.get(version) if entry and entry.value else None
    if life and life.stage == "retired" and (api, version) not in files.contracts:
        unreadable = any(
            fault.code != "unknown-file" for fault in files.faults if fault.file.startswith(f"contracts/{api}/")
        )
        if not unreadable:
            message = f"{reference} is retired and its document is gone"
            yield source.fault(at, "dangling-reference", message, "take the offer out, or put the document back")


def _file_for(files: Files, kind: str) -> str:
    """Where an entry is to be written when there is none of its kind."""
    file = f"policies/{kind}.yaml"
    return f"write it in {file}" + ("" if (files.folder / file).is_file() else ", which is missing")


def _consumers(files: Files) -> Iterator[Diagnostic]:
    for entry in files.consumers.values():
        consumer, source = entry.value, entry.source
        if consumer is None:
            continue
        plans = files.plans.value.plans if files.plans.value else None
        if plans is None and not files.plans.faults:
            plans = {}
        if plans is not None and consumer.plan not in plans:
            yield missing(source, "/plan", "plan", consumer.plan, plans, _file_for(files, "plans"))
        for index, entity in enumerate(consumer.entities):
            if entity not in files.entities:
                yield missing(source, pointer_to("entities", index), "entity", entity, files.entities)
            elif entity in consumer.entities[:index]:
                yield source.fault(pointer_to("entities", index), "duplicate", f"`{entity}` stands here twice")
        if consumer.default_entity is not None and consumer.default_entity not in consumer.entities:
            message = f"default_entity `{consumer.default_entity}` is not among the consumer's entities"
            yield source.fault(
                "/default_entity", "dangling-reference", message, instead(consumer.default_entity, consumer.entities)
            )
        for index, api in enumerate(consumer.apis or ()):
            if api not in files.apis and not (files.folder / "contracts" / api).is_dir():
                yield missing(source, pointer_to("apis", index), "api", api, files.apis)
        yield from _pins(files, source, consumer)


def _pins(files: Files, source: Source, consumer: Consumer) -> Iterator[Diagnostic]:
    seen: dict[tuple[str, str], str] = {}
    for index, reference in enumerate(consumer.pinned):
        at = pointer_to("pinned", index)
        api, version = _split(reference)
        entry = files.apis.get(api)
        if entry is None or entry.value is None:
            fault = _version_fault(files, source, at, reference)
            if fault:
                yield fault
            continue
        if seen.setdefault((api, version.split(".", maxsplit=1)[0]), reference) != reference:
            message = f"two versions of one major of {api} are pinned"
            yield source.fault(at, "duplicate", message, "pin one version of each major")
        life = entry.value.versions.get(version)
        if life is None or life.stage == "retired":
            gone = "is retired" if life else "is gone"
            message = f"the consumer is pinned to {reference}, which {gone}"
            serving = [f"{api}@{v}" for v, other in entry.value.versions.items() if other.stage != "retired"]
            remedy = f"put the version back, or agree on another with {consumer.owner}: {instead(reference, serving)}"
            yield source.fault(at, "pinned-version-gone", message, remedy)
        elif not any(_offers_it(files, entity, reference) for entity in consumer.entities):
            message = f"the consumer is pinned to {reference}, which none of its entities offers"
            yield source.fault(at, "pin-not-offered", message, "offer it there, or take the pin out", "warning")


def _offers_it(files: Files, entity: str, reference: str) -> bool:
    entry = files.entities.get(entity)
    # An entity that is missing or broken is at fault itself.
    return entry is None or entry.value is None or any(offer.contract == reference for offer in entry.value.offers)


def _plans(files: Files) -> Iterator[Diagnostic]:
    if files.plans.value is None:
        return
    source = files.plans.source
    for name, plan in files.plans.value.plans.items():
        at = pointer_to("plans", name)
        for key in plan.costs:
            api, _, operation = key.partition(":")
            if api not in files.apis:
                if not (files.folder / "contracts" / api).is_dir():
                    yield missing(source, f"{at}/costs{pointer_to(key)}", "api", api, files.apis)
            else:
                known = operations_of(files, api)
                if known is not None and operation not in known:
                    fault = missing(source, f"{at}/costs{pointer_to(key)}", f"operation of {api}", operation, known)
                    yield fault


def _issuers(files: Files) -> Iterator[Diagnostic]:
    seen: dict[tuple[str, str], str] = {}
    for name, issuer in (files.issuers.value.issuers if files.issuers.value else {}).items():
        same = seen.setdefault((issuer.issuer, issuer.audience), name)
        if same != name:
            message = f"`{name}` and `{same}` are one issuer with one audience: a token would fit both"
            yield files.issuers.source.fault(pointer_to("issuers", name), "duplicate", message, "keep one of them")


def _environment(files: Files, environment: str) -> Iterator[Diagnostic]:
    entry = files.environments.get(environment)
    if entry is None or entry.value is None:
        return
    issuers = files.issuers.value.issuers if files.issuers.value else {}
    known: Mapping[str, Iterable[str]] = {"systems": files.systems, "issuers": issuers, "consumers": files.consumers}
    for key, names in known.items():
        if key == "issuers" and files.issuers.faults:
            continue
        for name in getattr(entry.value, key):
            if name not in names:
                yield missing(entry.source, pointer_to(key, name), key.removesuffix("s"), name, names)


def _credentials(files: Files, environment: str | None, consumers: Mapping[str, Consumer]) -> Iterator[Diagnostic]:
    issuers = files.issuers.value.issuers if files.issuers.value else {}
    broken = bool(files.issuers.faults)
    chosen = files.environments.get(environment) if environment else None
    seen: dict[tuple[str, ...], tuple[str, int]] = {}
    for name, consumer in consumers.items():
        source, at = files.consumers[name].source, "/credentials"
        if chosen and chosen.value and name in chosen.value.consumers:
            source, at = chosen.source, pointer_to("consumers", name, "credentials")
        for index, credential in enumerate(consumer.credentials):
            here = f"{at}/{index}"
            if isinstance(credential, JwtCredential):
                key: tuple[str, ...] = ("jwt", credential.issuer, credential.claim)
                if credential.issuer not in issuers and not broken:
                    yield missing(
                        source, f"{here}/issuer", "issuer", credential.issuer, issuers, _file_for(files, "issuers")
                    )
                what, place = "a token of this issuer and claim", f"{here}/claim"
            else:
                key = ("api_key", credential.id)
                what, place = "an API key of this id", f"{here}/id"
                if credential.expires <= credential.created:
                    message = "the key expires before it was created"
                    yield source.fault(f"{here}/expires", "wrong-value", message, "make one: tidewaiter key new")
            other = seen.setdefault(key, (name, index))
            if other != (name, index):
                message = f"{what} already stands for the consumer `{other[0]}`"
                yield source.fault(
                    place, "duplicate-credential", message, "one credential is one consumer's: use another"
                )


def _strangers(files: Files) -> Iterator[Diagnostic]:
    """Files beside those of the workspace that nothing in it names."""
    faults = [entry.faults for entry in files.systems.values()] + [
        entry.faults for entry in files.environments.values()
    ]
    if files.issuers.faults or any(faults):  # what they name is not known
        return
    environments = [entry.value for entry in files.environments.values() if entry.value]
    stated = [system.tls for system in files.values(files.systems).values()]
    stated += [system.tls for environment in environments for system in environment.systems.values() if system.tls]
    issuers = [*(files.issuers.value.issuers.values() if files.issuers.value else ())]
    named = {tls.ca for tls in stated} | {issuer.ca for issuer in issuers}
    named |= {issuer.ca for environment in environments for issuer in environment.issuers.values()}
    for path in files.strangers:
        file = path.relative_to(files.folder).as_posix()
        if file not in named:
            message, remedy = "nothing names this file: it is not read", "name it, or take it out"
            yield Diagnostic(file, "unknown-file", message, remedy, severity="warning")
