"""Links of a system: rewritten at the named places, removed where they lead elsewhere, everything else untouched."""

import json
from itertools import product
from types import SimpleNamespace

import pytest
from rows import over

from contracts.pins import Pins
from contracts.settings import Settings
from contracts.systems import System
from gateway.node import Node, NodeSettings
from gateway.runtime import GatewayRuntime
from policies.links import LINKS_NOT_CHECKED, Links
from policies.rebase import Rebase
from policies.step import Answer, Call, Refusal, Span

SETTINGS = Settings.model_validate({"name": "t", "public_url": "https://api.example/gw"})
PUBLIC = "https://api.example/gw/so/v1"
V2 = System.model_validate(
    {
        "owner": "it",
        "url": "https://s4.internal:44300",
        "protocol": "odata-v2",
        "also_known_as": ["http://sapgw.corp.example:8000", "https://vhost-01.sap.example/other"],
        "query": {"sap-client": "100"},
    }
)
V4 = System.model_validate(
    {
        "owner": "it",
        "url": "https://bc.internal/v2.0/tenant/prod/api/v2.0",
        "protocol": "odata-v4",
        "also_known_as": ["https://API.businesscentral.example"],
    }
)
REST = V2.model_copy(update={"protocol": "rest"})
SVC = "/sap/opu/odata/sap/API_SO"
S4 = "https://s4.internal:44300" + SVC


@pytest.fixture
async def runtime(tmp_path):
    made = GatewayRuntime(Node(NodeSettings(), tmp_path))
    yield made
    await made.aclose()


def rebase(system=V2, path=SVC):
    return Rebase(system, path, PUBLIC)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (S4 + "/A_SalesOrder('1')", "/A_SalesOrder('1')"),
        (S4, ""),
        (S4 + "/", "/"),
        (S4 + "/$metadata#A", "/$metadata#A"),
        ("HTTPS://S4.INTERNAL:44300" + SVC + "/A?x=1", "/A?x=1"),
        ("https://s4%2Einternal:44300" + SVC + "/A", "/A"),
        ("https://s4.internal.:44300" + SVC + "/A", "/A"),
        ("http://sapgw.corp.example:8000" + SVC + "/A", "/A"),
        ("https://vhost-01.sap.example:443/other" + SVC + "/A", "/A"),
        ("https://s4.internal:44300/sap/opu/./x/../odata/%73ap/API_SO/A", "/A"),
        (S4 + "/A?$skiptoken=9&sap-client=100&$top=1", "/A?$skiptoken=9&$top=1"),
        (S4 + "/A?SAP%2DClient=100", "/A"),
        (S4 + "/A?$filter=x eq 'ä'", "/A?$filter=x%20eq%20'%C3%A4'"),
        ("//s4.internal:44300" + SVC + "/A", "/A"),
        (SVC + "/A", "/A"),
        ("B('2')", "/B('2')"),
        ("../API_SO/B", "/B"),
        ("?$skiptoken=2", "/A?$skiptoken=2"),
        ("https://api.example/gw/so/v1/A", "/A"),
        (" " + S4 + "/A ", "/A"),
    ],
)
def test_links_to_the_offer_become_the_gateways(link, expected):
    assert rebase().link(link, SVC + "/A") == PUBLIC + expected


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example" + SVC + "/A",
        "https://s4.internal" + SVC + "/A",
        "http://s4.internal:44300" + SVC + "/A",
        "https://s4.internal:44300.evil.example" + SVC,
        "https://s4.internal:44300@evil.example" + SVC,
        "https://user:pw@s4.internal:44300" + SVC,
        "https://s4.internal:44300/sap/opu/odata/sap/API_OTHER/A",
        "https://s4.internal:44300" + SVC + "X/A",
        S4 + "/../API_OTHER/A",
        S4 + "/%2e%2e/API_OTHER",
        "https://s4.internal:44300",
        "../API_OTHER/B",
        "/",
        "//evil.example/x",
        "\\\\evil.example\\x",
        "https:\\\\s4.internal:44300" + SVC,
        "https:/" + SVC + "/A",
        "https:A",
        "javascript:alert(1)",
        "urn:uuid:1",
        "mailto:a@s4.internal",
        "ftp://s4.internal:44300" + SVC,
        "https://s4.internal:99999999" + SVC,
        "https://s4.internal:4430x" + SVC,
        "https:///x",
        "ht\ntps://evil.example",
        S4 + "/A\r\nx-evil: 1",
        "https%3A%2F%2Fs4.internal%3A44300" + SVC,
        S4 + "/A?next=https%3A%2F%2FSAPGW.corp.example",
        S4 + "/" + "a" * 20_000,
        "https://api.example/gw/other/v1/A",
        "https://\ud800.example",
    ],
)
def test_links_elsewhere_are_none(link):
    assert rebase().link(link, SVC + "/A") is None


def test_an_alias_without_a_path_has_the_systems_own():
    made = Rebase(V4, "", PUBLIC)
    link = "https://api.BusinessCentral.example/v2.0/tenant/prod/api/v2.0/companies(1)/items?$skip=2"
    assert made.link(link, "/") == PUBLIC + "/companies(1)/items?$skip=2"
    assert made.link("https://api.businesscentral.example/v2.0/other/prod/api/v2.0/companies(1)", "/") is None


def bound(system, answer, runtime, *, path=SVC, safe=True, isolation=None):
    operation = SimpleNamespace(api="so", version="1.4.0", safe=safe)
    offer = SimpleNamespace(path=path)
    route = SimpleNamespace(operation=operation, system=system, offer=offer, isolation=isolation, entity_id="mna")

    async def inner(call):
        return answer

    async def never(_):
        raise AssertionError("the body was read already")

    call = Call("c", "u", "GET", b"/so/v1/A", b"", {}, never, Span())
    return Links(SETTINGS).bind(route, runtime, inner)(call)


JSON = (b"content-type", b"application/json;odata.metadata=minimal")


V2_TEXT = (
    '{"d": {"__next":"S4/A?$skiptoken=2&sap-client=100","results":[{"__metadata":{"id":"S4/A(\'1\')",'
    '"uri":"http:\\/\\/sapgw.corp.example:8000SVC\\/A(\'1\')","type":"API.A"},"Net":"1.10","Nr":1.10,'
    '"When":"\\/Date(1492041600000)\\/","to":{"__deferred":{"uri":"S4/A/to"}},"Note":"uri","uri":"S4/x"}]}}'
)
V2_EXPECTED = (
    '{"d": {"__next":"PUBLIC/A?$skiptoken=2","results":[{"__metadata":{"id":"PUBLIC/A(\'1\')",'
    '"uri":"PUBLIC/A(\'1\')","type":"API.A"},"Net":"1.10","Nr":1.10,'
    '"When":"\\/Date(1492041600000)\\/","to":{"__deferred":{"uri":"PUBLIC/A/to"}},"Note":"uri","uri":"PUBLIC/x"}]}}'
)


async def test_v2(runtime):
    text = V2_TEXT.replace("S4", S4).replace("SVC", SVC)
    answer = await bound(V2, Answer(200, [JSON], text.encode()), runtime)
    expected = V2_EXPECTED.replace("S4", S4).replace("PUBLIC", PUBLIC)
    assert answer.body.decode() == expected, "all else stays; an address elsewhere is rewritten: no answer names a host"


@pytest.mark.parametrize("name", [b"content-digest", b"repr-digest", b"digest", b"content-md5"])
async def test_a_digest_goes_where_the_bytes_change_and_stays_where_they_do_not(name, runtime):
    text = V2_TEXT.replace("S4", S4).replace("SVC", SVC)
    changed = await bound(V2, Answer(200, [JSON, (name, b"x")], text.encode()), runtime)
    same = await bound(V2, Answer(200, [JSON, (name, b"x")], b'{"d": {"Net": "1.10"}}'), runtime)
    assert [header[0] for header in changed.headers] == [b"content-type"]
    assert [header[0] for header in same.headers] == [b"content-type", name]


async def test_v4(runtime):
    base = "https://api.businesscentral.example/v2.0/tenant/prod/api/v2.0"
    document = {
        "@odata.context": f"{base}/$metadata#companies(1)/items",
        "@odata.nextLink": f"{base}/companies(1)/items?$skiptoken=a",
        "value": [
            {
                "@odata.etag": 'W/"1"',
                "@odata.id": "items(2)",
                "@odata.type": "#Model.Item",
                "picture@odata.mediaReadLink": f"{base}/items(2)/picture",
                "lines@odata.navigationLink": "https://foreign.example/lines",
                "lines@navigationLink": f"{base}/items(2)/lines",
                "#Model.Ship": {"title": "Ship", "target": f"{base}/items(2)/Model.Ship"},
                "target": f"{base}/elsewhere",
                "note": f"{base}/elsewhere",
            }
        ],
        "@odata.deltaLink": "https://foreign.example/delta",
    }
    text = json.dumps(document).replace('"@odata.nextLink"', '"\\u0040odata.nextLink"')
    answer = await bound(V4, Answer(200, [JSON], text.encode()), runtime, path="")
    got = json.loads(answer.body)
    assert got["@odata.context"] == f"{PUBLIC}/$metadata#companies(1)/items"
    assert got["@odata.nextLink"] == f"{PUBLIC}/companies(1)/items?$skiptoken=a"
    assert "@odata.deltaLink" not in got
    item = got["value"][0]
    assert item["@odata.id"] == f"{PUBLIC}/items(2)", "relative to the context, not to the call"
    assert item["picture@odata.mediaReadLink"] == f"{PUBLIC}/items(2)/picture"
    assert "lines@odata.navigationLink" not in item
    assert item["lines@navigationLink"] == f"{PUBLIC}/items(2)/lines"
    assert item["#Model.Ship"]["target"] == f"{PUBLIC}/items(2)/Model.Ship"
    assert item["@odata.type"] == "#Model.Item"
    assert item["target"] == item["note"] == f"{PUBLIC}/elsewhere", "no answer carries a host"
    assert runtime.events["link_removed", (("api", "so"),)] == 2


async def test_headers(runtime):
    headers = [
        JSON,
        (b"location", S4.encode() + b"/A('9')"),
        (b"content-location", b"https://foreign.example/x"),
        (b"odata-entityid", b"A('9')"),
        (b"link", f'<{S4}/A?p=2>; rel="next", <https://foreign.example/>; rel=x, </doc>; rel="help"'.encode()),
        (b"link", f'<{S4}/B>;rel=prev;title="a, b"'.encode()),
        (b"link", b"<broken"),
        (b"etag", b'"1"'),
    ]
    rest = V2.model_copy(update={"protocol": "rest"})
    answer = await bound(rest, Answer(201, headers, b"{}"), runtime)
    assert answer.headers == [
        JSON,
        (b"location", PUBLIC.encode() + b"/A('9')"),
        (b"odata-entityid", PUBLIC.encode() + b"/A('9')"),
        (b"link", f'<{PUBLIC}/A?p=2>; rel="next"'.encode()),
        (b"link", f'<{PUBLIC}/B>;rel=prev;title="a, b"'.encode()),
        (b"etag", b'"1"'),
    ]


async def test_a_hostile_link_header_costs_one_pass(runtime):
    hostile = b"<" + S4.encode() + b"/A>" + b";aaaaaaaaaaaa" * 500
    headers = [(b"link", hostile + b"<"), (b"link", hostile + b' ; rel="next"')]

    answer = await bound(V2, Answer(200, headers), runtime)

    assert [value[-10:] for _, value in answer.headers] == [b'rel="next"']


@pytest.mark.parametrize("link", ["/x\\ud800", "https://s4.internal:44300/sap/opu/odata/sap/API_SO/A?\\udfff"])
async def test_a_link_with_half_a_character_is_removed(link, runtime):
    body = f'{{"a": 1, "__next": "{link}"}}'.encode()

    answer = await bound(V2, Answer(200, [(b"content-type", b"application/json")], body), runtime)

    assert json.loads(answer.body) == {"a": 1}


async def test_the_body_of_a_plain_system_names_no_host(runtime):
    rest = V2.model_copy(update={"protocol": "rest"})
    untouched = b'{"@odata.nextLink":"https://foreign.example/A","n":1.10}'
    assert (await bound(rest, Answer(200, [JSON], untouched), runtime)).body is untouched
    body = f'{{"self":"{S4}/A","n":1.10,"note":"see SAPGW.corp.example now"}}'.encode()
    answer = await bound(rest, Answer(200, [JSON], body), runtime)
    assert answer.body == f'{{"self": "{PUBLIC}/A","n":1.10,"note":"see [system] now"}}'.encode().replace(b'": ', b'":')


FORMS = [
    "s4.internal", "S4.Internal", "s4%2Einternal", "s4%252einternal", r"https:\u002f\u002fs4.internal:44300\u002fsap",
    r"\u0073\u0034.internal", r"https:\/\/s4.internal", "%2F%2Fs4.internal", "s4&#46;internal",
]  # fmt: skip


@pytest.mark.parametrize("system", [V2, V2.model_copy(update={"protocol": "rest"})], ids=["v2", "rest"])
@pytest.mark.parametrize("kind", [b"application/json", b"text/plain", b"text/plain; charset=utf-8", b"", b"text/xml"])
@over(("status", "form"), product([200, 201, 299, 400], FORMS))
async def test_no_body_names_a_host_in_any_form(system, status, kind, form, runtime):
    for body in (f'{{"Text":"at {form} now","n":1}}', f'{{"d":{{"results":[{{"{form}":1}}]}}}}', f'["{form}"]'):
        try:
            answer = await bound(system, Answer(status, [(b"content-type", kind)], body.encode()), runtime)
        except Refusal as refusal:
            assert refusal.problem.name == "links-not-checked"  # noqa: PT017 - either is right
            continue
        said = answer.body.decode().lower()
        assert "internal" not in said
        assert "s4" not in said


async def test_no_header_names_a_host(runtime):
    headers = [JSON, (b"sap-message", b'{"target":"https://S4%2Einternal:44300/x"}'), (b"etag", b'"1"')]
    answer = await bound(V2, Answer(200, headers, b"{}"), runtime)
    assert answer.headers == [JSON, (b"sap-message", b'{"target":"[system]/x"}'), (b"etag", b'"1"')]


async def test_a_host_that_is_a_word_stays_where_it_is_no_address(runtime):
    system = V2.model_copy(update={"also_known_as": ["https://erp:8000"]})
    body = b'{"Text":"our erp system","Place":"https:\\/\\/ERP\\/x and erp:8000"}'
    answer = await bound(system, Answer(200, [JSON], body), runtime)
    assert json.loads(answer.body) == {"Text": "our erp system", "Place": "[system]/x and [system]"}


def test_the_gateways_own_address_may_share_the_host_of_a_system():
    made = Rebase(V2.model_copy(update={"url": "http://127.0.0.1:9000"}), SVC, "http://127.0.0.1:8080/so/v1")
    assert not made.addresses('{"a":"http://127.0.0.1:8080/so/v1/A"}')
    assert made.addresses('{"a":"http://127.0.0.1:80801/"}')
    assert (
        made.away("http://127.0.0.1:8080/x to http://127.0.0.1:9000/x", "/") == "http://127.0.0.1:8080/x to [system]/x"
    )


@pytest.mark.parametrize("kind", [b"application/json", b"text/plain", b"text/xml", b""])
@pytest.mark.parametrize("status", [200, 404])
async def test_an_error_that_names_no_host_names_no_entity_either(kind, status, runtime):
    pins = Pins(path={"company": "6b1f4c2e-9a3d"})
    isolation = SimpleNamespace(pins=pins, templates=("/companies({company})/orders",))
    headers = [(b"content-type", kind)] if kind else []
    body = b'{"text": "no company 6b1f4c2e-9a3d here"}'
    answer = await bound(REST, Answer(status, headers, body), runtime, isolation=isolation)
    assert (b"6b1f4c2e" in answer.body) is (status == 200)


@pytest.mark.parametrize("system", [V2, V4, REST], ids=["v2", "v4", "rest"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (b"application/json", '{"error":{"message":"at https:\\/\\/HOST:44300\\/sap failed","n":1.10}}'),
        (b"application/problem+json", '{"detail":"\\u0048OST is away"}'),
        (b"application/json", '{"detail":"https%3A%2F%2FHOST%2Fx"}'),
        (b"text/plain", "cannot reach HOST:44300"),
        (b"application/xml", "<error>HOST</error>"),
        (b"", '{"m":"HOST"}'),
        (b"", "HOST"),
    ],
)
async def test_error_answers_name_no_host(kind, said, system, runtime):
    host = "bc.internal" if system is V4 else "s4.internal"
    text = said.replace("\\u0048OST", f"\\u00{ord(host[0]):x}{host[1:]}").replace("HOST", host.upper())
    headers = [(b"content-type", kind)] if kind else []
    answer = await bound(system, Answer(500, headers, text.encode()), runtime)
    plain = answer.body.decode().lower()
    assert host not in plain
    assert "[system]" in plain
    assert ("1.10" in said) == ("1.10" in plain)


async def stream():
    yield b"{"


@pytest.mark.parametrize(
    ("system", "status", "kind", "body"),
    [
        (V2, 200, b"application/json", None),
        (V2.model_copy(update={"protocol": "rest"}), 500, b"application/json", None),
        (V4, 200, b"application/atom+xml", b"<feed/>"),
        (V4, 200, b"multipart/mixed; boundary=x", b"--x"),
        (V4, 200, b"application/xml", b"<a>https://BC.internal/x</a>"),
        (V4, 200, b"application/json", b'{"value":['),
        (V4, 200, b"application/json", '{"@odata.nextLink":"https://bc.internal/x"}'.encode("utf-16")),
    ],
    ids=range(7),
)
@pytest.mark.parametrize("safe", [True, False])
async def test_what_cannot_be_looked_through_is_refused(system, status, kind, body, safe, runtime):
    headers = [(b"content-type", kind), (b"location", b"A('9')")]
    answer = Answer(status, headers, stream() if body is None else body)
    with pytest.raises(Refusal) as caught:
        await bound(system, answer, runtime, safe=safe)
    assert (caught.value.problem.name, caught.value.fault) == ("links-not-checked", "system")
    assert bool(caught.value.headers) is not safe, "a write says where its record is"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"application/pdf", b"%PDF https://other.example"),
        (b"text/csv", b"a;b"),
        (b"application/xml", b"<edmx/>"),
        (b"", b""),
    ],
)
async def test_other_bodies_pass_untouched(kind, body, runtime):
    headers = [(b"content-type", kind)] if kind else []
    assert (await bound(V4, Answer(200, headers, body), runtime)).body is body


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (b"text/plain; charset=utf-8", b"made at https://bc.internal:7048/x", b"made at [system]/x"),
        (b"text/csv", b"a;BC.internal\r\n", b"a;[system]\r\n"),
        (b"application/json", b' {"error": {"message": "at bc.internal"}}', b' {"error": {"message": "at [system]"}}'),
    ],
)
async def test_plain_text_and_errors_told_as_successes_name_no_host(kind, body, said, runtime):
    answer = await bound(V4, Answer(200, [(b"content-type", kind)], body), runtime)
    assert answer.body == said


async def test_a_stream_that_is_no_json_passes(runtime):
    body = stream()
    answer = await bound(V4, Answer(200, [(b"content-type", b"application/pdf")], body), runtime)
    assert answer.body is body
    assert [chunk async for chunk in body] == [b"{"]


async def test_a_large_body_is_worked_on_off_the_loop(runtime):
    rows = [{"__metadata": {"uri": f"{S4}/A('{n}')", "type": "A"}, "Text": "x" * 60} for n in range(4000)]
    body = json.dumps({"d": {"results": rows}}).encode()
    assert len(body) > SETTINGS.bounds.off_loop_bytes
    threads = []
    offload = runtime.offload

    async def watched(fn, *args):
        threads.append(fn)
        return await offload(fn, *args)

    runtime.offload = watched
    answer = await bound(V2, Answer(200, [JSON], body), runtime)
    assert len(threads) == 1
    assert answer.body == body.replace(S4.encode(), PUBLIC.encode())


@pytest.mark.parametrize("place", ["https://S4%2Einternal:44300" + SVC + "/A('9')", "https://s4.internal:44300/other"])
async def test_a_refusal_from_inside_names_the_record_by_the_gateways_address(place, runtime):
    operation = SimpleNamespace(api="so", version="1.4.0", safe=False)
    route = SimpleNamespace(operation=operation, system=V2, offer=SimpleNamespace(path=SVC), isolation=None)

    async def inner(call):
        raise Refusal(LINKS_NOT_CHECKED, headers=((b"location", place.encode()),), members={"location": place})

    call = Call("c", "u", "POST", b"/so/v1/A", b"", {}, None, Span())
    with pytest.raises(Refusal) as caught:
        await Links(SETTINGS).bind(route, runtime, inner)(call)
    said = f"{caught.value.headers}{caught.value.members}".lower()
    assert "internal" not in said
    assert ("so/v1/a('9')" in said) is place.endswith("('9')")
