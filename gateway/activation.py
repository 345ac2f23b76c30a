"""What the admin listener can do: activate the workspace as it is now, replace workers, suspend and resume.

One change at a time. A reload is prepared by all workers before the first one serves it, and refused whole otherwise.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.channel import ChannelClosedError, Message
from gateway.say import say
from gateway.staging import contents_of
from gateway.worker_process import START_SECONDS, StartError, WorkerProcess

if TYPE_CHECKING:
    from gateway.parent import Parent

IMPOSE_SECONDS = 3.0
"""A worker that has not taken a suspension by then is ended: within five seconds it holds everywhere."""
COMMIT_SECONDS = 10.0
Answer = tuple[int, Mapping[str, Any]]


class Activation:
    """`gateway.admin.Controls` of one parent."""

    def __init__(self, parent: "Parent") -> None:
        self._parent = parent
        self._changing = asyncio.Lock()

    async def status(self) -> Answer:
        """Release, workers, restarts."""
        parent = self._parent
        workers = [
            {"pid": worker.pid, "ready": worker.ready, "leaving": worker.leaving, "release": worker.digest}
            for worker in parent.workers
        ]
        return 200, {"release": parent.hello["digest"], "restarts": parent.restarts, "workers": workers}

    async def files(self) -> Answer:
        """The files of the workspace as they are served: what was copied when the release was activated."""
        async with self._changing:  # so that the copy is not dropped meanwhile
            parent = self._parent
            try:
                files = await asyncio.to_thread(contents_of, parent.folder)
            except OSError as error:
                return 503, {"error": f"the files cannot be read: {error}"}
            return 200, {
                "release": parent.hello["digest"],
                "environment": parent.options.environment,
                "files": files,
            }

    async def reload(self) -> Answer:
        """Serve the workspace as it is now. 422 with every fault, or 503, where the old one goes on."""
        async with self._changing:
            parent = self._parent
            if parent.staging is None or parent.ending:
                return 503, {"error": "the gateway is ending"}
            try:
                copy = await asyncio.to_thread(parent.staging.take)
            except OSError as error:
                return 422, {"error": f"the workspace cannot be read: {error}", "faults": []}
            status, told = await self._activate(copy)
            if status != 200:
                parent.staging.drop(copy)
            return status, told

    async def _activate(self, copy: Path) -> Answer:
        parent = self._parent
        workers = parent.serving()
        prepared = await self._all(workers, {"do": "prepare", "folder": str(copy)}, START_SECONDS)
        faults = [fault for _, answer in prepared if answer for fault in answer.get("faults", ())]
        good = [(worker, answer) for worker, answer in prepared if answer and "digest" in answer]
        failed = [answer["failed"] for _, answer in prepared if answer and "failed" in answer]
        if faults or failed or not good or len({answer["digest"] for _, answer in good}) > 1:
            await self._all([worker for worker, _ in good], {"do": "discard"}, COMMIT_SECONDS)
            if faults:
                first = next(answer for _, answer in prepared if answer and answer.get("faults"))
                return 422, {
                    "error": "the workspace cannot be served",
                    "faults": first["faults"],
                    "text": first["text"],
                }
            what = f"a worker failed ({failed[0]})" if failed else "no worker could prepare it"
            return 503, {"error": f"{what}; the old release serves on"}
        old, parent.folder = parent.folder, copy
        before, parent.hello = parent.hello["digest"], {**parent.hello, **_of_release(good[0][1])}
        for worker, answer in await self._all(workers, {"do": "commit"}, COMMIT_SECONDS):
            if answer is None or answer.get("digest") != parent.hello["digest"]:
                worker.kill()  # it would go on with the old release; the next one starts with the new one
            else:
                worker.digest = answer["digest"]
        if parent.staging is not None:
            parent.staging.drop(old)
        return 200, {"release": parent.hello["digest"], "before": before, "workers": len(good),
                     "warnings": parent.hello["warnings"]}  # fmt: skip

    async def reload_and_say(self) -> None:
        """On SIGHUP: the outcome goes to standard error."""
        status, told = await self.reload()
        if status == 200:
            say(f"reloaded: {told['release']}")
        else:
            say(told.get("text") or told["error"])
            say("not reloaded: the old release serves on")

    async def restart(self) -> Answer:
        """Replace the workers one after the other: each new one serves before an old one stops accepting."""
        async with self._changing:
            parent = self._parent
            old = parent.serving()
            for worker in old:
                try:
                    await parent.start_worker()
                except (StartError, OSError) as error:
                    return 503, {"error": f"a new worker did not start, so the old ones serve on: {error}"}
                if worker.ready:
                    await worker.drain(2 * parent.hello["drain"][1] + 5, quietly=True)
            return 200, {"replaced": len(old), "cut": sum(worker.cut for worker in old)}

    # Suspensions.

    async def suspended(self) -> Answer:
        """What is in force, the oldest first."""
        return 200, {"suspended": [asdict(turn) for turn in self._parent.ledger.now]}

    async def suspend(self, kind: str, name: str, reason: str, by: str) -> Answer:
        """Written first, then in force in every worker. 507 where it is in force and could not be written."""
        kept = self._parent.ledger.suspend(kind, name, reason, by)
        unknown = await self.impose(self._parent.serving(), [(kind, name)])
        told = {"in_force": True, "kept": kept, "known": not unknown, "workers": len(self._parent.serving())}
        return (200 if kept else 507), told

    async def resume(self, kind: str, name: str, reason: str, by: str) -> Answer:
        """404 where it was not suspended, 503 where that cannot be written: then it stays suspended."""
        try:
            was = self._parent.ledger.resume(kind, name, reason, by)
        except sqlite3.Error as error:
            return 503, {"error": f"the ledger cannot be written, so it stays suspended: {error}"}
        if not was:
            return 404, {"error": f"no {kind} of that name is suspended"}
        await self.impose(self._parent.serving())
        return 200, {"in_force": False, "workers": len(self._parent.serving())}

    async def impose(self, workers: Iterable[WorkerProcess], names: Iterable[tuple[str, str]] = ()) -> bool:
        """Put what the ledger says in force; who does not take it in time is ended.

        Returns whether a worker's release does not know one of `names`.
        """
        told = {"do": "suspended", "turns": self._parent.turns(), "names": list(names)}
        answers = await self._all(workers, told, IMPOSE_SECONDS)
        for worker, answer in answers:
            if answer is None or "failed" in answer:
                worker.kill()
        return any(answer and answer.get("unknown") for _, answer in answers)

    @staticmethod
    async def _all(
        workers: Iterable[WorkerProcess], message: Message, seconds: float
    ) -> list[tuple[WorkerProcess, Message | None]]:
        """Ask all at once; None where there was no answer."""

        async def one(worker: WorkerProcess) -> tuple[WorkerProcess, Message | None]:
            try:
                return worker, await worker.ask(message, seconds)
            except (ChannelClosedError, TimeoutError):
                return worker, None

        return list(await asyncio.gather(*(one(worker) for worker in workers)))


def _of_release(said: Message) -> Message:
    """What a release may change of what the parent knows."""
    return {key: said[key] for key in ("digest", "name", "warnings", "drain")}
