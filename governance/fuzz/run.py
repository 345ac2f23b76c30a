"""One run: learn, prepare, fuzz, probe, clean up; all of it recorded, nothing of it judged here."""

import asyncio
import platform
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.settings import Bounds
from contracts.systems import NoCredential
from gateway.app import Bound, Gateway
from gateway.listen import bound_socket, url_of
from gateway.node import Node, load_node
from gateway.pages import pages_app
from gateway.problems import PROBLEMS, body_of
from gateway.public_server import PublicServer, public_config
from gateway.runtime import GatewayRuntime
from gateway.wire import make_protocol
from governance.fuzz.calling import Caller, RunStoppedError, Wanted
from governance.fuzz.cleaning import Cleaned, clean_up, made_in
from governance.fuzz.document import fuzzed_document
from governance.fuzz.engine import Engine, run_engine, write_configuration
from governance.fuzz.entry import Entry
from governance.fuzz.guard import Guard
from governance.fuzz.learned import learn
from governance.fuzz.made import Paths
from governance.fuzz.plan import Plan, Target
from governance.fuzz.prepared import Preparing
from governance.fuzz.probes import Probes
from governance.fuzz.profile import bind_direct
from governance.fuzz.recorder import Application, Masks, Recorder
from governance.fuzz.recording import State, Writer
from governance.fuzz.samples import Samples
from governance.fuzz.system_wire import SystemWire
from governance.fuzz.through import bind_through, chosen, make_again
from governance.fuzz.watch import BEFORE, Watch
from governance.fuzz.witness import Looking, changed, witnesses
from policies.fault_profile import fault_profile
from policies.step import Problem, SecretError
from policies.store import make_store

_CALLS_SECONDS: Final = 1
_DRAIN_SECONDS: Final = 2.0
_CLEANING_SECONDS: Final = 120.0
"""What clean-up may take once the run itself has ended."""


class RunRuntime(GatewayRuntime):
    """Tells the masks of each secret that the run uses."""

    def __init__(self, node: Node, masks: Masks) -> None:
        super().__init__(node)
        self._masks = masks

    def secret(self, name: str, origin: str) -> str:
        """See `gateway.node.Node.secret`."""
        value = super().secret(name, origin)
        self._masks.secret(name.removeprefix("secret:"), value)
        return value


@dataclass(frozen=True, slots=True)
class Told:
    """What comes of a run besides its recording."""

    state: State
    reason: str
    cleaned: Mapping[str, Cleaned]


class Run:
    """A run under way. Make it and `await` its `run`."""

    def __init__(
        self, plan: Plan, samples: Samples, path: Path, on_entry: Callable[[Entry], None], say: Callable[[str], None]
    ) -> None:
        """Raises InvalidInputError where the recording cannot be made."""
        self.plan, self.samples = plan, samples
        self._on_entry, self._say = on_entry, say
        self._node = load_node(plan.asked.folder)
        self._writer = Writer(path, head_of(plan, samples))
        self._key = secrets.token_urlsafe(32)
        self._engines: dict[str, Any] = {}
        self._cleaned: dict[str, Cleaned] = {}
        self._witnessed: dict[str, Any] = {}
        self._until = 0.0
        """When the time of all targets together is used up, by the loop's clock."""
        self._entries: list[Entry] = []
        self._accepted: dict[str, Entry] = {}
        """The last accepted call of each operation."""

    async def run(self) -> Told:
        """All targets, one after the other. Raises InvalidInputError where a system cannot be bound."""
        state: State = "stopped"
        reason = "it was interrupted"
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with self._writer as writer:
            try:
                reasons = [await self._target(target) for target in self.plan.targets]
                reason = "; ".join(dict.fromkeys(one for one in reasons if one))
                state = "stopped" if reason else "complete"
            finally:
                cleaned = {name: asdict(one) for name, one in self._cleaned.items()}
                told = {"engines": self._engines, "cleaned": cleaned, "witnessed": self._witnessed}
                writer.end(state, reason, told)
        return Told(state, reason, self._cleaned)

    async def clean_only(self, entries: Sequence[Entry]) -> Mapping[str, Cleaned]:
        """Take back what an earlier run made, by its recording. Raises InvalidInputError."""
        with self._writer as writer:
            for target in self.plan.targets:
                reason = await self._target(target, entries)
                if reason:
                    break
            writer.end("complete", "clean-up")
        return self._cleaned

    async def _target(self, target: Target, earlier: Sequence[Entry] | None = None) -> str:
        """Why it ended early; empty where it came to its end. With `earlier`, all that is done is to clean up."""
        loop = asyncio.get_running_loop()
        watch = Watch(fault_profile(target.system.product), self._say)
        reason = f"the time of {self.plan.asked.seconds:g} seconds was used up"
        self._until = self._until or loop.time() + self.plan.asked.seconds
        timer = loop.call_at(self._until, watch.stop, reason)
        masks = Masks()
        runtime = RunRuntime(self._node, masks)
        try:
            make_store(self.plan.workspace.settings, runtime)
            await self._called(target, watch, masks, runtime, earlier)
        except RunStoppedError:
            pass
        finally:
            timer.cancel()
            await runtime.drain(_DRAIN_SECONDS)
            await runtime.aclose()
        return watch.reason

    async def _called(
        self, target: Target, watch: Watch, masks: Masks, runtime: RunRuntime, earlier: Sequence[Entry] | None
    ) -> None:
        plan, bounds = self.plan, self.plan.workspace.settings.bounds

        headers = [getattr(target.system.credential, "header", "")]
        recorder = Recorder(self._writer, masks, headers, self._ended, watch.note)
        wire = SystemWire(runtime, plan.asked.folder, recorder, bounds.answer_body_bytes)
        guard = Guard(Paths(target), _allowed(self.samples))
        try:
            profile = bind_direct(plan, target, runtime, wire, self._key, guard)
            without = bind_direct(plan, target, runtime, wire, self._key, guard, "none")
            wrong = bind_direct(plan, target, runtime, wire, self._key, guard, "wrong")
        except SecretError as error:
            file = f"systems/{target.offer.system}.yaml"
            raise InvalidInputError([Diagnostic(file, "secret", str(error))]) from None
        application = application_of(profile, recorder)
        caller = Caller(application, target, self._key, watch)
        signed_off = {} if isinstance(target.system.credential, NoCredential) else {
            "no-credential": Caller(application_of(without, recorder), target, self._key, watch),
            "wrong-credential": Caller(application_of(wrong, recorder), target, self._key, watch),
        }  # fmt: skip

        async def look(operation: Any, values: Mapping[str, str]) -> tuple[int, str]:
            reply = await caller.make(Wanted(operation, values), "probe", {"probe": "is-there"})
            return reply.status, reply.headers.get("etag", "") if reply.accepted else ""

        guard.look = look
        if earlier is not None:
            guard.made = made_in(earlier, guard.paths)
            await self._clean(target, application, guard)
            return
        looking = Looking(runtime, plan.asked.folder, bounds.answer_body_bytes, watch)
        others = witnesses(plan, target, plan.asked.witnesses)
        try:
            before = {one.entity: await looking.look(one) for one in others}
            learned = await learn(caller, guard, self.samples)
            preparing = Preparing(caller, guard, learned, self.samples)
            prepared = await preparing.run()
            if not await self._still_there(caller, watch):
                return
            async with _serving(application, bounds, profile.problems_base) as url, _folder() as folder:
                call_seconds = target.system.timeouts.total_seconds * 4 + 100
                engine = Engine(folder, url + target.base, self._key, plan.asked.seed, plan.asked.examples,
                                call_seconds)  # fmt: skip
                write_configuration(engine, target, prepared, fuzzed_document(target, prepared))
                self._engines[target.name] = await run_engine(engine, watch.stopped, plan.asked.seconds)
            self._look_at(target, watch)
            await Probes(caller, signed_off, guard, preparing, prepared, self.samples, self._accepted).run()
            if plan.asked.through_gateway:
                live = bind_through(plan, runtime, wire, guard)
                crossing = Caller(application_of(live, recorder), target, self._key, watch)
                mine = [entry for entry in self._entries if entry.operation.startswith(f"{target.name} ")]
                await make_again(crossing, preparing, chosen(mine, plan.asked.gateway_calls))
            after = {one.entity: await looking.look(one) for one in others}
            self._witnessed[target.name] = changed(before, after)
        finally:
            if plan.asked.clean_up:
                await self._clean(target, application, guard)

    async def _still_there(self, caller: Caller, watch: Watch) -> bool:
        """Whether the fuzzer may be started; where the last call failed, one that was answered is asked again."""
        known = next((one.call for one in self._accepted.values() if one.call.method == "GET"), None)
        for _ in range(BEFORE):
            if watch.row and known is not None:
                await caller.send("GET", known.path, known.query, dict(known.headers), b"", "learn")
        return watch.before()

    def _ended(self, entry: Entry) -> None:
        if entry.part in ("learn", "fuzz"):
            self._entries.append(entry)
        if 200 <= entry.status < 300 and entry.received.status // 100 == 2:
            self._accepted[entry.operation] = entry
        self._on_entry(entry)

    def _look_at(self, target: Target, watch: Watch) -> None:
        """A fuzzer that did not come to its end has not found nothing: it has not looked."""
        told = self._engines[target.name]
        if not watch.stopped.is_set() and not told["complete"]:
            log = f": {told['log']}" if told.get("log") else ""
            watch.reason = f"the fuzzer did not come to its end ({told['stop_reason'] or 'no report'}){log}"

    async def _clean(self, target: Target, application: Application, guard: Guard) -> None:
        """Also after a run that ended early: with a watch of its own, and within bounds of its own."""
        own = Watch(fault_profile(target.system.product))
        timer = asyncio.get_running_loop().call_later(_CLEANING_SECONDS, own.stop, "no time was left")
        caller = Caller(application, target, self._key, own)
        with suppress(RunStoppedError):
            self._cleaned[target.name] = await clean_up(caller, guard.paths, guard.made)
        timer.cancel()


def application_of(profile: Bound, recorder: Recorder) -> Application:
    """The gateway's application over a profile, its calls written down."""
    gateway = Gateway(lambda: profile, [recorder.listen], pages_app(PROBLEMS, profile.problems_base))
    return recorder.application(gateway)


def _allowed(samples: Samples) -> dict[str, list[dict[str, str]]]:
    return {
        name: [{key: str(value) for key, value in one.parameters.items()} for one in sets if one.parameters]
        for name, sets in samples.operations.items()
    }


def head_of(plan: Plan, samples: Samples) -> dict[str, Any]:
    """The first line of a recording."""
    asked = plan.asked
    return {
        "entity": asked.entity,
        "environment": asked.environment or "",
        "production": plan.production,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "workspace": plan.workspace.settings.name,
        "seed": asked.seed,
        "examples": asked.examples,
        "canaries": list(samples.canaries),
        "foreign": {name: [str(value) for value in values] for name, values in samples.foreign.items()},
        "targets": [
            {
                "name": target.name, "system": target.offer.system, "product": target.system.product,
                "contract": target.described.document.digest,
                "operations": [op.operation_id for op in target.operations],
            }
            for target in plan.targets
        ],
        "left_out": [asdict(one) for one in plan.left_out],
        "tools": {"tidewaiter": _version("tidewaiter"), "schemathesis": _version("schemathesis"),
                  "python": platform.python_version()},
    }  # fmt: skip


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError  # noqa: PLC0415 - a checkout has none

    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@asynccontextmanager
async def _folder() -> AsyncIterator[Path]:
    """A fresh folder that only this user may read, gone afterwards: reports of the fuzzer hold real data."""
    path = Path(tempfile.mkdtemp(prefix="tidewaiter-fuzz-"))
    try:
        yield path
    finally:
        await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)


@asynccontextmanager
async def _serving(application: Application, bounds: Bounds, problems_base: str) -> AsyncIterator[str]:
    """The application on a port of loopback."""

    def rendered(problem: Problem, detail: str, instance: str, correlation: str) -> bytes:
        return body_of(problems_base, problem, instance, correlation, detail, fault="gateway")

    def refused(problem: str, address: str, correlation: str) -> None:
        """What is no call is none of the system's."""

    listening: socket.socket = bound_socket("127.0.0.1", 0, "run's", where="tidewaiter fuzz")
    server = PublicServer(public_config(application, make_protocol(bounds, rendered, refused), _CALLS_SECONDS))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not (server.started or serving.done()):  # noqa: ASYNC110 - uvicorn tells it by a flag
            await asyncio.sleep(0.005)
        yield url_of(listening)
    finally:
        server.should_exit = True
        await asyncio.wait([serving], timeout=_CALLS_SECONDS + 5)
        listening.close()
