"""What a person asks for: which entity goes live where, and within which bounds its systems are asked."""

from dataclasses import dataclass
from pathlib import Path

from gateway.trust.decision import OnExpiry
from gateway.trust.keys import PrivateKey


@dataclass(frozen=True, slots=True)
class Asked:
    """One entity on its way into one environment."""

    folder: Path
    """The workspace."""
    entity: str
    environment: str | None = None
    """Where it goes live."""
    test_environment: str | None = None
    """Where its systems are fuzzed; None: where it goes live."""
    base: str | None = None
    """What is live, as `release:FILE`; None: what this node knows to be active, or nothing."""
    trust: Path | None = None
    """The trust root, where the node's settings name none."""
    key: PrivateKey | None = None
    """Signs for the release and its activation; without one it is told how somebody does."""
    samples: Path | None = None
    """Real identifiers and bodies to start from; kept outside git."""
    witnesses: tuple[str, ...] = ()
    """Other entities on the same systems, whose lists are read before and after."""
    seed: int = 1
    examples: int = 20
    seconds: float = 1800
    """How long fuzzing may take."""
    keep_days: int = 90
    """How long recordings are kept, encrypted."""
    prefix: str | None = None
    """How the names of clients begin; what the workspace says where it is None."""
    submitter: str = "unknown"
    """Who asks the board."""
    redo: tuple[str, ...] = ()
    """Names of steps that are done anew, whatever was done before."""
    days: int | None = None
    """How long what the board decides is to count; None: without an end."""
    on_expiry: OnExpiry = "block"
    """What its end does then."""

    @property
    def fuzzed_in(self) -> str | None:
        """The environment in which systems are fuzzed."""
        return self.test_environment if self.test_environment is not None else self.environment
