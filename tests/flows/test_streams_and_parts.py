"""Streams of events and multipart bodies through the whole gateway, on real sockets."""

import http.client

import pytest
from streaming_system import StreamingGateway

GOOD = b"event: stock\ndata: {}\n\n"
BAD = b"event: stocks\ndata: {}\n\n"


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    made = StreamingGateway(tmp_path_factory.mktemp("feed"), bounds={"item_bytes": 2048, "body_parts": 4})
    yield made
    made.close()


@pytest.fixture(autouse=True)
def fresh(feed):
    feed.system.fresh()


class Stream:
    """One answer, read as it comes."""

    def __init__(self, feed, path="/stock", accept="*/*", method="GET"):
        self.connection = http.client.HTTPConnection("127.0.0.1", feed.gateway.port, timeout=5)
        self.connection.request(method, f"/feed/v1{path}", headers={"X-API-Key": feed.key, "Accept": accept})
        self.answer = self.connection.getresponse()

    def more(self):
        return self.answer.read1(65_536)

    def rest(self):
        return self.answer.read()

    def close(self):
        self.answer.close()
        self.connection.close()


@pytest.fixture
def opened(feed):
    """Asks for a stream, and closes it at the end of the test."""
    made = []

    def stream(path="/stock", **asked):
        made.append(Stream(feed, path, **asked))
        return made[-1]

    yield stream
    for one in made:
        one.close()


def counted(feed, *words):
    connection = http.client.HTTPConnection("127.0.0.1", feed.gateway.health, timeout=5)
    connection.request("GET", "/metrics", headers={"Connection": "close"})
    text = connection.getresponse().read().decode()
    connection.close()
    return sum(
        float(line.rpartition(" ")[2]) for line in text.splitlines() if all(f'"{word}"' in line for word in words)
    )


@pytest.mark.parametrize(
    ("media_type", "first", "second"),
    [
        ("text/event-stream", GOOD, b": still here\n\n" + GOOD),
        ("application/x-ndjson", b'{"id":1}\n', b'{"id": 2}\n'),
        ("application/json-seq", b'\x1e{"id":1}\n', b'\x1e{"id": 2}\n'),
    ],
)
def test_an_item_goes_out_as_soon_as_it_has_come(feed, opened, media_type, first, second):
    feed.system.media_type = media_type
    feed.system.pieces.put(first)
    stream = opened()

    assert (stream.answer.status, stream.answer.getheader("content-type")) == (200, media_type)
    assert stream.more() == first, "nothing more was sent by the system yet"
    feed.system.pieces.put(second[:5])
    feed.system.pieces.put(second[5:])
    feed.system.pieces.put(None)
    assert stream.rest() == second


def test_half_an_event_waits_for_its_end(feed, opened):
    feed.system.pieces.put(GOOD + GOOD[:9])
    stream = opened()

    assert stream.more() == GOOD
    feed.system.pieces.put(GOOD[9:])
    feed.system.pieces.put(None)
    assert stream.rest() == GOOD


def test_an_event_that_violates_cuts_the_connection(feed, opened):
    before = counted(feed, "contract", "answer", "violates", "enforce", "true")
    feed.system.pieces.put(GOOD)
    stream = opened()
    assert stream.more() == GOOD
    feed.system.pieces.put(GOOD + BAD + GOOD)

    with pytest.raises(http.client.IncompleteRead) as caught:
        stream.rest()

    assert caught.value.partial == GOOD, "what came before is whole, and nothing of the event that violates"
    feed.system.pieces.put(GOOD)
    feed.system.pieces.put(GOOD)
    feed.system.pieces.put(None)
    assert feed.system.cut.wait(5), "the system is told too"
    assert counted(feed, "contract", "answer", "violates", "enforce", "true") == before + 1


def test_an_event_that_violates_is_counted_where_it_is_only_reported(feed, opened):
    before = counted(feed, "contract", "answer", "violates", "report", "false")
    feed.system.pieces.put(GOOD)
    stream = opened("/reported")
    feed.system.pieces.put(BAD)
    feed.system.pieces.put(BAD + GOOD)
    feed.system.pieces.put(None)

    assert stream.rest() == GOOD + BAD + BAD + GOOD
    assert counted(feed, "contract", "answer", "violates", "report", "false") == before + 2


def test_a_stream_that_begins_badly_is_answered(feed):
    """Nothing is out yet, so there is a better way than to cut."""
    feed.system.pieces.put(BAD)

    reply = feed.gateway.call("GET", "/feed/v1/stock", {"X-API-Key": feed.key})

    feed.system.pieces.put(None)
    assert (reply.status, reply.problem) == (502, "answer-violates-contract")
    assert [(error["pointer"], error["rule"]) for error in reply.json["errors"]] == [("/event", "enum")]


def test_an_event_without_end_is_cut_at_its_bound(feed, opened):
    feed.system.pieces.put(GOOD)
    stream = opened()
    assert stream.more() == GOOD
    feed.system.pieces.put(b"event: stock\ndata: " + b"x" * 3000)

    with pytest.raises(http.client.IncompleteRead) as caught:
        stream.rest()
    assert caught.value.partial == b""
    feed.system.pieces.put(None)


def test_no_event_names_a_host_of_the_system(feed, opened):
    feed.system.pieces.put(b'event: stock\ndata: "' + feed.host.encode() + b'/stock/1"\n\n')
    feed.system.pieces.put(None)

    body = opened().rest()

    assert body.startswith(b"event: stock\ndata: ")
    assert feed.host.encode() not in body


def test_a_fault_told_as_an_event_is_looked_at_as_a_whole(feed):
    feed.system.status = 404
    feed.system.pieces.put(b"event: stock\ndata: {}\n")
    feed.system.pieces.put(b"\n")
    feed.system.pieces.put(None)

    reply = feed.gateway.call("GET", "/feed/v1/stock", {"X-API-Key": feed.key})

    assert (reply.status, reply.body, reply.header("content-length")) == (404, GOOD, str(len(GOOD)))


def test_a_caller_who_leaves_ends_the_stream(feed, opened):
    feed.system.pieces.put(GOOD)
    stream = opened()
    assert stream.more() == GOOD
    stream.close()

    for _ in range(20):
        feed.system.pieces.put(GOOD)
        if feed.system.cut.wait(0.1):
            break
    feed.system.pieces.put(None)
    assert feed.system.cut.is_set()


def part(name, content, *head):
    lines = [f'Content-Disposition: form-data; name="{name}"', *head]
    return b"--xyz\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


def upload(feed, *parts, end=b"--xyz--\r\n", stated="multipart/form-data; boundary=xyz"):
    body = b"".join(parts) + end
    headers = {"X-API-Key": feed.key, "Content-Type": stated}
    return feed.gateway.call("POST", "/feed/v1/scans", headers, body), body


ORDER = part("order", b'{ "id": 1.0 }', "Content-Type: application/json")
SCAN = part("scan", b"\x89PNG\r\n\x1a\n\x00\xff", "Content-Type: image/png")
PAGES = [part("pages", b"1"), part("pages", b"2")]


def test_a_form_with_files_reaches_the_system_as_the_bytes_that_came(feed):
    reply, body = upload(feed, ORDER, SCAN, *PAGES)

    assert (reply.status, reply.json) == (201, {"id": 1})
    ((head, received),) = feed.system.seen
    assert received == body
    assert head["content-type"] == "multipart/form-data; boundary=xyz"


@pytest.mark.parametrize(
    ("sent", "pointer", "rule"),
    [
        ([SCAN], "", "required"),
        ([part("order", b'{"id":"1"}', "Content-Type: application/json"), SCAN], "/order/id", "type"),
        ([ORDER, SCAN, SCAN], "/scan", "multipart"),
        ([ORDER, SCAN, part("else", b"1")], "/else", "additionalProperties"),
        ([ORDER, SCAN, part("pages", b"1\n--xyz\r\nno")], "", "multipart"),
        ([b"a word before\r\n", ORDER, SCAN], "", "multipart"),
        ([ORDER, SCAN, *PAGES, *PAGES], "", "multipart"),
    ],
)
def test_a_form_that_violates_reaches_nobody(feed, sent, pointer, rule):
    reply, _ = upload(feed, *sent)

    assert (reply.status, reply.problem) == (400, "request-violates-contract")
    assert [(error["pointer"], error["rule"]) for error in reply.json["errors"]] == [(pointer, rule)]
    assert feed.system.seen == []


def test_a_part_of_another_media_type_reaches_nobody(feed):
    reply, _ = upload(feed, ORDER, part("scan", b"x", "Content-Type: text/html"))

    assert (reply.status, reply.problem) == (415, "media-type-not-taken")
    assert reply.json["errors"][0]["message"] == "expected a part of image/png or application/pdf"
    assert feed.system.seen == []


def test_a_form_without_its_end_or_its_boundary_reaches_nobody(feed):
    assert upload(feed, ORDER, SCAN, end=b"")[0].status == 400
    assert upload(feed, ORDER, SCAN, stated="multipart/form-data")[0].status == 400
    assert upload(feed, ORDER, SCAN, stated="multipart/form-data; boundary=a; boundary=xyz")[0].status == 415
    assert upload(feed, ORDER, SCAN, stated="multipart/mixed; boundary=xyz")[0].problem == "media-type-not-taken"
    assert feed.system.seen == []
