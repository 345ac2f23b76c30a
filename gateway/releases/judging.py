"""How statements are judged on a node: those that are new, and those that it took before, under an earlier root too."""

from dataclasses import dataclass
from typing import TypeVar

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.releases.log import Entry
from gateway.releases.stated import Stated, Taken, count_statement
from gateway.releases.store import Node
from gateway.trust.envelope import Envelope
from gateway.trust.release_statement import Statement
from gateway.trust.signed import payload_digest

S = TypeVar("S", bound=Statement)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges envelopes for one node."""

    node: Node
    taken: Taken

    def __call__(self, envelope: Envelope, model: type[S], entry: Entry | None = None) -> Stated[S]:
        """The statement, if it counts. Raises InvalidInputError.

        `entry` is the log's, where this node took it before. What an earlier trust root's people and threshold let then
        stands, as long as none of them turns out to have left before that.
        """
        trust, file = self.node.trust, str(self.node.statement_path(payload_digest(envelope.payload)))
        stated = count_statement(
            envelope, model, file, workspace=trust.workspace, environment=self.node.environment, root=trust.root,
            taken=self.taken,
        )  # fmt: skip
        stands = stated.count.reached
        if entry is not None and entry.root_version < trust.root.value.version:
            then = [one for one in stated.count.signers if one.signature in entry.signatures]
            stands = stands or (bool(then) and all(one.stands and one.registered is not None for one in then))
        if not stands:
            why = "".join(f"; {one.member} {one.why_not}" for one in stated.count.signers if one.why_not)
            message = f"too few signed it: {stated.count}{why}"
            remedy = "another member signs it: tidewaiter release sign FILE --key KEY"
            raise InvalidInputError([Diagnostic(file, "too-few-signed", message, remedy)])
        return stated
