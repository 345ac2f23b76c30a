"""Writes tests/longest.txt from the seconds in a report: `make test REPORT=report.xml`, then this with report.xml."""

import argparse
import sys
import xml.etree.ElementTree as ET  # the file is written by pytest
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEAST_SECONDS = 4.0


def file_of(classname: str) -> str:
    """The file of a test, by the class that the report names: `tests.flows.test_call`, perhaps with a class in it."""
    path = ROOT
    for part in classname.split("."):
        path /= part
        if path.with_suffix(".py").is_file():
            return path.with_suffix(".py").relative_to(ROOT).as_posix()
    return ""


def main() -> int:
    """Exit 0; the files are told with their seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    seconds: Counter[str] = Counter()
    for case in ET.parse(parser.parse_args().report).iter("testcase"):
        seconds[file_of(case.get("classname", ""))] += float(case.get("time", "0"))
    longest = [(name, took) for name, took in seconds.most_common() if took >= LEAST_SECONDS and name]
    (ROOT / "tests" / "longest.txt").write_text("".join(f"{name}\n" for name, _ in longest), "utf-8")
    print("\n".join(f"{took:7.1f}  {name}" for name, took in longest))
    return 0


if __name__ == "__main__":
    sys.exit(main())
