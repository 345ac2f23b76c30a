"""Runs Schemathesis: a process of its own in a fresh folder with an empty environment, told all by a written file.

Its cache and its database of examples would make one run depend on the one before, and its own time limit calls a run
that had no time a success: neither is used. Whether it came to its end is read from its report, not from its exit code.
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from governance.demo.process import die_with_parent
from governance.fuzz.plan import Target
from governance.fuzz.prepared import Prepared

_GRACE_SECONDS: Final = 3
_FAILURES: Final = 2_000
_LOG: Final = "schemathesis.log"
_OFF: Final = ("ignored_auth", "object_level_authorization", "unsupported_method", "allow_header_conformance")
"""Of the gateway, not of the system: the fuzzer's key is the run's own, and methods are refused before the system."""
_ESCAPED: Final = re.compile("[\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Engine:
    """How the fuzzer is run for one version."""

    folder: Path
    """Fresh and empty."""
    base_url: str
    key: str
    seed: int
    examples: int
    call_seconds: float
    """How long one call may take."""


def write_configuration(engine: Engine, target: Target, prepared: Prepared, document: Mapping[str, Any]) -> None:
    """Put the document and the configuration into the folder."""
    path = engine.folder / "openapi.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    lines = list(_lines(engine, target, prepared))
    configuration = engine.folder / "schemathesis.toml"
    configuration.touch(mode=0o600)
    configuration.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _lines(engine: Engine, target: Target, prepared: Prepared) -> Iterator[str]:
    yield from (
        f"seed = {engine.seed}",
        "color = false",
        "workers = 1",
        "continue-on-failure = true",
        "request-retries = 0",
        f"request-timeout = {engine.call_seconds:g}",
        "warnings = false",
        'suppress-health-check = ["all"]',
        f"base-url = {_quoted(engine.base_url)}",
        "[headers]",
        f"Authorization = {_quoted(f'Bearer {engine.key}')}",
        "[cache]",
        "enabled = false",
        "[generation]",
        'database = "none"',
        f"max-examples = {engine.examples}",
        "with-security-parameters = false",
        "[phases.coverage]",
        "unexpected-methods = []",
        # Keys come from what was prepared: those of answers are others' records, or such as another operation needs.
        "[phases.examples.extra-data-sources]",
        "responses = false",
        "[phases.coverage.extra-data-sources]",
        "responses = false",
        *(line for check in _OFF for line in (f"[checks.{check}]", "enabled = false")),
        "[reports]",
        'directory = "reports"',
        *(line for form in ("json", "ndjson") for line in (f"[reports.{form}]", "enabled = true",
                                                            f'path = "reports/{form}"')),
    )  # fmt: skip
    yield from _dictionaries(target, prepared)


def _dictionaries(target: Target, prepared: Prepared) -> Iterator[str]:
    """Real values for the keys of each operation, in most of what is made up for it."""
    tables: list[str] = []
    number = 0
    operations = {op.operation_id: op for op in target.published.operations}
    for called in target.operations:
        operation = operations[called.operation_id]
        bound: list[str] = []
        for one in operation.parameters:
            held = [values[one.name] for values in prepared.sets.get(operation.operation_id, []) if one.name in values]
            values = [value for value in held if isinstance(value, str | int | float) and "${" not in str(value)]
            if one.location != "path" or not values:
                continue
            number += 1
            yield f"[dictionaries.known-{number}]"
            yield f"values = [{', '.join(_quoted(value) for value in dict.fromkeys(values))}]"
            bound.append(f'{_quoted("path." + one.name)} = {{ dictionary = "known-{number}", probability = 0.8 }}')
        if bound:
            tables += ["[[operations]]", f"include-operation-id = {_quoted(operation.operation_id)}",
                       "[operations.parameters]", *bound]  # fmt: skip
    yield from tables


def _quoted(value: Any) -> str:
    """A value of TOML: JSON's escapes, and those that only TOML asks for."""
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


async def run_engine(engine: Engine, stop: asyncio.Event, seconds: float) -> dict[str, Any]:
    """Run it to its end, to `stop`, or for so long; what it said of its run. No process is left behind."""
    command = [sys.executable, "-I", "-X", "utf8", "-m", "schemathesis.cli", "run", "openapi.json"]
    log = (engine.folder / _LOG).open("wb")
    with log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=engine.folder, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            env={"HOME": str(engine.folder), "TMPDIR": str(engine.folder)}, start_new_session=True,
            preexec_fn=die_with_parent,
        )  # fmt: skip
        ended = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({ended, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            ran_out = not ended.done() and not stopped.done()
        finally:
            stopped.cancel()
            await _end(process)
            await asyncio.gather(ended, return_exceptions=True)
    return {**_told(engine.folder), "exit_code": process.returncode, "ran_out": ran_out}


async def _end(process: asyncio.subprocess.Process) -> None:
    """SIGTERM to its whole group, then SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)


def _told(folder: Path) -> dict[str, Any]:
    """What its reports say, without anything that a system answered."""
    report: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        report = json.loads((folder / "reports" / "json").read_text(encoding="utf-8"))
    told: dict[str, Any] = {
        "version": report.get("schemathesis_version", ""),
        "seed": report.get("seed"),
        "complete": report.get("complete", False),
        "stop_reason": report.get("stop_reason", ""),
        "operations": report.get("operations", {}),
        "test_cases": report.get("test_cases", {}),
        "errors": len(report.get("errors", ())),
    }
    told["failures"] = list(_failures(folder / "reports" / "ndjson"))[:_FAILURES]
    if not report:
        told["log"] = last_lines(folder / _LOG)
    return told


def last_lines(path: Path) -> str:
    """The end of what it printed, where it made no report: its configuration or the document was not taken."""
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])[-2_000:]
    except OSError:
        return ""


def _failures(path: Path) -> Iterator[dict[str, str]]:
    """Each check that failed: its name, its code and the test case."""
    try:
        lines = path.open(encoding="utf-8", errors="replace")
    except OSError:
        return
    with lines:
        for line in lines:
            if '"failure_info"' not in line:
                continue
            try:
                recorder = json.loads(line)["ScenarioFinished"]["recorder"]
            except (KeyError, TypeError, ValueError):
                continue
            for case, checks in recorder.get("checks", {}).items():
                for check in checks:
                    failure = (check.get("failure_info") or {}).get("failure")
                    if check.get("status") == "failure" and isinstance(failure, dict):
                        yield {
                            "check": str(check.get("name", "")), "code": str(failure.get("code", "")),
                            "type": str(failure.get("type", "")), "operation": str(failure.get("operation", "")),
                            "case": str(case),
                        }  # fmt: skip
