"""The way of an entity from candidate to live. This is the order in which it goes; a step rests on those above."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.diagnostic import Diagnostic
from governance.onboard.checking import (
    check_files,
    check_inputs,
    diff_inputs,
    diff_with_live,
    lint_contracts,
    lint_inputs,
)
from governance.onboard.deciding import ask_board, board_inputs
from governance.onboard.fuzzing import fuzz_inputs, fuzz_systems, tidy
from governance.onboard.generating import client_inputs, generate_clients
from governance.onboard.limits import limits_inputs, probe_limits, tidy_limits
from governance.onboard.outcome import Outcome
from governance.onboard.preconditions import board_faults, fuzz_faults, key_faults
from governance.onboard.releasing import build_release, go_live, live_inputs, release_inputs
from governance.onboard.reporting import EVIDENCE, make_report, report_inputs
from governance.onboard.work import Work


@dataclass(frozen=True, slots=True)
class Step:
    """One step. It may be done any number of times: the last time counts."""

    name: str
    what: str
    """What it does, for people."""
    inputs: Callable[[Work], str]
    """The digest of all that it rests on: for the same one it is not done again."""
    run: Callable[[Work], Outcome]
    after: Callable[[Work], None] | None = None
    """What is left to do once its outcome is in the journal."""
    rests_on: tuple[str, ...] = ()
    """Steps whose outcome is among its inputs: where one of these is done anew, this one may be, too."""
    needs: Callable[[Work], list[Diagnostic]] | None = None
    """What it would stop at before it has asked anybody."""
    keeps: bool = False
    """Whether a negative outcome stands for the same inputs: asking again would cost the system."""


STEPS: Final = (
    Step("check", "the workspace as it will be, judged whole", check_inputs, check_files),
    Step("lint", "the contracts that it offers, judged by themselves", lint_inputs, lint_contracts),
    Step("diff", "what callers will be given otherwise than now", diff_inputs, diff_with_live),
    Step("fuzz", "its systems asked, directly and through the gateway", fuzz_inputs, fuzz_systems, tidy,
         needs=fuzz_faults, keeps=True),
    Step("client", "a typed client of each contract", client_inputs, generate_clients),
    Step("limits", "budgets and timeouts, tried as far as was agreed", limits_inputs, probe_limits, tidy_limits,
         rests_on=("fuzz",), needs=key_faults),
    Step("report", "the evidence in one folder, under one digest", report_inputs, make_report,
         rests_on=EVIDENCE),
    Step("board", "the board decides on that digest", board_inputs, ask_board, rests_on=("report",),
         needs=board_faults),
    Step("release", "one file with all that is served", release_inputs, build_release, rests_on=("board",)),
    Step("live", "the release is active", live_inputs, go_live, rests_on=("release",)),
)  # fmt: skip
