"""Where in a workspace a value stands: file and line, in the chosen environment's file where that states it."""

from dataclasses import dataclass

from contracts.files import Files
from contracts.stated import Stated, stated_at
from contracts.written import Source, pointer_to


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file of the workspace. Line 0: not known. `written` is False where a default holds."""

    file: str
    line: int
    written: bool = True

    def __str__(self) -> str:
        """Print as `file:line`."""
        if not self.written:
            return f"{self.file} (default)"
        return f"{self.file}:{self.line}" if self.line else self.file


class Provenance:
    """Answers for the files of one workspace in one environment."""

    def __init__(self, files: Files, environment: str | None) -> None:
        self._files = files
        self._chosen = files.environments.get(environment) if environment else None

    def settings(self, *names: str) -> Place:
        """A setting of the gateway."""
        return _place(stated_at(self._files.settings.source, self._chosen, (), *names))

    def system(self, system: str, *names: str) -> Place:
        """What the file of a system says."""
        entry = self._files.systems.get(system)
        source = entry.source if entry else Source(f"systems/{system}.yaml")
        return _place(stated_at(source, self._chosen, ("systems", system), *names))

    def consumer(self, consumer: str, *names: str | int) -> Place:
        """What the file of a consumer says."""
        entry = self._files.consumers.get(consumer)
        source = entry.source if entry else Source(f"consumers/{consumer}.yaml")
        if names and names[0] == "credentials":
            return _place(stated_at(source, self._chosen, ("consumers", consumer), *map(str, names)))
        return _place(Stated(source, pointer_to(*names)))

    def entity(self, entity: str, *names: str | int) -> Place:
        """What the file of an entity says."""
        entry = self._files.entities.get(entity)
        return _place(Stated(entry.source if entry else Source(f"entities/{entity}.yaml"), pointer_to(*names)))

    def offer(self, entity: str, api: str, version: str, *names: str) -> Place:
        """What an entity says of one of its offers."""
        entry = self._files.entities.get(entity)
        if entry is not None and entry.value is not None:
            for number, offer in enumerate(entry.value.offers):
                if offer.contract == f"{api}@{version}":
                    return self.entity(entity, "offers", number, *names)
        return self.entity(entity, "offers")

    def pins(self, entity: str, api: str, version: str, system: str) -> Place:
        """The pins of an offer; an environment may set their values by system."""
        chosen = self._chosen
        changes = chosen.value.entities.get(entity) if chosen is not None and chosen.value is not None else None
        if chosen is not None and changes is not None and system in changes.pins:
            return _place(Stated(chosen.source, pointer_to("entities", entity, "pins", system)))
        return self.offer(entity, api, version, "pins")

    def plan(self, plan: str, *names: str | int) -> Place:
        """What a plan says."""
        return _place(Stated(self._files.plans.source, pointer_to("plans", plan, *names)))

    def issuer(self, issuer: str, *names: str) -> Place:
        """What is said of an issuer."""
        at = pointer_to("issuers", issuer) if issuer else "/issuers"
        return _place(stated_at(self._files.issuers.source, self._chosen, ("issuers", issuer), *names, at=at))

    def mode(self, rule: int) -> Place:
        """A rule of how strictly the contract is enforced; -1: no rule, the default holds."""
        return _place(Stated(self._files.modes.source, pointer_to("modes", *([rule] if rule >= 0 else []))), rule >= 0)

    def unknown(self, rule: int) -> Place:
        """A rule of what happens to what a contract does not name."""
        return _place(Stated(self._files.modes.source, pointer_to("unknown", rule)))

    def api(self, api: str, *names: str) -> Place:
        """What is said of an api and the life of its versions."""
        entry = self._files.apis.get(api)
        source = entry.source if entry else Source(f"contracts/{api}/api.yaml")
        return _place(Stated(source, pointer_to(*names)))

    def operation(self, api: str, version: str, operation_id: str, *names: str) -> Place:
        """An operation of a contract, and what it says there."""
        key = (api, version)
        contract = self._files.contracts.get(key)
        if contract is None:
            return self.api(api, "versions", version)
        pointer = next((one.pointer for one in contract.operations if one.operation_id == operation_id), "")
        found = self._files.at(key, pointer + pointer_to(*names), "", "", "", "warning")
        return Place(found.file, found.line)

    def contract(self, api: str, version: str, pointer: str) -> Place:
        """A place of a contract."""
        if (api, version) not in self._files.contracts:
            return self.api(api, "versions", version)
        found = self._files.at((api, version), pointer, "", "", "", "warning")
        return Place(found.file, found.line)

    def security(self, api: str, version: str, operation_id: str) -> Place:
        """Who may use an operation: its own `security`, else the document's."""
        contract = self._files.contracts.get((api, version))
        one = next((o for o in contract.operations if o.operation_id == operation_id), None) if contract else None
        if contract is not None and one is not None and "security" not in contract.document.resolve(one.pointer):
            found = self._files.at((api, version), "/security", "", "", "", "warning")
            return Place(found.file, found.line)
        return self.operation(api, version, operation_id, "security")


def _place(stated: Stated, written: bool | None = None) -> Place:
    if written is None:
        written = _is_written(stated)
    line, _ = stated.source.place(stated.pointer)
    return Place(stated.source.file, line, written)


def _is_written(stated: Stated) -> bool:
    tree = stated.source.tree
    for name in (step.replace("~1", "/").replace("~0", "~") for step in stated.pointer.split("/")[1:]):
        if isinstance(tree, dict) and name in tree:
            tree = tree[name]
        elif isinstance(tree, list) and name.isdigit() and int(name) < len(tree):
            tree = tree[int(name)]
        else:
            return False
    return True
