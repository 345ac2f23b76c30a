"""Every place that `policies/modes.yaml` names is there, and some call can meet each of its entries."""

from collections.abc import Iterable, Iterator, Sequence

from contracts.consumers import Consumer
from contracts.diagnostic import Diagnostic
from contracts.files import Files
from contracts.modes import ModeRule, UnknownRule
from contracts.rule_names import RULES
from contracts.wording import instead
from contracts.written import Source, pointer_to


def missing(
    source: Source, pointer: str, what: str, name: str, known: Iterable[str], otherwise: str = ""
) -> Diagnostic:
    """A name that stands for nothing. `otherwise` is what to do where there is none of its kind."""
    names = list(known)
    remedy = instead(name, names) if names or not otherwise else otherwise
    return source.fault(pointer, "dangling-reference", f"there is no {what} `{name}`", remedy)


def operations_of(files: Files, api: str, version: str | None = None) -> set[str] | None:
    """Operation ids of an api, of the versions that fit; None where some document of it could not be read."""
    entry = files.apis[api]
    if entry.value is None:
        return None
    found: set[str] = set()
    for number, life in entry.value.versions.items():
        if version is not None and not _fits(number, version):
            continue
        contract = files.contracts.get((api, number))
        if contract is None and life.stage != "retired":
            return None
        found |= {operation.operation_id for operation in contract.operations} if contract else set()
    return found


def mode_faults(files: Files) -> Iterator[Diagnostic]:
    """Faults of the file, and warnings for entries that nothing can meet."""
    source, value = files.modes.source, files.modes.value
    for index, rule in enumerate(value.modes if value else ()):
        at = pointer_to("modes", index)
        if rule.rule is not None and rule.rule not in RULES:
            yield missing(source, f"{at}/rule", "rule", rule.rule, RULES)
        if rule.consumer is not None and rule.consumer not in files.consumers:
            yield missing(source, f"{at}/consumer", "consumer", rule.consumer, files.consumers)
        yield from _entry(files, source, at, rule, rule.consumer)
    for index, unknown in enumerate(value.unknown if value else ()):
        yield from _entry(files, source, pointer_to("unknown", index), unknown, None)


def _entry(
    files: Files, source: Source, at: str, rule: ModeRule | UnknownRule, consumer: str | None
) -> Iterator[Diagnostic]:
    if rule.api is not None and rule.api not in files.apis:
        if not (files.folder / "contracts" / rule.api).is_dir():
            yield missing(source, f"{at}/api", "api", rule.api, files.apis)
        return
    if rule.entity is not None and rule.entity not in files.entities:
        yield missing(source, f"{at}/entity", "entity", rule.entity, files.entities)
    faults = list(_place(files, source, at, rule))
    yield from faults or _unmet(files, source, at, rule, consumer)


def _place(files: Files, source: Source, at: str, rule: ModeRule | UnknownRule) -> Iterator[Diagnostic]:
    apis: Sequence[str] = [rule.api] if rule.api else list(files.apis)
    described = [files.apis[api].value for api in apis]
    if None in described:
        return
    numbers = {number for api in described if api for number in api.versions}
    of = f" of {rule.api}" if rule.api else ""
    if rule.version is not None and not any(_fits(number, rule.version) for number in numbers):
        known = numbers | {number.split(".", maxsplit=1)[0] for number in numbers}
        yield missing(source, f"{at}/version", f"version{of}", rule.version, known)
        return
    if rule.operation is None:
        return
    found: set[str] = set()
    for api in apis:
        some = operations_of(files, api, rule.version)
        if some is None:
            return
        found |= some
    if rule.operation not in found:
        yield missing(source, f"{at}/operation", f"operation{of}", rule.operation, found)


def _unmet(
    files: Files, source: Source, at: str, rule: ModeRule | UnknownRule, consumer: str | None
) -> Iterator[Diagnostic]:
    """Names that are there, one by one, and never come together in one call."""
    caller = files.consumers[consumer].value if consumer in files.consumers and consumer else None
    if caller is not None and rule.entity in files.entities and rule.entity not in caller.entities:
        yield _nothing(source, at, f"the consumer `{consumer}` may not call for `{rule.entity}`")
    elif caller is not None and rule.api is not None and _uses_others(files, caller, rule.api):
        yield _nothing(source, at, f"the consumer `{consumer}` may not use `{rule.api}`")
    entity = files.entities[rule.entity].value if rule.entity in files.entities else None
    if entity is not None and (rule.api or rule.version):
        offered = [offer.contract.split("@", 1) for offer in entity.offers]
        if not any(
            rule.api in (None, api) and (rule.version is None or _fits(number, rule.version)) for api, number in offered
        ):
            what = f"{rule.api or 'any api'}" + (f" in version {rule.version}" if rule.version else "")
            yield _nothing(source, at, f"`{rule.entity}` does not offer {what}")


def _uses_others(files: Files, caller: Consumer, api: str) -> bool:
    return caller.apis is not None and api not in caller.apis and all(name in files.apis for name in caller.apis)


def _nothing(source: Source, at: str, why: str) -> Diagnostic:
    message = f"no call meets this entry: {why}"
    return source.fault(at, "matches-nothing", message, "correct the names, or take the entry out", "warning")


def _fits(number: str, version: str) -> bool:
    return number == version or number.split(".", maxsplit=1)[0] == version
