"""release, then live: built where every change is decided on, and activated by who may."""

from contracts.plain import plain
from gateway.release_file import digest_of as content_digest
from gateway.release_file import read_release
from gateway.trust.files import write_whole
from governance.admin_client import NotReachedError
from governance.onboard.live import active_in, base_of
from governance.onboard.outcome import Outcome
from governance.onboard.subject import digest_of
from governance.onboard.work import Work
from governance.release.activate import Asked, UncoveredError, activate
from governance.release.build import judge_workspace, release_of
from governance.release.statements import read_statement_file

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
    """The release, and what is active."""
    return digest_of(work.fact("release", "release"), active_in(work)[0])


def go_live(work: Work) -> Outcome:
    """Activate the release, signed with the key that was given; where others must sign too, say who and how."""
    asked = work.asked
    _, digest = read_release(work.place.release)
    shown = work.place.shown(work.place.release)
    command = work.command("release", "activate", shown, "--key", "FILE")
    submitter = "" if asked.key is not None else _who_asked(work)
    if asked.key is None and not submitter:
        told = (f"{digest} is built, and nobody signed for it yet: it needs the roles `release` and `activation`",)
        return Outcome("waiting", told, (command, work.again()))
    wanted = Asked(
        asked.folder, asked.environment or "", f"{asked.entity} goes live", asked.key,
        submitter, work.place.folder,
    )  # fmt: skip
    try:
        done = activate(wanted, work.place.release, now=work.now, progress=work.show)
    except UncoveredError as error:
        open_now = tuple(f"{plain(one.change.name)}: no decision covers it any more" for one in error.rulings[:_TOLD])
        return Outcome("waiting", open_now, (work.command("board", "show"), work.again()))
    except NotReachedError as error:
        return Outcome("unanswered", (plain(str(error)),), (work.again(),))
    if done.state == "waiting":
        steps = [
            work.command("release", "sign", work.place.shown(one), "--key", "FILE", environment=False)
            for one in done.files
        ]
        return Outcome("waiting", tuple(plain(one) for one in done.lacking), (*steps, work.again()))
    how = "a gateway serves it from its next start on" if done.state == "taken" else "the gateway serves it"
    return Outcome("done", (f"{done.release} is active: {how}", *done.warnings), facts={"release": done.release})


def _who_asked(work: Work) -> str:
    """The member who asked for it in statements that wait here, for others to sign; empty where none do."""
    path = work.place.folder / f"{work.place.release.stem}.activation.yaml"
    return read_statement_file(path)[0].submitter if path.is_file() else ""
