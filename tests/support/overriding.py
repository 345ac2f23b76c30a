"""A node of a board whose role `override` has two people, and overrides for it."""

from board import NOW, Board

from gateway.releases.clock import Clock
from gateway.releases.overrides import in_force, take_override
from gateway.releases.store import open_node
from gateway.trust.keys import read_private
from gateway.trust.release_statement import Override
from governance.release.statements import signed, text_of

ROLE = {"threshold": 1, "members": ["anna", "bert"]}
ELSE = "sha256:" + "cd" * 32
BOARD = {"threshold": 3, "members": ["anna", "bert", "carl"]}


class Overriding(Board):
    def __init__(self, folder):
        super().__init__(folder)
        roles = self.root()["roles"] | {"override": ROLE, "board": BOARD}
        self.write_root(roles=roles)
        (self.ws / ".tidewaiter/node.yaml").write_text(f"trust: {self.trust}\n")

    @property
    def node(self):
        return open_node(self.ws, "prod")

    def said(self, **changes):
        tree = {
            "format": 1, "type": "override", "workspace": "ws", "environment": "prod", "submitter": "anna",
            "date": NOW.date(), "reason": "the ERP answers oddly", "sequence": 1, "operations": ("sales/listOrders",),
            "start": NOW, "hours": 4,
        }  # fmt: skip
        if (tree | changes)["sequence"] > 1:
            taken = self.node.log()[0].of("override")
            tree["previous"] = taken[-1].statement if taken else ELSE
        return Override.model_validate(tree | changes)

    def signed(self, *people, **changes):
        envelope = None
        for person in people or ("anna", "bert"):
            envelope = signed(envelope, Override, text_of(self.said(**changes)), read_private(self.key(person)))
        return envelope

    def take(self, *people, now=NOW, **changes):
        return take_override(self.node, self.signed(*people, **changes), now)

    def holding(self, now):
        return [one.said.sequence for one in in_force(self.node, Clock(self.node, now.timestamp))]
