"""The JSON Schema test suite, put to the compiled path: a schema as the JSON body of an operation, judged as bytes.

Draft 2020-12 is wrapped in OpenAPI 3.1; draft 4 in 3.1 with its `jsonSchemaDialect`, and in 3.0 where a case uses no
keyword that 3.0 does not have. Every value is judged in a request and in an answer. Formats and contents are asserted,
as the product does it, save for the required files that demand that they are not; `optional/format` demands that they
are. References to documents of other hosts are refused (nothing is fetched): those cases are counted apart, and judged
once more with the documents put in.

What fails is printed first. `conformance.yaml` lists what is known to fail with its reason; a row that no longer
applies is an error. Exit 0 where nothing else failed, 2 where the suite could not be had.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from conformance_suite import ROOT, Group, Suite, written

from contracts.compile import CompiledOperation, Compiler, Declined
from contracts.contract import read_contract
from contracts.diagnostic import InvalidInputError
from contracts.document import parse_document
from contracts.settings import Bounds

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
KNOWN_TO_3_0 = frozenset(
    (
        *("$ref", "title", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength"),
        *("minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required"),
        *("enum", "type", "allOf", "oneOf", "anyOf", "not", "items", "properties", "additionalProperties"),
        *("description", "format", "default"),
    )
)
ANNOTATED = ("/format.json", "/content.json")
"""Required files that demand that formats and contents are not asserted."""


@dataclass(frozen=True, slots=True)
class Run:
    """One folder of the suite in one kind of document."""

    name: str
    folder: str
    version: str
    dialect: str = ""
    required: bool = True


RUNS = (
    Run("2020-12 in OpenAPI 3.1", "draft2020-12", "3.1.1"),
    Run("draft 4 in OpenAPI 3.1", "draft4", "3.1.1", DRAFT_4),
    Run("draft 4 in OpenAPI 3.0", "draft4", "3.0.4"),
    Run("2020-12 in OpenAPI 3.1, formats", "draft2020-12/optional/format", "3.1.1"),
    Run("draft 4 in OpenAPI 3.1, formats", "draft4/optional/format", "3.1.1", DRAFT_4),
    Run("2020-12 in OpenAPI 3.1, optional", "draft2020-12/optional", "3.1.1", required=False),
    Run("draft 4 in OpenAPI 3.1, optional", "draft4/optional", "3.1.1", DRAFT_4, required=False),
)
PUT_IN = "2020-12 in OpenAPI 3.1, with the documents put in"


@dataclass(slots=True)
class Row:
    """Cases that are known to fail. `test` empty: all of the group."""

    run: str
    file: str
    group: str
    test: str
    reason: str
    remote: bool
    """It refers to a document of another host."""
    judged: bool
    """It is judged, and not as the suite demands; otherwise it must not be judged at all."""
    used: int = 0
    idle: list[str] = field(default_factory=list)
    """Cases that it covers and that pass."""

    def covers(self, run: Run, group: Group, test: str) -> bool:
        """Whether it speaks of this test."""
        file = group.file.removeprefix(run.folder + "/")
        return (self.run, self.file, self.group) == (run.name, file, group.name) and self.test in ("", test)


@dataclass(slots=True)
class Tally:
    """What came out of one run."""

    passed: int = 0
    total: int = 0
    apart: int = 0


def document(schema: Any, run: Run, inside: Mapping[str, Any]) -> bytes:
    """A document with one operation, whose body and answer have the schema; `inside` are schemas by their address."""
    if isinstance(schema, dict) and run.version.startswith("3.1") and not run.dialect and "$id" not in schema:
        schema = {"$id": "https://suite.invalid/it", **schema}
    elif run.version.startswith("3.0") or run.dialect:
        schema = placed(schema)
    schemas = {"It": schema}
    for n, (address, remote) in enumerate(inside.items()):
        own = remote.get("$id", address) if isinstance(remote, dict) else None
        schemas[f"Remote{n}"] = {"$id": address, **remote} if own == address else remote
        if own != address:  # found at an address that is not its name
            schemas[f"Found{n}"] = {"$id": address, "$ref": own}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/It"}}}
    operation = {
        "operationId": "it",
        "security": [],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "done", "content": content}},
    }
    dialect = {"jsonSchemaDialect": run.dialect} if run.dialect else {}
    whole = {
        "openapi": run.version, "info": {"title": "Suite", "version": "1"}, **dialect,
        "paths": {"/it": {"post": operation}}, "components": {"schemas": schemas},
    }  # fmt: skip
    return written(whole).encode()


def placed(schema: Any) -> Any:
    """References into the schema, for documents in which it is no root: `#/x` becomes `#/components/schemas/It/x`."""
    if isinstance(schema, list):
        return [placed(child) for child in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: child if name == "enum" else placed(child) for name, child in schema.items()}
    ref = schema.get("$ref")
    if isinstance(ref, str) and (ref == "#" or ref.startswith("#/")):
        found["$ref"] = "#/components/schemas/It" + ref[1:]
    return found


def keywords(schema: Any) -> Iterator[str]:
    """The keywords of a draft-4 schema, as 3.0 sees them: a list under `items` or `type` is none of its own."""
    if not isinstance(schema, dict):
        yield "boolean"
        return
    for keyword, value in schema.items():
        if (keyword in ("items", "type") and isinstance(value, list)) or value == "null":
            yield f"{keyword} of draft 4"
            continue
        yield keyword
        inner: Iterable[Any] = ()
        if keyword == "properties":
            inner = value.values()
        elif keyword in ("allOf", "anyOf", "oneOf"):
            inner = value
        elif keyword in ("items", "not") or (keyword == "additionalProperties" and isinstance(value, dict)):
            inner = (value,)
        for child in inner:
            yield from keywords(child)


def compiled(group: Group, run: Run, inside: Mapping[str, Any]) -> CompiledOperation | str:
    """The operation, or why there is none."""
    try:
        contract = read_contract(parse_document(document(group.schema, run, inside), "suite.json"))
        compiler = Compiler(contract, Bounds(), asserted=not group.file.endswith(ANNOTATED))
        return compiler.compile(contract.operations[0], "suite", "1")
    except InvalidInputError as error:
        return f"not loaded: {error.diagnostics[0].message}"
    except Declined as error:
        return f"declined: {error}"


def wrong(operation: CompiledOperation | str, value: Any, *, valid: bool) -> str:
    """Why the judgement is not the suite's; empty where it is."""
    if isinstance(operation, str):
        return operation
    head = {b"content-type": b"application/json"}
    body = written(value).encode()
    for way, judgement in (
        ("request", operation.judge_request((), b"", head, body)),
        ("answer", operation.judge_answer(200, list(head.items()), body)),
    ):
        if judgement.outcome != ("conforms" if valid else "violates"):
            why = judgement.reason or "; ".join(f"{v.rule}: {v.message}" for v in judgement.violations[:2])
            return f"as {way}: {judgement.outcome}" + (f" ({why})" if why else "")
    return ""


class Bench:
    """Runs the suite and gathers what came out."""

    def __init__(self, suite: Suite, rows: list[Row]) -> None:
        self.suite = suite
        self.rows = rows
        self.failed: list[str] = []
        self.listed: Counter[str] = Counter()
        self.again: list[Group] = []

    def run(self, run: Run) -> Tally:
        """All groups of one folder."""
        tally = Tally()
        for group in self.suite.groups(run.folder):
            if run.version.startswith("3.0") and not set(keywords(group.schema)) <= KNOWN_TO_3_0:
                continue
            operation = compiled(group, run, {})
            for test, value, valid in group.tests:
                why = wrong(operation, value, valid=valid)
                row = next((row for row in self.rows if row.covers(run, group, test)), None)
                name = f"{run.name}: {group.file}: {group.name}: {test}"
                if row is not None and not why:
                    row.idle.append(name)
                if row is not None and why and row.judged == isinstance(operation, str):
                    self.failed.append(f"{name}: listed for another reason than this: {why}")
                elif row is not None and why:
                    row.used += 1
                    self.listed[row.reason] += 1
                    if row.remote:
                        tally.apart += 1
                        if group not in self.again and run is RUNS[0]:
                            self.again.append(group)
                        continue
                tally.total += 1
                tally.passed += not why
                if why and row is None:
                    self.failed.append(f"{name}: {why}")
        return tally

    def run_put_in(self) -> Tally:
        """Cases that refer to other documents, with these put in."""
        tally = Tally()
        remotes = self.suite.remotes()
        for group in self.again:
            operation = compiled(group, RUNS[0], remotes)
            for test, value, valid in group.tests:
                why = wrong(operation, value, valid=valid)
                tally.total += 1
                tally.passed += not why
                if why:
                    self.failed.append(f"{PUT_IN}: {group.file}: {group.name}: {test}: {why}")
        return tally


def known() -> Iterator[Row]:
    """The rows of `conformance.yaml`."""
    for block in yaml.safe_load((ROOT / "bench" / "conformance.yaml").read_text(encoding="utf-8")):
        for file, groups in block["cases"].items():
            for stated in groups:
                ((group, test),) = stated.items() if isinstance(stated, dict) else ((stated, ""),)
                told = (block.get(kind, False) for kind in ("remote", "judged"))
                yield Row(block["run"], file, group, test, block["reason"], *told)


def main() -> int:
    """Exit 0 where what fails is listed, and what is listed fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="draft 2020-12 only")
    chosen = parser.parse_args()
    began = time.monotonic()
    runs = RUNS[:1] if chosen.short else RUNS
    rows = [row for row in known() if row.run in {run.name for run in runs} or not chosen.short]
    bench = Bench(Suite(), rows)
    tallies = {run.name: bench.run(run) for run in runs}
    tallies[PUT_IN] = bench.run_put_in()
    for row in rows:
        bench.failed += [f"listed, and passes: {name}" for name in row.idle]
        if not row.used and not row.idle:
            bench.failed.append(f"listed, and is no case of the suite: {row.run}: {row.file}: {row.group} {row.test}")
    print("".join(f"FAILED  {line}\n" for line in bench.failed), end="")
    for reason, count in bench.listed.most_common():
        print(f"known   {count} for this reason: {reason}")
    optional = {run.name for run in RUNS if not run.required}
    for name, tally in tallies.items():
        apart = f"; {tally.apart} more refer to other documents" if tally.apart else ""
        print(f"        {tally.passed} of {tally.total}  {name}{apart}")
    counted = [tally for name, tally in tallies.items() if name not in optional]
    print(f"{time.monotonic() - began:.0f} s; optional files are not counted in what follows")
    print(f"{sum(t.passed for t in counted)} of {sum(t.total for t in counted)} passed")
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
