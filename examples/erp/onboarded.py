"""The gateway before a running Tryton, on releases of a workspace with `mse` a candidate; the board is played."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from served import Served

from governance.demo.board import PlayedBoard, StoppedError, variables_of

ENTITY = "mse"
PARTIES = "/tryton-parties/v1/party.party?s=3&f=name&f=code"
_STEPS = ("assignShipment", "pickShipment", "packShipment", "shipShipment", "completeShipment")
SAMPLES = {
    "operations": {
        "updateProduct": [{"parameters": {"id": 5}, "body": {"description": "Slang, 10 mm"}}],
        "updateShipment": [{"parameters": {"id": 3}, "body": {"reference": "Port 3"}}],
        # The contract lists `wait` before `draft`; a waiting shipment has to be reopened first.
        "reopenShipment": [{"parameters": {"id": 2}}],
        "waitForShipment": [{"parameters": {"id": 2}}],
        "confirmSale": [{"parameters": {"id": 6}}],
        "cancelShipment": [{"parameters": {"id": 3}}],
        **{name: [{"parameters": {"id": 1}}] for name in _STEPS},
    }
}
"""Records of the seeded database that may be changed: the entity's owner says so."""


class Onboarded(Served):
    """A context manager. Nothing is served before `serve`, and `mse` not before the board let it."""

    def _onboard(self) -> None:
        """Left to the board; the entity's owner agrees to what is tried of Tryton's limits."""
        entity = self.workspace / "entities/mse.yaml"
        until = (datetime.now(UTC) + timedelta(days=1)).date()
        limits = {
            "by": "finance-se@meridian.example",
            "until": str(until),
            "at_once": 4,
            "requests": 300,
            "bodies": True,
        }
        text = entity.read_text(encoding="utf-8")
        entity.write_text(f"{text}fuzzing: {json.dumps({'limits': limits})}\n", encoding="utf-8")

    def _begin(self) -> None:
        self.board = PlayedBoard(self.folder, self.workspace, "erp", variables_of(self._environment()))
        self.board.begin(ENTITY)

    def serve(self, *options: str) -> None:
        """The gateway, on what is active on this node."""
        super().serve("--releases", "--no-changelogs", "--no-clients", *options)

    def samples(self) -> Path:
        """Identifiers and bodies that Tryton takes, in a file outside of the workspace."""
        path = self.folder / "samples.yaml"
        path.write_text(json.dumps(SAMPLES, indent=2), encoding="utf-8")
        return path

    def wait_until_live(self, seconds: float = 30) -> None:
        """Until a call for the entity is answered. Raises StoppedError."""
        deadline = time.monotonic() + seconds
        while (status := self.call("GET", PARTIES)[0]) != 200:
            if time.monotonic() > deadline:
                raise StoppedError(f"{ENTITY} is active, and a call is answered with {status}")
            time.sleep(0.2)
