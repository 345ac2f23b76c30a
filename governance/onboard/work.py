"""What every step is given: what was asked, the subject, the place, the journal, and how to tell."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.release_file import digest_of as content_digest
from gateway.trust.files import write_whole
from governance.json_output import json_output
from governance.onboard.asked import Asked
from governance.onboard.journal import Journal
from governance.onboard.place import Place
from governance.onboard.subject import Subject

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Work:
    """One run."""

    asked: Asked
    subject: Subject
    place: Place
    journal: Journal
    say: Say
    show: Say | None = None
    """Progress on one line of a terminal."""
    began: int = 0
    """How many events the journal had when this run began."""

    @property
    def now(self) -> datetime:
        """The time of this node."""
        return datetime.now(UTC)

    def stamp(self) -> str:
        """The time, as events state it."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def keep(self, step: str, found: Any) -> str:
        """Keep what a step found as `evidence/<step>.json`; its digest."""
        text = json_output(found).encode()
        write_whole(self.place.evidence / f"{step}.json", text, 0o600)
        return content_digest(text)

    def found(self, step: str) -> Any:
        """What a step found, as it was kept."""
        return json.loads((self.place.evidence / f"{step}.json").read_bytes())

    def is_kept(self, step: str, digest: str) -> bool:
        """Whether what a step found is there still, as it was kept."""
        path = self.place.evidence / f"{step}.json"
        return path.is_file() and content_digest(path.read_bytes()) == digest

    def fact(self, step: str, name: str) -> Any:
        """A fact of the newest time that a step was done; None where there is none."""
        event = self.journal.last(step, "done")
        return None if event is None else event.facts.get(name)

    def command(self, *words: str, environment: bool = True) -> str:
        """A command line on this workspace, to be typed."""
        import shlex  # noqa: PLC0415 - only where something is to be typed

        folder = str(self.asked.folder)
        where = [folder] if words[0] == "check" else ["--workspace", folder] if folder != "." else []
        if environment and self.asked.environment is not None:
            where += ["--environment", self.asked.environment]
        if self.asked.trust is not None and words[0] in ("board", "release"):
            where += ["--trust", str(self.asked.trust)]
        return shlex.join(["tidewaiter", *words, *where])

    def again(self, redo: str = "") -> str:
        """The command that goes on, with all that decides what is asked: another question would be asked anew.

        `redo` is a step that is then done anew.
        """
        asked, usual = self.asked, Asked(self.asked.folder, self.asked.entity)
        given = {
            "--test-environment": asked.test_environment, "--base": asked.base, "--trust": asked.trust,
            "--samples": asked.samples, "--prefix": asked.prefix,
            "--seed": asked.seed if asked.seed != usual.seed else None,
            "--examples": asked.examples if asked.examples != usual.examples else None,
            "--days": asked.days, "--on-expiry": asked.on_expiry if asked.on_expiry != usual.on_expiry else None,
        }  # fmt: skip
        more = [part for name, value in given.items() if value is not None for part in (name, str(value))]
        more += [part for one in asked.witnesses for part in ("--witness", one)]
        more += ["--redo", redo] if redo else []
        return self.command("onboard", asked.entity, *more)
