"""What a decision must name so that a workspace can be released."""

from gateway.trust.decision import About
from governance.release.build import Judged


def what_is_open(judged: Judged, *, covered_too: bool = False, renew: bool = False) -> About | None:
    """The digests of all that no decision covers; the whole workspace where there is no base; None for nothing.

    `covered_too`: of all that changed, as somebody needs who takes an approval back. `renew`: of what was let until a
    moment, too, before that has come.
    """
    open_now = [one.change for one in (judged.rulings if covered_too else judged.uncovered)]
    open_now += judged.renewable if renew else ()
    if not open_now:
        return None
    if judged.base is None:
        # The gateway's own digest says nothing of what it does not read.
        workspace = judged.contents.workspace
        within = judged.contents.digests[workspace.environment].files
        files = {one.name: one.digest for one in open_now if one.kind == "file" and one.name not in within}
        return About(workspace=workspace.digest, files=files)
    return About(
        base=judged.base.digest,
        contracts={one.name: one.digest for one in open_now if one.kind == "contract"},
        files={one.name: one.digest for one in open_now if one.kind == "file"},
    )
