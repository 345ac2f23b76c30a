"""Whether a release says what ends as it was signed: nothing that is to stop is left out, moved or made up."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from contracts import yaml12
from contracts.diagnostic import InvalidInputError
from gateway.ending import Ending, waiver_end
from gateway.release_file import AUTOMATIC, ReleaseFile, digest_of
from gateway.trust.decision import REMOVED
from gateway.trust.signed import FOLDER, Signed


@dataclass(frozen=True, slots=True)
class Ends:
    """What a release is held against. `digest` tells what it has of a name that changes have."""

    release: ReleaseFile
    base: tuple[Ending, ...]
    """What the release that it was built on said."""
    decisions: Mapping[str, Signed]
    digest: Callable[[str, str], str]

    def faults(self) -> Iterator[str]:
        """What is wrong, in words. Which operations a signed end stops is the word of those who vouched."""
        head = self.release.head
        decided = {(one.kind, one.name): one.decided_by for one in head.changes if one.decided_by != AUTOMATIC}
        for one in head.ends:
            if one not in self.base and (why := self._made_up(one, decided)):
                yield f"it says that {one.let_by} let {one.of} until {one.moment}, and {why}"
        there = set(map(_key, head.ends))
        for one in self.base:
            is_gone = self.digest(one.kind, one.of) == REMOVED
            if not is_gone and (one.kind, one.of) not in decided and one not in head.ends:
                yield f"{one.let_by} let {one.of} until {one.moment}, nobody decided anew, and it does not say so"
        for change in head.changes:
            signed = self.decisions.get(change.decided_by)
            if signed is None or change.digest == REMOVED or signed.decision.validity.until is None:
                continue
            if ("decision", signed.name, change.kind, change.name) not in there:
                yield f"the decision {signed.name} let {change.name} until a moment, and it does not say so"
        yield from self._idle()

    def _made_up(self, one: Ending, decided: Mapping[tuple[str, str], str]) -> str:
        if one.by == "waiver":
            return self._not_waived(one)
        signed = self.decisions.get(one.name)
        if signed is None or signed.digest != one.digest or decided.get((one.kind, one.of)) != one.name:
            return "no such decision lets it"
        validity = signed.decision.validity
        if validity.until != one.at or validity.on_expiry != one.on_expiry:
            return "the decision says another end"
        return ""

    def _not_waived(self, one: Ending) -> str:
        text = self.release.files.get(f"{FOLDER}/{one.name}.yaml", b"")
        if digest_of(text) != one.digest:
            return "no such waiver is in it"
        try:
            said = waiver_end(yaml12.parse(text, one.name))
        except InvalidInputError:
            said = None
        return "" if said == (one.at, one.on_expiry) else "the waiver says another end"

    def _idle(self) -> Iterator[str]:
        """Decisions that are to stop something, and stop nothing; of an earlier one the rest may be decided anew."""
        stops = [one for one in self.release.head.ends if one.by == "decision" and one.on_expiry == "stop"]
        ends = [one for one in stops if one not in self.base]
        for name in sorted({one.name for one in ends}):
            if not any(one.operations for one in ends if one.name == name):
                yield f"the decision {name} is to stop what it let, and no operation is named"


def _key(one: Ending) -> tuple[str, str, str, str]:
    return one.by, one.name, one.kind, one.of
