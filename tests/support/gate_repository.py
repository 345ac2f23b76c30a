"""The example's workspace in a git repository, with a branch that breaks, exposes, weakens and moves a pin."""

import shutil
import subprocess
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "meridian"
BOARD = """\
rules:
  - {changes: [breaks, unproven], layers: [process, experience], who: owner-and-consumers}
  - {changes: [exposes, weakens], who: quorum}
owners:
  logistics@meridian.example: [anna]
  shop-team@meridian.example: [bert]
  portal@elbtal.example: [carl]
unanswered: {after_days: 14}
contact: board@meridian.example
"""
LEFT_OUT = ("simulators", ".tidewaiter", "business-central", "bc-us.yaml", "mna.yaml", "mca.yaml", "test.yaml")
"""What the tests get on without, in a fraction of the time: each operation is tested on each offer."""
SALES = """\
title: Sales orders of Meridian Deutschland
owner: order-to-cash@meridian.example
layer: system
visibility: internal
versions:
  1.0: {stage: active}
"""
GERMANY = """\
name: Meridian Deutschland GmbH
country: DE
owner: finance-de@meridian.example
stage: onboarded
offers:
  - {contract: stock@1.0, system: stock-demo}
  - {contract: stock@1.1, system: stock-demo}
  - {contract: directory@1.0, system: stock-demo}
"""
FRANCE = """\
name: Meridian France SAS
country: FR
owner: finance-fr@meridian.example
stage: onboarded
offers:
  - contract: sales-orders@1.0
    system: s4-eu
    path: /sap/opu/odata/sap/API_SALES_ORDER_SRV
    pins:
      record: {field: SalesOrganization, value: "1010", unchanging: true}
      body: {SalesOrganization: "1010"}
      proofs:
        listSalesOrderItems: {parent: "/A_SalesOrder('{SalesOrder}')", same: [SalesOrder]}
      nested: {to_Item: {same: [SalesOrder]}}
"""
STOCK, DIRECTORY = "contracts/stock/1.1.yaml", "contracts/directory/1.0.yaml"


class Repository:
    """A repository whose workspace lies in `ws`. Commits have dates of their own; `main` is the base of `change`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ws = folder, folder / "ws"
        shutil.copytree(EXAMPLE, self.ws, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (self.ws / "contracts" / "sales-orders" / "1.1.yaml").unlink()
        self.write("contracts/sales-orders/api.yaml", SALES)
        self.write("entities/mde.yaml", GERMANY)
        self.write("entities/mfr.yaml", FRANCE)
        self.edit("consumers/webshop.yaml", ("[mna, mca, mde, mfr]", "[mde, mfr]"))
        self.edit("consumers/dashboard.yaml", ("[mde]", "[mfr]"))
        self.edit("consumers/edi.yaml", ("[mde]", "[mfr]"))
        self.edit("policies/plans.yaml", ("      business-central:createSalesOrder: 5\n", ""))
        self.git("init", "-q", "-b", "main", ".")

    def git(self, *arguments, day="2026-02-03") -> str:
        stamp = f"{day}T12:00:00Z"
        environment = {
            "GIT_AUTHOR_DATE": stamp,
            "GIT_COMMITTER_DATE": stamp,
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "PATH": "/usr/bin:/bin",
            "GIT_AUTHOR_NAME": "t",
            "GIT_AUTHOR_EMAIL": "t@example.com",
            "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@example.com",
            "HOME": str(self.folder),
        }
        done = subprocess.run(
            ["git", *map(str, arguments)], cwd=self.folder, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def commit(self, message="change", day="2026-02-03") -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, day=day)

    def write(self, file: str, text: str) -> None:
        path = self.ws / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, file: str, *pairs: tuple[str, str]) -> None:
        text = (self.ws / file).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text, f"{old!r} is not in {file}"
            text = text.replace(old, new)
        self.write(file, text)


def made(folder: Path) -> Repository:
    """On `main` a year of history; on `change`, checked out, changes of every kind, committed."""
    repository = Repository(folder)
    repository.write("governance/board.yaml", BOARD)
    repository.edit(STOCK, ("maxLength: 35", "maxLength: 30"))
    repository.commit("first", "2025-03-04")
    repository.edit(STOCK, ("maxLength: 30", "maxLength: 35"))
    repository.commit("longer references", "2025-09-10")
    repository.edit(STOCK, ("How much of a material", "How many of a material"))
    repository.commit("words", "2026-01-15")
    repository.git("switch", "-q", "-c", "change")
    repository.edit(
        STOCK,
        ("maxLength: 35", "maxLength: 20"),
        ("            - KG\n        asOf", "            - KG\n            - L\n        asOf"),
    )
    repository.edit(DIRECTORY, ("Companies of the group", "Companies of our group"))
    repository.edit("entities/mfr.yaml", ('"1010"', '"1011"'))
    repository.edit("policies/plans.yaml", ("requests: 6000", "requests: 3000"))
    repository.edit("contracts/stock/api.yaml", ("visibility: partner", "visibility: public"))
    repository.edit("contracts/directory/api.yaml", ("communications@meridian.example", "press@meridian.example"))
    repository.commit("change", "2026-02-03")
    return repository
