"""Keyword by OpenAPI version and direction: in each cell a message that breaks just this keyword, refused by its name.

A cell may be empty for a written reason only, and what the reason says becomes of the message is tried too. Then the
lowering of each keyword is taken out, and each of its cells must notice. Exit 1 where a cell does not hold, where a
keyword taken out is not missed, or where one of JSON Schema 2020-12 or of OpenAPI has no row.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from keyword_cells import cells, fault, keywords_without_row, taken_out  # noqa: E402
from keyword_rows import DIRECTIONS, FORMATS, ROWS, VERSIONS, Row  # noqa: E402


def line(row: Row, wrong: list[str]) -> str:
    """One row of the table; what does not hold is added to `wrong`."""
    marks, reasons = [], dict[str, None]()
    for version in VERSIONS:
        for way in DIRECTIONS:
            why, gap = fault(row, version, way), row.gap(version, way)
            marks.append("WRONG" if why else "." if gap else "refused")
            if why:
                wrong.append(f"{row.keyword}, {version}, {way}: {why}")
            if gap:
                reasons[gap.reason] = None
    with taken_out(row.keyword):
        wrong.extend(
            f"{row.keyword}, {v}, {way}: taken out, and not missed" for v, way in cells(row) if not fault(row, v, way)
        )
    told = f"{row.mutation}" + (f"; told as {row.told_as}" if row.told_as else "")
    why = f"  [{'; '.join(reasons)}]" if reasons else ""
    return f"{row.keyword:<31}" + "".join(f"{mark:<9}" for mark in marks) + (told if "refused" in marks else "") + why


def main() -> int:
    """Exit 0 where each cell holds and is missed."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    wrong: list[str] = []
    heads = [f"{version} {'req' if way == 'request' else 'ans'}" for version in VERSIONS for way in DIRECTIONS]
    print(f"{'keyword':<31}" + "".join(f"{head:<9}" for head in heads) + "the mutation; [why a cell is empty]")
    for row in (*ROWS, *FORMATS):
        print(line(row, wrong))
    wrong += [f"{keyword}: no row" for keyword in sorted(keywords_without_row())]
    full = sum(1 for row in (*ROWS, *FORMATS) for _ in cells(row))
    every = len((*ROWS, *FORMATS)) * len(VERSIONS) * len(DIRECTIONS)
    print("".join(f"FAILED  {what}\n" for what in wrong), end="")
    rows = f"{len(ROWS)} keywords and {len(FORMATS)} formats"
    print(f"{rows}: {full} cells refuse, {every - full} are empty for a reason; {len(wrong)} do not hold")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
