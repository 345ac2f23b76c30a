"""What a step would stop at before it asks anybody: told by a dry run, which does nothing of it."""

from dataclasses import replace
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.trust.place import find_trust
from governance.fuzz.asked import Asked as FuzzAsked
from governance.fuzz.plan import make_plan
from governance.onboard.known_environments import environments
from governance.onboard.vault import key_of
from governance.onboard.work import Work


def fuzz_asked(work: Work) -> FuzzAsked:
    """What is asked of the fuzzer: every version that the entity offers, so that what no system answers is named."""
    asked = work.asked
    apis = tuple(one.contract for one in work.subject.tested.entities[work.subject.entity].offers)
    return FuzzAsked(
        asked.folder, asked.entity, asked.fuzzed_in, apis=apis, seed=asked.seed, examples=asked.examples,
        seconds=asked.seconds, witnesses=asked.witnesses,
    )  # fmt: skip


def judge_fuzzing(work: Work) -> None:
    """Raises InvalidInputError where the entity's systems may not be asked."""
    try:
        make_plan(fuzz_asked(work))
    except InvalidInputError as error:
        raise in_our_words(error) from None


def in_our_words(error: InvalidInputError) -> InvalidInputError:
    """The fuzzer names its own option; here `--environment` is where the entity goes live."""
    told = error.diagnostics
    return InvalidInputError(
        [replace(one, remedy=one.remedy.replace(" --environment", " --test-environment")) for one in told]
    )


def key_faults(work: Work) -> list[Diagnostic]:
    """Why recordings cannot be kept."""
    try:
        key_of(work.asked.folder)
    except InvalidInputError as error:
        return list(error.diagnostics)
    return []


def fuzz_faults(work: Work) -> list[Diagnostic]:
    """Why systems cannot be fuzzed, all of it at once."""
    found = key_faults(work)
    try:
        judge_fuzzing(work)
    except InvalidInputError as error:
        found += error.diagnostics
    return found


def board_faults(work: Work) -> list[Diagnostic]:
    """Why nobody can decide."""
    try:
        find_trust(work.asked.folder, work.asked.trust)
    except InvalidInputError as error:
        return list(error.diagnostics)
    return []


def judge_environment(folder: Path, environment: str | None) -> None:
    """Raises InvalidInputError where it is not said in which environment of several the entity goes live."""
    live, _ = environments(folder)
    if environment is None and live:
        message = "it is not said where the entity goes live, and the workspace has environments"
        remedy = " or ".join(f"write -e {name}" for name in live)
        raise InvalidInputError([Diagnostic("--environment", "no-environment", message, remedy)])
