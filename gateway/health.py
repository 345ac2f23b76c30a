"""`/livez`, `/readyz`, `/metrics`: read-only; readiness never depends on a system."""

import resource
from collections.abc import Callable, Iterator
from dataclasses import asdict

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contracts.validators import ValidatorBuilder
from gateway.app import Gateway
from gateway.release import Release
from gateway.routes import Live
from gateway.runtime import GatewayRuntime
from policies.forward_clock import kept_clock
from policies.overrides import kept_overrides


class ProcessMetrics:
    """What is read when the page is asked for."""

    def __init__(
        self, runtime: GatewayRuntime, builder: ValidatorBuilder, gateway: Gateway, live: Callable[[], Live]
    ) -> None:
        self._runtime = runtime
        self._builder = builder
        self._gateway = gateway
        self._live = live
        self._clock = kept_clock(runtime)
        self._overrides = kept_overrides(runtime)

    def _release(self) -> Release:
        return self._live().release

    def _ends(self) -> Iterator[Metric]:
        """What was let until a moment; no name is told here."""
        live, now = self._live(), self._clock.now()
        first = min((one.at.timestamp() for one in live.release.ends if one.at.timestamp() > now), default=0.0)
        yield GaugeMetricFamily(
            "tidewaiter_operations_stopped", "Operations answered no more: their approval has ended.",
            value=live.stops.stopped(),
        )  # fmt: skip
        yield GaugeMetricFamily(
            "tidewaiter_operations_next_stop_timestamp_seconds", "When the next operation stops; 0 for never.",
            value=live.stops.next_at(),
        )  # fmt: skip
        yield GaugeMetricFamily(
            "tidewaiter_approval_next_end_timestamp_seconds", "When the next decision or waiver ends; 0 for never.",
            value=first,
        )  # fmt: skip
        ended = sum(one.at.timestamp() <= now for one in live.release.ends)
        yield GaugeMetricFamily(
            "tidewaiter_approvals_ended", "Changes whose decision or waiver has ended.", value=ended
        )
        yield GaugeMetricFamily(
            "tidewaiter_clock_off_seconds",
            "By how much the machine's clock is ahead of the time that passed, or behind it; 0 up to an hour.",
            value=self._clock.off(),
        )  # fmt: skip
        yield GaugeMetricFamily(
            "tidewaiter_release_withdrawn", "1 where the release that serves was withdrawn.",
            value=live.release.withdrawn != "",
        )  # fmt: skip

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client's custom collectors."""
        labels = sorted({name for _, pairs in self._runtime.events for name, _ in pairs})
        events = CounterMetricFamily("tidewaiter_events", "Events counted by policies.", labels=["event", *labels])
        for (event, pairs), count in sorted(self._runtime.events.items()):
            given = dict(pairs)
            events.add_metric([event, *(given.get(name, "") for name in labels)], count)
        yield events
        yield GaugeMetricFamily("tidewaiter_calls_open", "Calls under way.", value=self._gateway.open)
        for name, value in asdict(self._builder.stats()).items():
            yield GaugeMetricFamily(f"tidewaiter_validators_{name}", "Validators of the release.", value=value)
        tested = GaugeMetricFamily(
            "tidewaiter_selftest", "Operations by the outcome of their self-test.", labels=["outcome"]
        )
        for outcome, number in sorted(_tested(self._release()).items()):
            tested.add_metric([outcome], number)
        yield tested
        yield GaugeMetricFamily("tidewaiter_overrides", "Overrides in force.", value=len(self._overrides.in_force()))
        yield from self._ends()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        yield GaugeMetricFamily("process_max_resident_bytes", "Most memory held.", value=usage.ru_maxrss * 1024)
        yield CounterMetricFamily("process_cpu_seconds", "CPU time.", value=usage.ru_utime + usage.ru_stime)
        yield InfoMetricFamily("tidewaiter_release", "What is served.", value={"digest": self._release().digest})


def _tested(release: Release) -> dict[str, int]:
    """`partial` passed with what could be made, and something could not; `waiting` is not served before its test."""
    found = dict.fromkeys(("failed", "partial", "passed", "waiting"), 0)
    for compiled in release.contracts.values():
        for proof in compiled.proofs.values():
            outcome = proof.outcome
            if outcome is None:
                found["waiting"] += 1
            else:
                found["failed" if outcome.failures else "partial" if outcome.left_out else "passed"] += 1
    return found


def health_app(registry: CollectorRegistry, accepting: Callable[[], bool]) -> Starlette:
    """The app of the health listener where one process serves alone; else `gateway.parent` answers."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        if accepting():
            return PlainTextResponse("ready\n")
        return PlainTextResponse("not accepting calls\n", status_code=503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    app = Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])
    app.router.redirect_slashes = False  # its redirect would name the caller's Host
    return app
