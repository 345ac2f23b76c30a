"""The example in front of systems that companies share, under each setting that could loosen what keeps them apart."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from isolation_attack import Aim, Attack, Told
from isolation_bc import FAMILIES as BC_FAMILIES
from isolation_bc import ORDERS as BC_ORDERS
from isolation_bc import in_company
from isolation_bc import named as bc_named
from isolation_grounds import Ground, company_rows, company_tags, plant_companies, plant_sales, sales_rows, sales_tags
from isolation_judges import Asked
from isolation_rows import Row
from isolation_s4 import FAMILIES as S4_FAMILIES
from isolation_s4 import ORDERS as S4_ORDERS
from isolation_s4 import named as s4_named

from governance.demo.fleet import Fleet
from governance.demo.process import Child

SCOPES = (
    "sales-orders.read sales-orders.write sales-orders.delete orders.read orders.write orders.delete orders.post "
    "master-data.read master-data.write"
)
_WIDE = {
    "rates": [{"name": "per-minute", "requests": 1_000_000, "window_seconds": 60}],
    "concurrency": 1000,
}
LOOSE = {"reason": "the matrix", "unchecked": "allow"}
_NO_LIMIT = {"requests": 1_000_000, "window_seconds": 60, "failures": 1_000_000}


@dataclass(frozen=True, slots=True)
class Setting:
    """What the workspace says in place of what it says otherwise."""

    name: str
    modes: tuple[Mapping[str, str], ...] = ()
    unknown: tuple[Mapping[str, str], ...] = ()
    workers: int = 1
    bounds: Mapping[str, int] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)
    open_contract: bool = False
    """Bodies of the contract may have any member."""
    pins_by_environment: bool = False
    """The files of entities have each other's pins; the environment sets them right."""
    pins: bool = True


SETTINGS = (
    Setting("enforced"),
    Setting("reported, two workers", ({"mode": "report", **LOOSE},), workers=2),
    Setting(
        "off, unknown members stripped, judged off the loop",
        ({"mode": "off", **LOOSE},),
        unknown=({"members": "strip", **LOOSE},),
        bounds={"off_loop_bytes": 1024},
    ),
    Setting(
        "off for one side, open bodies, pins by environment",
        ({"mode": "off", "entity": "mde", **LOOSE}, {"mode": "off", "direction": "answer", **LOOSE}),
        open_contract=True,
        pins_by_environment=True,
        plan={"weight": 9, "costs": {"sales-orders:createSalesOrder": 0}},
    ),
    Setting(
        "answers too large to be held",
        ({"mode": "report", "consumer": "webshop", **LOOSE},),
        bounds={"answer_body_bytes": 6000},
    ),
)
WITHOUT_PINS = Setting("without pins", pins=False)


class Matrix(Fleet):
    """The demo's fleet with plans that nothing uses up; the gateway starts again for each setting."""

    def _write_environment(self, workspace: Path) -> None:
        self._since: dict[str, int] = {}
        super()._write_environment(workspace)
        _change(workspace / "tidewaiter.yaml", address_limit=_NO_LIMIT)
        environment = workspace / "environments" / "demo.yaml"
        systems = _read(environment)["systems"]
        for system in systems.values():  # the matrix looks at who gets what, not at how much
            system["capacity"] = []
        _change(environment, systems=systems)
        for path in (workspace / "entities").glob("*.yaml"):
            _write(workspace / "consumers" / f"depot-{path.stem}.yaml", _depot(path.stem))
        for system in systems:  # all over a few connections, however often the system fails
            path = workspace / "systems" / f"{system}.yaml"
            _change(path, max_connections=3, breaker={"least_calls": 100_000})
        _copied(workspace, self.folder / "first")

    def again(self, setting: Setting) -> None:
        """The gateway with another setting."""
        workspace = self.folder / "workspace"
        self.children["gateway"].stop()
        _copied(self.folder / "first", workspace)
        plan = {**_WIDE, **setting.plan}
        _write(workspace / "policies" / "plans.yaml", {"plans": {"standard": plan, "starter": _WIDE}})
        _write(workspace / "policies" / "modes.yaml", {"modes": [*setting.modes], "unknown": [*setting.unknown]})
        settings = _read(workspace / "tidewaiter.yaml")
        _change(workspace / "tidewaiter.yaml", bounds={**settings.get("bounds", {}), **setting.bounds})
        if setting.open_contract:
            for path in (workspace / "contracts").glob("*/[0-9]*.yaml"):
                text = path.read_text(encoding="utf-8")
                path.write_text(text.replace("additionalProperties: false", "additionalProperties: true"), "utf-8")
        if setting.pins_by_environment:
            self._swap(workspace)
        if not setting.pins:
            for path in (workspace / "entities").glob("*.yaml"):
                _change(
                    path, offers=[{k: v for k, v in offer.items() if k != "pins"} for offer in _read(path)["offers"]]
                )
        self.start_gateway(setting.workers)

    def start_gateway(self, workers: int = 1) -> None:
        """As the demo's, with so many workers."""
        command = [
            sys.executable, "-m", "governance.cli.main", "serve", str(self.folder / "workspace"),
            "--environment", "demo", "--workers", str(workers), "--access-log", str(self.folder / "access.log"),
            "--no-clients",
        ]  # fmt: skip
        child = Child("gateway", command, self.folder / "gateway.log", self._environment())
        self.children["gateway"] = child
        self._stack.callback(child.stop)
        child.wait_for_port(self.port)
        child.wait_for_port(self.ports["health"])

    def _swap(self, workspace: Path) -> None:
        """Each side's files have the other's values."""
        held: dict[str, Any] = {}
        for system in ("s4-eu", "bc-us"):
            pins = pins_on(workspace, system)
            for (name, own), value in zip(pins.items(), reversed(pins.values()), strict=True):
                path = workspace / "entities" / f"{name}.yaml"
                path.write_text(path.read_text(encoding="utf-8").replace(own, value), encoding="utf-8")
                by_place = {"record": own} if system == "s4-eu" else {"path": {"company_id": own}}
                held.setdefault(name, {"pins": {}})["pins"][system] = by_place
        _change(workspace / "environments" / "demo.yaml", entities=held)

    def asked(self, system: str) -> dict[str, Asked]:
        """What a system was asked since the last time, by the id of the call, without fetches of tokens."""
        since = self._since.get(system, 0)
        told = self.control(system, f"requests?since={since}")
        self._since[system] = told["counted"]
        found: dict[str, list[tuple[str, str]]] = {}
        for one in told["requests"]:
            head = {name.lower(): value for name, value in one["headers"]}
            if head.get("x-csrf-token", "").lower() != "fetch" and not one["target"].endswith("/token"):
                found.setdefault(head.get("x-correlation-id", ""), []).append((one["method"], one["target"]))
        return {name: tuple(calls) for name, calls in found.items()}


def credentials(fleet: Fleet) -> dict[str, dict[str, str]]:
    """Headers by caller."""
    shop = {"Authorization": f"Bearer {fleet.token('webshop', SCOPES)}"}
    sides = ("mde", "mfr", *pins_on(fleet.folder / "workspace", "bc-us"))
    depots = {f"depot of {entity}": fleet.token(f"depot-{entity}", SCOPES) for entity in sides}
    return {
        **{f"webshop for {entity}": {**shop, "X-Entity": entity} for entity in sides},
        **{name: {"Authorization": f"Bearer {token}"} for name, token in depots.items()},
        "dashboard": {"X-API-Key": fleet.keys["dashboard"]},
        "edi": {"Authorization": f"Bearer {fleet.token('edi-hub', SCOPES)}"},
    }


def _depot(entity: str) -> dict[str, object]:
    """A consumer that may act for one entity only."""
    return {
        "name": f"Depot of {entity}", "owner": "depot@meridian.example", "plan": "standard", "entities": [entity],
        "audience": "internal", "credentials": [{"type": "jwt", "issuer": "meridian", "claim": f"depot-{entity}"}],
    }  # fmt: skip


def grounds(workspace: Path) -> tuple[Ground, ...]:
    """The systems that are attacked."""
    companies = pins_on(workspace, "bc-us")
    sales = Ground(
        system="s4-eu",
        database="s4hana.sqlite",
        pins=pins_on(workspace, "s4-eu"),
        own=sales_rows,
        plant=plant_sales,
        keys=sales_tags,
        partners={"mde": ("dashboard", "edi")},
        versions=("1.0", "1.1", "1"),
        lists=S4_ORDERS,
        record=f"{S4_ORDERS}('{{0}}')",
        named=s4_named,
        families=S4_FAMILIES,
        reach=lambda attack, _: attack,
        hidden=re.compile(rb"SalesOrganization"),
    )
    central = Ground(
        system="bc-us",
        database="business_central.sqlite",
        pins=companies,
        own=company_rows,
        plant=plant_companies,
        keys=company_tags,
        partners={},
        versions=("2.0", "2"),
        lists=BC_ORDERS,
        record=f"{BC_ORDERS}({{0}})",
        named=bc_named,
        families=BC_FAMILIES,
        reach=in_company,
        hidden=re.compile("|".join(companies.values()).encode(), re.IGNORECASE),
    )
    return sales, central


def pins_on(workspace: Path, system: str) -> dict[str, str]:
    """What names each entity inside a system."""
    found = {}
    for path in sorted((workspace / "entities").glob("*.yaml")):
        for offer in _read(path)["offers"]:
            pins = offer.get("pins", {})
            if offer["system"] == system and pins:
                found[path.stem] = pins["record"]["value"] if "record" in pins else next(iter(pins["path"].values()))
    return found


def aimed(
    ground: Ground, rows: Sequence[Row], who: Mapping[str, Mapping[str, str]], ask: Callable[[Attack, str], Told]
) -> Iterator[Aim]:
    """Each company from the side of the other."""
    for entity, pin in ground.pins.items():
        other = next(name for name in ground.pins if name != entity)
        callers = (f"webshop for {entity}", f"depot of {entity}", *ground.partners.get(entity, ()))
        own, foreign = ground.keys(rows, pin), ground.keys(rows, ground.pins[other])
        theirs = {kind: key for kind, key, _, _ in ground.own(rows, ground.pins[other])}
        continued = tuple(_tokens(ground, [name for name in who if name != callers[0]], ask))
        yield Aim(callers, entity, other, ground.pins[other], pin, tuple(own), tuple(foreign), foreign, own, continued,
                  theirs)  # fmt: skip


def _tokens(ground: Ground, callers: list[str], ask: Callable[[Attack, str], Told]) -> Iterator[str]:
    """Continuations of others, for this list."""
    for who in callers:
        told = ask(Attack("", "GET", f"{ground.lists}?$top=40", who), "")
        found = re.search(rb"skiptoken=([^&\"\\]+)", told.body)
        if found:
            yield found[1].decode()


def _copied(one: Path, other: Path) -> None:
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(one, other)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, default=str), encoding="utf-8")


def _change(path: Path, **members: object) -> None:
    _write(path, {**_read(path), **members})
