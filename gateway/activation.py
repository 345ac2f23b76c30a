"""What the admin listener can do: activate a workspace or a release, replace workers, suspend and resume.

One change at a time. A reload is prepared by all workers before the first one serves it, and refused whole otherwise.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.diagnostic import InvalidInputError
from gateway.channel import ChannelClosedError, Message
from gateway.releases.staged import Staged, live_in
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
        return 200, {
            "release": parent.hello["digest"], "restarts": parent.restarts, "workers": workers,
            "serves": "workspace" if parent.options.store is None else "releases",
            "environment": parent.options.environment, "development": parent.hello["development"],
            "withdrawn": parent.hello["withdrawn"],
        }  # fmt: skip

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
                copy, staged = await asyncio.to_thread(parent.take)
            except InvalidInputError as error:
                return 422, _faults_of(error)
            except OSError as error:
                return 422, {"error": f"the workspace cannot be read: {error}", "faults": []}
            return await self._activate(copy, staged)

    async def activate(self, release: str, environment: str, vouch: str, activation: str) -> Answer:
        """Serve a release of the store: prepared by all workers, then taken, then served. 409: no releases are served.

        422 or 503 where the old one goes on, and nothing was taken.
        """
        async with self._changing:
            parent = self._parent
            if parent.options.store is None:
                return 409, {"error": "the gateway that runs serves a workspace, for development: start it anew"}
            if environment != (parent.options.environment or ""):
                return 409, {"error": f"the gateway that runs serves {parent.options.environment or 'no environment'}"}
            if parent.staging is None or parent.ending:
                return 503, {"error": "the gateway is ending"}
            try:
                copy = await asyncio.to_thread(parent.staging.take_release, parent.options.store, release)
            except InvalidInputError as error:
                return 422, _faults_of(error)
            except OSError as error:
                return 422, {"error": f"the release cannot be unpacked: {error}", "faults": []}
            return await self._activate(copy, Staged(release, None, vouch, activation))

    async def _activate(self, copy: Path, staged: Staged | None) -> Answer:
        status, told = await self._prepared(copy, staged)
        parent = self._parent
        if status != 200 and parent.staging is not None:
            parent.staging.drop(copy)
        return status, told

    async def _prepared(self, copy: Path, staged: Staged | None) -> Answer:
        parent = self._parent
        workers = parent.serving()
        named = {"folder": str(copy), "staged": asdict(staged) if staged is not None else None}
        prepared = await self._all(workers, {"do": "prepare", **named}, START_SECONDS)
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
        if staged is not None and staged.entry is None:
            taken, refusal = await self._take(staged, {"do": "take", **named}, [worker for worker, _ in good])
            if taken is None:
                await self._all([worker for worker, _ in good], {"do": "discard"}, COMMIT_SECONDS)
                return refusal
            staged = taken
        old, parent.folder, parent.staged = parent.folder, copy, staged
        before, parent.hello = parent.hello["digest"], {**parent.hello, **_of_release(good[0][1])}
        parent.revoked = good[0][1]["revoked"]
        for worker, answer in await self._all(workers, {"do": "commit"}, COMMIT_SECONDS):
            if answer is None or answer.get("digest") != parent.hello["digest"]:
                worker.kill()  # it would go on with the old release; the next one starts with the new one
            else:
                worker.digest = answer["digest"]
        if parent.staging is not None:
            parent.staging.drop(old)
        await self.impose(parent.serving())
        return 200, {"release": parent.hello["digest"], "before": before, "workers": len(good),
                     "warnings": parent.hello["warnings"]}  # fmt: skip

    async def _take(
        self, staged: Staged, message: Message, workers: list[WorkerProcess]
    ) -> tuple[Staged | None, Answer]:
        """From here on it is the active one, also where all of this is killed before any worker serves it."""
        answer: Message | None = None
        with contextlib.suppress(ChannelClosedError, TimeoutError):
            answer = await workers[0].ask(message, START_SECONDS)
        store, environment = self._parent.options.store, self._parent.options.environment or ""
        assert store is not None
        if answer is not None and "entry" in answer:
            return replace(staged, entry=answer["entry"]), (200, {})
        if answer is not None and "faults" in answer:
            return None, (422, {"error": "it cannot be taken", "faults": answer["faults"], "text": answer["text"]})
        with contextlib.suppress(InvalidInputError):
            # The worker died over it: the log says whether it was taken.
            live = await asyncio.to_thread(live_in, store, environment)
            if live.activation == staged.activation:
                return replace(staged, entry=live.entry), (200, {})
        why = answer.get("failed") if answer is not None else "the worker ended"
        return None, (503, {"error": f"it could not be taken ({why}); the old release serves on"})

    async def revoked(self) -> Answer:
        """Put in force in all workers what was revoked on this node. 409 where no releases are served."""
        parent = self._parent
        if parent.options.store is None:
            return 409, {"error": "the gateway that runs serves a workspace, for development"}
        for worker, answer in await self._all(parent.serving(), {"do": "revoked"}, IMPOSE_SECONDS):
            if answer is not None and "faults" in answer:
                return 422, {"error": "what was revoked cannot be read", "faults": answer["faults"]}
            if answer is not None and "turns" in answer:
                if answer["withdrawn"] and answer["withdrawn"] != parent.hello["withdrawn"]:
                    say(f"warning: the live release {parent.hello['digest']} was withdrawn: activate another one")
                parent.hello["withdrawn"] = answer["withdrawn"]
                parent.revoked = answer["turns"]
                await self.impose(parent.serving())
                return 200, {"in_force": True, "revoked": len(parent.revoked), "asked": worker.pid}
        return 503, {"error": "no worker could read what was revoked"}

    async def overridden(self) -> Answer:
        """Put in force in all workers what this node took, and take out what was ended. Who does not is ended."""
        answers = await self.put_overrides(self._parent.serving())
        faults = [answer for answer in answers if "faults" in answer]
        if faults:
            return 422, {"error": "no override is in force: one cannot be verified", "faults": faults[0]["faults"]}
        if not answers:
            return 503, {"error": "no worker could read them"}
        return 200, answers[0]

    async def put_overrides(self, workers: Iterable[WorkerProcess]) -> list[Message]:
        """What each worker answered."""
        answers = await self._all(workers, {"do": "overridden"}, IMPOSE_SECONDS)
        for worker, answer in answers:
            if answer is None or "failed" in answer:
                worker.kill()  # it would go on with what was ended
        return [answer for _, answer in answers if answer is not None and "failed" not in answer]

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
        return 200, {"suspended": self._parent.turns()}

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
        if any((one["kind"], one["name"]) == (kind, name) for one in self._parent.revoked):
            return 409, {"error": "it was revoked for good: no command takes that back (tidewaiter release withdraw)"}
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
    return {key: said[key] for key in ("digest", "name", "warnings", "drain", "development", "withdrawn")}


def _faults_of(error: InvalidInputError) -> Message:
    return {"error": "it cannot be served", "faults": [asdict(one) for one in error.diagnostics], "text": str(error)}
