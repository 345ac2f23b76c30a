"""release, then live: built where every change is decided on, and activated by who may."""

from contracts.plain import plain
from gateway.release_file import digest_of as content_digest
from gateway.release_file import read_release
from gateway.trust.files import write_whole
from governance.onboard.live import base_of
from governance.onboard.outcome import Outcome
from governance.onboard.subject import digest_of
from governance.onboard.work import Work
from governance.release.build import judge_workspace, release_of

_TOLD = 8


def release_inputs(work: Work) -> str:
    """The decision, the workspace and what is live."""
    return digest_of(work.fact("board", "digest"), work.subject.workspace_digest, base_of(work).digest)


def build_release(work: Work) -> Outcome:
    """Build it, held against what is live; the file takes its place as a whole."""
    base = base_of(work)
    judged = judge_workspace(
        work.asked.folder, work.asked.environment, base.written or None, work.asked.trust, work.now, progress=work.show
    )  # fmt: skip
    if judged.uncovered:
        told = tuple(f"{plain(one.change.name)}: {plain('; '.join(one.why_not) or 'no decision covers it')}"
                     for one in judged.uncovered[:_TOLD])  # fmt: skip
        told = (*told, "other changes of the workspace wait for decisions of their own")
        base_option = ("--base", base.written) if base.written else ()
        return Outcome(
            "waiting",
            told,
            (work.command("board", "draft", "NAME", "--title", "WHAT", "--reason", "WHY", *base_option), work.again()),
        )
    text = release_of(judged, work.asked.folder, work.asked.submitter).text()
    write_whole(work.place.release, text)
    digest = content_digest(text)
    return Outcome("done", (f"{work.place.shown(work.place.release)} is {digest}",), facts={"release": digest})


def live_inputs(work: Work) -> str:
    """The release."""
    return digest_of(work.fact("release", "release"))


def go_live(work: Work) -> Outcome:
    """Whether the release is what is served."""
    _, digest = read_release(work.place.release)
    if digest == base_of(work).digest:
        return Outcome("done", (f"{digest} is live",), facts={"release": digest})
    told = (f"{digest} is built, and not active yet",)
    return Outcome(
        "waiting", told, (f"have it activated, then name it: --base release:{work.place.shown(work.place.release)}",)
    )
