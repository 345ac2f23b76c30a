"""Laws of what a contract does not name, over generated schemas, messages and injected members."""

import asyncio
import contextlib
import json
from types import SimpleNamespace

from generated_messages import samples
from hypothesis import event, given
from hypothesis import strategies as st
from keyword_cells import written
from laws import ANY_SIZE, tried

from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.document import parse_document
from contracts.modes import UnknownRule
from contracts.settings import Bounds
from policies.conform import Conform
from policies.step import Answer, Call, Refusal, Span

VERSIONS = {"3.0": "3.0.4", "3.1": "3.1.1", "3.2": "3.2.0"}
HEAD = {b"content-type": b"application/json"}
LAWS = tried(40, *ANY_SIZE)
BOUNDS = Bounds()
NEW = st.dictionaries(
    st.sampled_from(["zz", "ZZ_Price", "a b", 'q"\\', "é"]),
    st.sampled_from([1, "x", None, [{"zz": [1]}, "}"], {"a": {"zz": "]"}, "b": ","}]),
    min_size=1, max_size=2,
)  # fmt: skip


def compiled(sample, version):
    content = {"application/json": {"schema": sample.schema}}
    operation = {
        "operationId": "it", "security": [], "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "done", "content": content}},
    }  # fmt: skip
    document = {
        "openapi": VERSIONS[version], "info": {"title": "t", "version": "1"}, "paths": {"/it": {"post": operation}},
        "components": {"schemas": sample.schemas},
    }  # fmt: skip
    contract = read_contract(parse_document(written(document).encode(), "it.json"))
    return compile_operation(contract, contract.operations[0], "it", "1.0", BOUNDS)


class Runtime:
    def keep(self, key, make):
        return make()

    def count(self, event, **labels):
        pass

    async def offload(self, fn, *args):
        return fn(*args)


def passes(operation, members, body):
    """The bytes that reach the system under a setting; None where the request is refused."""
    reached = []

    async def inner(call):
        reached.append(call.body)
        return Answer(204, [])

    async def read(most):
        return b""

    route = SimpleNamespace(
        operation=operation, entity_id="one", isolation=None, system=SimpleNamespace(protocol="rest")
    )
    rules = () if members is None else (UnknownRule(reason="a law", members=members, direction="request"),)
    step = Conform((), BOUNDS, rules).bind(route, Runtime(), inner)
    call = Call("c", "u", "POST", b"/it", b"", HEAD, read, Span(), body=body)
    with contextlib.suppress(Refusal):
        asyncio.run(step(call))
    return reached[0] if reached else None


@st.composite
def injected(draw, value):
    """The value with new members in some of its objects."""
    if isinstance(value, list):
        return [draw(injected(item)) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: draw(injected(child)) for name, child in value.items()}
    if draw(st.booleans()):
        return inner
    new = draw(NEW)
    return {**new, **inner} if draw(st.booleans()) else {**inner, **new}


@st.composite
def spelled(draw, value):
    """JSON of the value with spaces wherever they may stand, and names escaped now and then."""
    space = st.sampled_from(["", "", " ", "\n\t"])

    def text(node):
        if isinstance(node, dict):
            members = (
                f"{draw(space)}{json.dumps(name, ensure_ascii=draw(st.booleans()))}{draw(space)}:{draw(space)}"
                f"{text(child)}{draw(space)}"
                for name, child in node.items()
            )
            return "{" + ",".join(members) + "}"
        if isinstance(node, list):
            return "[" + ",".join(draw(space) + text(child) + draw(space) for child in node) + "]"
        return written(node)

    return text(value).encode()


def is_part_of(shorter, longer):
    rest = iter(longer)
    return all(byte in rest for byte in shorter)


def cut(value, paths):
    """The reference: the value without the members at the paths."""
    for path in sorted(paths, key=len, reverse=True):
        *way, last = path
        holder = value
        for step in way:
            holder = holder[step]
        del holder[last]
    return value


def read(body):
    """Numbers as they are written, members in their order."""
    return json.loads(body, parse_int=str, parse_float=str)


def paths_in(value, names, at=()):
    """Where members of these names stand, the outermost of each."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name in names:
                yield (*at, name)
            else:
                yield from paths_in(child, names, (*at, name))
    elif isinstance(value, list):
        for i, child in enumerate(value):
            yield from paths_in(child, names, (*at, i))


@given(data=st.data(), version=st.sampled_from(sorted(VERSIONS)))
@LAWS
def test_a_message_of_nothing_but_named_members_passes_every_setting_as_it_came(data, version):
    sample = data.draw(samples(version))
    operation = compiled(sample, version)
    body = data.draw(spelled(sample.value))

    for members in (None, "report", "strip", "refuse"):
        assert passes(operation, members, body) == body


@given(data=st.data(), version=st.sampled_from(sorted(VERSIONS)))
@LAWS
def test_stripped_then_judged_is_accepted_by_refuse(data, version):
    sample = data.draw(samples(version))
    operation = compiled(sample, version)
    message = data.draw(st.sampled_from([sample.value, *(mutation.value for mutation in sample.mutations)]))
    came = data.draw(spelled(data.draw(injected(message))))

    stripped = passes(operation, "strip", came)
    refused = passes(operation, "refuse", came)
    event(f"strip {stripped is not None}, refuse {refused is not None}, changed {stripped not in (came, None)}")

    if refused is not None:
        assert refused == came == stripped == passes(operation, None, came)
    if stripped is not None:
        assert passes(operation, "refuse", stripped) == stripped
        assert passes(operation, None, stripped) == stripped
    looked = operation.described_requests("rest").look(HEAD, came)
    left = came if looked.without is None else looked.without()
    assert (passes(operation, "refuse", left) is not None) == (stripped is not None)


@given(data=st.data(), version=st.sampled_from(sorted(VERSIONS)))
@LAWS
def test_what_is_cut_is_what_was_told_and_every_other_byte_stays(data, version):
    sample = data.draw(samples(version))
    operation = compiled(sample, version)
    came = data.draw(spelled(data.draw(injected(sample.value))))
    described = operation.described_requests("rest")

    looked = described.look(HEAD, came)
    told = {violation.pointer for violation in looked.violations}
    left = came if looked.without is None else looked.without()

    assert is_part_of(left, came)
    assert described.look(HEAD, left).violations == ()
    new = set(paths_in(read(came), {"zz", "ZZ_Price", "a b", 'q"\\', "é"}))
    pointers = {path: "".join("/" + str(s).replace("~", "~0").replace("/", "~1") for s in path) for path in new}
    assert told <= set(pointers.values())  # nothing that was there before is unknown
    assert read(left) == cut(read(came), [path for path in new if pointers[path] in told])
    event(f"cut {len(told)}")
