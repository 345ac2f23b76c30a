"""Pages of several workers as one."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.metrics_merge import Page, merged, read_page, what_stays, written


def page(calls, held=1):
    registry = CollectorRegistry()
    Counter("calls", "Calls.", ["path"], registry=registry).labels('a "b" {c} d').inc(calls)
    Histogram("seconds", "Time.", registry=registry, buckets=(1, 2)).observe(1.5)
    Gauge("held", "Held.", registry=registry).set(held)
    Gauge("tidewaiter_release_info", "Served.", ["digest"], registry=registry).labels("d").set(1)
    return generate_latest(registry).decode()


def values(merged_page):
    return {series: value for found in merged_page.families.values() for series, value in found.items()}


def test_counts_and_gauges_add_up_and_the_release_is_said_once():
    total = values(merged([read_page(page(3)), read_page(page(4, held=2))]))

    assert total['calls_total{path="a \\"b\\" {c} d"}'] == 7
    assert total["seconds_count"] == 2
    assert total['seconds_bucket{le="2.0"}'] == 2
    assert total["held"] == 3
    assert total['tidewaiter_release_info{digest="d"}'] == 1


def test_a_series_began_when_the_first_worker_began_it():
    one, two = read_page(page(1)), read_page(page(1))
    began = [values(p)["seconds_created"] for p in (one, two)]
    assert values(merged([one, two]))["seconds_created"] == min(began)


def test_of_a_worker_that_has_ended_the_counts_stay():
    stays = values(what_stays(read_page(page(3))))
    assert stays['calls_total{path="a \\"b\\" {c} d"}'] == 3
    assert stays["seconds_count"] == 1
    assert not {"held", 'tidewaiter_release_info{digest="d"}'} & set(stays)


def test_what_is_written_reads_the_same_and_has_the_parents_series():
    read = read_page(page(3))
    again = read_page(written(read, {"tidewaiter_workers": ("gauge", "Workers.", 2)}))
    assert values(again) == {**values(read), "tidewaiter_workers": 2}
    assert again.kinds["calls_total"] == "counter"
    assert "# HELP calls_total Calls." in written(read)


def test_nothing_at_all():
    assert values(merged([Page(), Page()])) == {}
