"""What a change of one key of a file can do: by id its classes, why, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from governance.board_rules import ChangeClass

_BREAKS, _EXPOSES, _WEAKENS = ChangeClass.BREAKS, ChangeClass.EXPOSES, ChangeClass.WEAKENS
_UNPROVEN, _NOBODY = ChangeClass.UNPROVEN, None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One kind of finding about a file that people write."""

    classes: frozenset[ChangeClass]
    """What such a change does; empty where nobody must decide on it."""
    reason: str
    """Why it is judged so."""
    do: str
    """What its author does about it."""


def _rule(reason: str, do: str, *classes: ChangeClass | None) -> FieldRule:
    return FieldRule(frozenset(one for one in classes if one is not None), reason, do)


_ASK = "Say in the request for a decision why it is needed."
_TELL = "Tell the consumers that are concerned before it is released."
_ALONE = "Decide it in a change of its own."

FIELD_RULES: Final[Mapping[str, FieldRule]] = {
    "words-changed": _rule("It is for readers only.", "Nothing.", _NOBODY),
    "setting-changed": _rule("No rule knows what this key's change does to callers.", _ASK, _UNPROVEN),
    "life-told": _rule("Callers are told a date or a successor, which is judged apart.", "Nothing.", _NOBODY),
    "owner-changed": _rule("The owner decides, and is asked, about what comes next.", _ALONE, _WEAKENS),
    "workspace-renamed": _rule("The trust root and every decision name the workspace.", _ALONE, _WEAKENS, _BREAKS),
    "address-changed": _rule("Callers have the old address, and problem types are named by it.", _TELL, _BREAKS),
    "proxy-trusted": _rule("What it says of a caller's address is believed.", _ASK, _EXPOSES),
    "proxy-distrusted": _rule("Callers behind it are counted as one address.", _TELL, _BREAKS),
    "origin-allowed": _rule("Pages of another origin, or with other headers, may call.", _ASK, _EXPOSES),
    "origin-taken": _rule("Pages that could call can no longer.", _TELL, _BREAKS),
    "bound-raised": _rule("Larger or slower messages are let in.", _ASK, _EXPOSES),
    "bound-lowered": _rule("Messages that passed are refused.", _TELL, _BREAKS),
    "limit-raised": _rule("More calls are let through than before.", _ASK, _WEAKENS),
    "limit-lowered": _rule("A consumer that kept the old limit can be refused.", _TELL, _BREAKS),
    "limit-store-weaker": _rule("While the store is away more calls are let through.", _ASK, _WEAKENS),
    "plan-changed": _rule("The plan has another name, and lets through the same.", "Nothing.", _NOBODY),
    "plan-added": _rule("Nobody is on it yet.", "Nothing.", _NOBODY),
    "plan-removed": _rule("Its limits hold for nobody any more.", _TELL, _BREAKS),
    "ledger-moved": _rule("What was suspended or revoked is written in the old one.", _ASK, _EXPOSES),
    "keys-changed": _rule("API keys that were given out prove nothing any more.", _TELL, _BREAKS),
    "clients-renamed": _rule(
        "Clients written from now on have another name: code imports the old one, and the new one may be taken.",
        "Reserve the prefix in your package index, and tell the consumers that write their clients anew.", _BREAKS,
    ),
    "visibility-widened": _rule("More people may see the api.", _ASK, _EXPOSES),
    "visibility-narrowed": _rule("Who saw the api, and called it, is told that it does not exist.", _TELL, _BREAKS),
    "layer-changed": _rule("Other rules, and other people, judge what comes next.", _ALONE, _WEAKENS),
    "version-served": _rule("A version can be called that could not be called before.", _ASK, _EXPOSES),
    "version-not-served": _rule("Calls of the version answer 404.", _TELL, _BREAKS),
    "version-retired": _rule("Calls of the version answer 410.", _TELL, _BREAKS),
    "version-added": _rule("What is in it is judged with its contract.", "Nothing.", _NOBODY),
    "stage-changed": _rule("Callers are told another stage; the move is judged apart.", "Nothing.", _NOBODY),
    "document-moved": _rule("Another file is read; what is in it is judged with its contract.", "Nothing.", _NOBODY),
    "system-moved": _rule("Calls, with all that they carry, go somewhere else.", _ASK, _EXPOSES),
    "tls-weaker": _rule("Who answers as the system is not proven any more.", _ASK, _WEAKENS),
    "tls-trust-changed": _rule("Another authority vouches for who answers.", _ASK, _EXPOSES),
    "maintenance-changed": _rule("The system is not called in other times than were announced.", _TELL, _BREAKS),
    "fuzzing-widened": _rule("`tidewaiter fuzz` may call more, or change more, at real systems.", _ASK, _EXPOSES),
    "fuzzing-narrowed": _rule("`tidewaiter fuzz` may call less.", "Nothing.", _NOBODY),
    "entity-served": _rule("Calls reach the entity that did not reach it before.", _ASK, _EXPOSES),
    "entity-not-served": _rule("Calls for the entity are not answered any more.", _TELL, _BREAKS),
    "offer-added": _rule("The entity can be called through an api through which it could not.", _ASK, _EXPOSES),
    "offer-removed": _rule("Calls of the entity through the api are not answered any more.", _TELL, _BREAKS),
    "pin-added": _rule("Calls and records that it does not match are refused.", _TELL, _BREAKS),
    "pin-removed": _rule("Nothing keeps the entity's calls from what belongs to others.", _ASK, _EXPOSES),
    "pin-changed": _rule("Calls for the entity reach other records.", _ASK, _EXPOSES, _BREAKS),
    "pins-waived": _rule("What belongs to several entities may be seen and changed through each.", _ASK, _EXPOSES),
    "audience-widened": _rule("The consumer sees apis that it did not see.", _ASK, _EXPOSES),
    "audience-narrowed": _rule("Apis are gone for the consumer.", _TELL, _BREAKS),
    "access-granted": _rule("The consumer may call what it could not call.", _ASK, _EXPOSES),
    "access-granted-ahead": _rule("The consumer may use every api that it may see, those to come too.", _ASK, _EXPOSES),
    "access-taken": _rule("The consumer is refused what it could call.", _TELL, _BREAKS),
    "promise-made": _rule("The version is kept for the consumer.", "Nothing.", _NOBODY),
    "promise-taken": _rule("A version that the consumer was promised may end, and another is served.", _TELL, _BREAKS),
    "entity-by-default-changed": _rule("Calls that name no entity go to another one.", _TELL, _BREAKS, _EXPOSES),
    "credential-added": _rule("Something more proves the consumer.", _ASK, _EXPOSES),
    "credential-changed": _rule("Something else proves the consumer.", _ASK, _EXPOSES, _BREAKS),
    "credential-removed": _rule("What the consumer signs on with is refused.", _TELL, _BREAKS),
    "credential-longer": _rule("A key counts for longer than was decided.", _ASK, _EXPOSES),
    "credential-shorter": _rule("A key ends sooner than its holder was told.", _TELL, _BREAKS),
    "consumer-suspended": _rule("All calls of the consumer are refused.", _TELL, _BREAKS),
    "consumer-resumed": _rule("A consumer that was switched off may call again.", _ASK, _EXPOSES),
    "issuer-trusted": _rule("Tokens of another issuer are believed.", _ASK, _EXPOSES),
    "issuer-distrusted": _rule("Tokens that were believed are refused.", _TELL, _BREAKS),
    "token-trust-changed": _rule("Other tokens are believed, and some that were are not.", _ASK, _EXPOSES, _BREAKS),
    "token-leeway-raised": _rule("Tokens are believed for longer than they say.", _ASK, _WEAKENS),
    "mode-weaker": _rule("What breaks the contract may pass where it was refused.", _ASK, _WEAKENS),
    "mode-stricter": _rule("What passed and was counted is refused.", "Look at `report would-refuse` first.", _BREAKS),
    "judge-changed": _rule("Later changes are judged by other rules.", _ALONE, _WEAKENS),
    "judge-stricter": _rule("Later changes are judged more strictly.", "Nothing.", _NOBODY),
    "board-changed": _rule("Who decides on later changes is written otherwise.", _ALONE, _WEAKENS),
    "board-weaker": _rule("Fewer people decide on later changes.", _ALONE, _WEAKENS),
    "baseline-widened": _rule("A finding that counted is taken for known.", _ALONE, _WEAKENS),
    "baseline-narrowed": _rule("A finding that was known is gone, or counts again.", "Nothing.", _NOBODY),
    "file-added": _rule("It is new: nobody has decided on anything in it.", _ASK, _EXPOSES),
    "file-removed": _rule("What it said holds no more.", _TELL, _BREAKS),
    "rule-file-changed": _rule("Later changes are judged by what this file says.", _ALONE, _WEAKENS),
    "other-file-changed": _rule("No rule knows what this file does.", _ASK, _UNPROVEN),
    "contract-added": _rule("The base has no such contract: all of it is new.", _ASK, _EXPOSES),
    "contract-removed": _rule("Everybody who calls it is refused.", _TELL, _BREAKS),
    "comparison-bounded": _rule("The comparison hit a bound: what lies beyond was not looked at.", _ASK, _UNPROVEN),
    "first-release": _rule("There is no base: all is new.", _ASK, _EXPOSES),
    "operation-not-served": _rule("Calls answer 501 where they were answered.", "Mend what keeps it back.", _BREAKS),
    "operation-served": _rule("An operation can be called that was held back.", _ASK, _EXPOSES),
    "waiver-added": _rule("It lets pass what would have counted.", _ALONE, _WEAKENS),
    "waiver-edited": _rule("What was decided is decided anew, in a new file.", "Write a new waiver.", _WEAKENS),
    "waiver-removed": _rule("What it let pass counts again.", "Nothing.", _NOBODY),
    "approval-ends": _rule(
        "It was let until a moment. Once that has passed, only a newer decision lets it.",
        "Have it decided anew before it ends: `tidewaiter board draft NAME --renew --base release:FILE`.", _UNPROVEN,
    ),
}  # fmt: skip
"""By id."""
