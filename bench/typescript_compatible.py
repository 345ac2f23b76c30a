"""User code in TypeScript against clients of newer contracts: it compiles wherever the profile `sdk` says so."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from compatible_changes import CHANGES, RENAMES, changed, contract  # noqa: E402 - the tests' own
from typescript_client import Packages, compiled  # noqa: E402

from codegen.former import NONE, Former, former_names  # noqa: E402
from contracts.document import parse_document  # noqa: E402
from governance.client_contract import asked  # noqa: E402
from governance.client_package import described  # noqa: E402
from governance.diff.reporting import compare_sides  # noqa: E402
from governance.diff.side import Side  # noqa: E402
from governance.finding import Severity  # noqa: E402
from governance.severities import DiffSettings  # noqa: E402

USER = """
import { createClient, enums, type inputs, isProblem, type models } from "PACKAGE";

const client = createClient({ apiKey: "k", entity: "x" });

export async function place(): Promise<models.Order> {
  const line: inputs.NewLine = { sku: "PUMP", quantity: 2, note: "soon" };
  const body: inputs.NewOrder = { customer: "Bay", lines: [line], priority: "low", weeks: 3 };
  body.priority = enums.NewOrderPriority.HIGH;
  return (await client.POST("/orders", { body })).data;
}
export async function read(): Promise<[string, number, string | undefined, string | null | undefined]> {
  const { data } = await client.GET("/orders/{id}", { params: { path: { id: "o1" } } });
  switch (data.status) {
    case enums.OrderStatus.OPEN: {
      const customer: models.OrderCustomer | undefined = data.customer;
      return [data.id, data.total, data.placed, customer?.name ?? data.comment];
    }
    case "closed": return [data.status, 0, undefined, null];
    default: return [data.status, data.lines.reduce((sum, line) => sum + line.quantity, 0), undefined, null];
  }
}
export async function every(): Promise<string[]> {
  try {
    const { data } = await client.GET("/orders", { params: { query: { city: "Bern", top: 5 } } });
    return data.value.map((order) => order.id);
  } catch (error) {
    if (isProblem(error, "record-not-there")) return [];
    throw error;
  }
}
"""


def breaks(change: Callable[[Any], None]) -> bool:
    """Whether the profile says that user code may break."""
    trees = (json.dumps(contract()).encode(), json.dumps(changed(change)).encode())
    sides = [Side(parse_document(text, "a.json"), "a.json") for text in trees]
    report = compare_sides(sides[0], sides[1], profile="sdk", at=None, settings=DiffSettings())
    return any(finding.severity is Severity.BREAKING for finding in report.findings)


def compatible(folder: Path) -> list[str]:
    """The kinds of change after which user code does not compile, with what the compiler says; all in one run of it."""
    old_path = folder / "old.json"
    old_path.write_text(json.dumps(contract()))
    old = described(asked(str(old_path), None, "old"), "typescript")
    programs: dict[str, str] = {}
    with Packages(folder / "packages") as packages:
        for number, change in enumerate([*CHANGES, *RENAMES]):
            if breaks(change):
                print(f"  {change.__name__}: user code may break, the profile says")
                continue
            path = folder / f"{change.__name__}.json"
            path.write_text(json.dumps(changed(change)))
            prefix = f"v{number}"
            former: Former = NONE
            if change in RENAMES:
                former = former_names(old, described(asked(str(path), None, prefix), "typescript"))
            out, _ = packages.add(path, None, prefix, former=former)
            programs[change.__name__] = USER.replace("PACKAGE", out.relative_to(packages.modules).as_posix())
        said = compiled(packages, declarations=True, **programs)
    print(said or f"user code compiles against clients of {len(programs)} kinds of newer contracts")
    return said.splitlines()
