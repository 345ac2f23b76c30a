"""How the onboarding report counts: calls, the messages that came of them, what stays, and what a fit is made of."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.counted import counted
from contracts.plain import plain


def calls_line(fuzz: Mapping[str, Any], limits: Mapping[str, Any], entries: int) -> str:
    """All calls of the run by what they were for, and the messages to systems that came of them, in one line.

    `entries` is the number of calls in the recording.
    """
    own = sum(one["calls"] for one in fuzz["coverage"])
    again = sum(one["calls"] for one in fuzz["crossings"])
    other = entries - own - again
    messages = sum(one["exchanges"] for one in limits["systems"])
    parts = [f"{own} to the operations below", f"{again} of these once more through the whole gateway"]
    parts += [f"{other} without a credential, of witnesses, or to delete what was made"] if other > 0 else []
    took = f"They took {counted(messages, 'message')} to systems"
    why = "a call that is refused before it is sent takes none, and some take several"
    return f"{counted(entries, 'call')}: {', '.join(parts)}. {took}: {why}."


def stay_lines(fuzz: Mapping[str, Any]) -> Iterator[str]:
    """Records of the run that could not be deleted, a line a contract."""
    for name, told in fuzz["cleaned"].items():
        if told["left"]:
            why = f": {told['reason']}" if told["reason"] else ""
            stay = counted(told["left"], "record of the run stays", "records of the run stay")
            yield plain(f"{name}: {stay} in the system{why}")


def answers_of(one: Mapping[str, Any]) -> str:
    """What became of the calls to an operation: `58 answered with 200, 3 not sent`."""
    statuses = one["statuses"].items()
    parts = [f"{number} answered with {status}" for status, number in statuses if status != "0"]
    parts += [f"{number} without an answer" for status, number in statuses if status == "0"]
    parts += [f"{one['held_back']} not sent"] if one["held_back"] else []
    return ", ".join(parts) or "none"


def fit_of(one: Mapping[str, Any] | None) -> str:
    """A score from 0 to 1, or why there is none."""
    if one is None:
        return "not known, for nothing was held against it"
    if one["score"] is not None:
        return f"{one['score']:.2f} (1: it allows what the system takes, and rules out what the system refuses)"
    if one["allows"] is None and one["catches"] is None:
        return "not known, for the system took no call, and refused none for its form"
    if one["allows"] is None:
        return f"not known, for the system took no call; of what it refuses, {one['catches']:.2f} is ruled out"
    return f"not known, for the system refused no call for its form; of what it takes, {one['allows']:.2f} is allowed"
