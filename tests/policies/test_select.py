"""Which route: entity, exact version, operation; and what callers learn where there is none."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from policies import select
from policies.select import Endpoint, Offered, OfferedVersion, Selection
from policies.step import ANONYMOUS, Call, Identity, Refusal, Span

GUARDED = ((SimpleNamespace(kind="oauth2", scopes=frozenset({"read"})),),)


@dataclass
class Candidate:
    by_version: dict

    def of(self, version):
        found = self.by_version.get(version)
        return None if found is None else (found, (b"4711",))

    @property
    def first(self):
        return next(iter(self.by_version.values()))


def operation(pointer, security=GUARDED):
    return SimpleNamespace(pointer=pointer, security=security)


GET, OPEN = operation("/get"), operation("/open", ((),))


def endpoint(version, methods, api="orders"):
    return Endpoint(api, version.split(".")[0], version, methods, b"GET, HEAD, OPTIONS")


def offered(**stages):
    versions = {
        name.replace("_", ".").removeprefix("v"): OfferedVersion(
            name.replace("_", ".").removeprefix("v"), stage, ((b"api-version", name.encode()),)
        )
        for name, stage in stages.items()
    }
    return Offered(versions, next((v.version for v in versions.values() if v.stage == "active"), None))


def selection(visibility="partner", **changes):
    tables = {
        "visibility": {"orders": visibility},
        "offered": {
            ("mna", "orders", "1"): offered(v1_1="active", v1_0="deprecated", v1_2="draft", v1_9="retired"),
            ("mde", "orders", "1"): offered(v1_0="active"),
        },
        "suspended": frozenset({"mfr"}),
        "entities": ("mna", "mde", "mfr"),
        "routes": {
            (entity, "orders", version, pointer): f"{entity} {version} {pointer}"
            for entity in ("mna", "mde")
            for version in ("1.0", "1.1")
            for pointer in ("/get", "/open")
        },
    }
    return Selection(**{**tables, **changes})


PATH = [Candidate({"1.0": endpoint("1.0", {"GET": GET}), "1.1": endpoint("1.1", {"GET": GET})})]


def identity(**changes):
    values = {
        "consumer": "webshop", "plan": "standard", "audience": "partner", "entities": ("mna",),
        "default_entity": None, "apis": None, "pinned": {}, "scheme": "jwt", "scopes": frozenset(), "credential": "x",
    }  # fmt: skip
    return Identity(**{**values, **changes})


async def unread(bound):
    return b""


def call(who=None, method="GET", entity=b"", version=b""):
    made = Call("id", "uuid", method, b"/", b"", {}, unread, Span(), entity_choice=entity, version_choice=version)
    made.identity = who or identity()
    return made


def refused(made, asked, candidates=PATH):
    with pytest.raises(Refusal) as caught:
        made.select(asked, candidates)
    return caught.value


def test_the_newest_active_version_is_served_and_said():
    asked = call()

    assert selection().select(asked, PATH) == "mna 1.1 /get"
    assert asked.answer_headers == [(b"api-version", b"v1_1")]
    assert asked.values == (b"4711",)


def test_a_caller_may_ask_for_an_older_version():
    assert selection().select(call(version=b"1.0"), PATH) == "mna 1.0 /get"


def test_a_consumer_keeps_the_version_it_was_promised():
    assert selection().select(call(identity(pinned={"orders@1": "1.0"})), PATH) == "mna 1.0 /get"


@pytest.mark.parametrize("version", [b"1.2", b"1.5", b"\xff", b"latest"])
def test_a_version_that_is_not_offered(version):
    refusal = refused(selection(), call(version=version))

    assert refusal.problem is select.VERSION_NOT_OFFERED
    assert "1.1, 1.0" in refusal.detail


def test_a_retired_version_is_gone():
    assert refused(selection(), call(version=b"1.9")).problem is select.VERSION_RETIRED


def test_a_path_that_only_another_version_has_is_not_found():
    later = [Candidate({"1.1": endpoint("1.1", {"GET": GET})})]

    assert refused(selection(), call(version=b"1.0"), later).problem is select.NOT_FOUND


def test_the_next_candidate_counts_where_the_first_is_of_another_version():
    both = [Candidate({"1.1": endpoint("1.1", {"GET": OPEN})}), Candidate({"1.0": endpoint("1.0", {"GET": GET})})]

    assert selection().select(call(version=b"1.0"), both) == "mna 1.0 /get"


def test_a_miss_is_401_for_the_anonymous_and_404_for_the_known():
    assert refused(selection(), call(ANONYMOUS), []).problem is select.NOT_IDENTIFIED
    assert refused(selection(), call(), []).problem is select.NOT_FOUND


def test_an_api_that_may_not_be_seen_answers_like_a_miss():
    hidden = selection(visibility="internal")

    assert refused(hidden, call()).problem is select.NOT_FOUND
    assert refused(hidden, call()).detail == refused(hidden, call(), []).detail


def test_an_api_that_may_be_seen_but_not_used():
    assert refused(selection(), call(identity(apis=frozenset({"stock"})))).problem is select.API_NOT_ALLOWED


def test_the_entity_must_be_chosen_where_there_is_a_choice():
    refusal = refused(selection(), call(identity(entities=("mna", "mde"))))

    assert refusal.problem is select.ENTITY_NEEDED
    assert "mna, mde" in refusal.detail


def test_the_default_entity_is_taken_where_none_is_chosen():
    who = identity(entities=("mna", "mde"), default_entity="mde")

    assert selection().select(call(who), PATH) == "mde 1.0 /get"
    assert selection().select(call(who, entity=b"mna"), PATH) == "mna 1.1 /get"


@pytest.mark.parametrize("entity", [b"mde", b"nowhere", b"MNA", b"mna ", b"\xff"])
def test_an_entity_outside_the_credential_is_refused_alike(entity):
    refusal = refused(selection(), call(entity=entity))

    assert refusal.problem is select.ENTITY_NOT_ALLOWED
    assert refusal.detail == "X-Entity names an entity outside the credential, which covers mna."


def test_a_suspended_entity():
    assert refused(selection(), call(identity(entities=("mfr",)))).problem is select.ENTITY_SUSPENDED


def test_a_method_that_is_not_there_lists_those_that_are():
    refusal = refused(selection(), call(method="DELETE"))

    assert refusal.problem is select.METHOD_NOT_ALLOWED
    assert refusal.headers == ((b"allow", b"GET, HEAD, OPTIONS"),)
    assert refusal.detail == "This path takes GET, HEAD, OPTIONS."


def test_a_long_list_of_entities_is_cut():
    who = identity(entities=tuple(f"e{number}" for number in range(30)))

    assert refused(selection(), call(who, entity=b"mde")).detail.endswith("e18, e19 and 10 more.")


TWO = {"offered": {
    ("mna", "orders", "1"): offered(v1_1="active"), ("mna", "orders", "3"): offered(v3_0="draft"),
    ("mde", "orders", "2"): offered(v2_0="active"), ("mfr", "orders", "10"): offered(v10_0="active"),
}}  # fmt: skip
SAID = "orders is offered as v1, v2: the path begins with /orders/ and one of them."


@pytest.mark.parametrize(
    ("path", "changes", "detail"),
    [
        (b"/orders/v7/orders", {}, SAID),
        (b"/orders", {}, SAID),
        (b"/orders/v2/nowhere", {}, "orders v2 has no such path: compare it with the contract."),
        (b"/nothing/v1/orders", {}, ""),
        (b"/orders/v7/orders", {"audience": "public"}, ""),
        (b"/orders/v7/orders", {"apis": frozenset({"stock"})}, ""),
        (b"/orders/v7/orders", {"entities": ()}, ""),
        (b"/orders/v7/orders", {"entities": ("mde",)}, SAID.replace("v1, ", "")),
    ],
)
def test_a_miss_names_the_majors_that_the_caller_may_call(path, changes, detail):
    """What it may not see is told like what is not there; a draft, and what others offer, is not told at all."""
    who = identity(**{"entities": ("mna", "mde"), **changes})
    asked = call(who)
    asked.path = path

    assert refused(selection(**TWO), asked, []).detail == detail


def test_a_major_that_the_entity_does_not_offer_is_told_with_those_that_it_does():
    refusal = refused(selection(**TWO), call(identity(entities=("mde",))))

    assert refusal.detail == "The entity mde does not offer orders v1. It offers v2."


def test_a_path_of_another_version_names_the_versions_that_have_it():
    older = [Candidate({"1.0": endpoint("1.0", {"GET": GET}), "1.2": endpoint("1.2", {"GET": GET})})]

    refusal = refused(selection(), call(), older)

    assert refusal.detail == "Version 1.1 has no such path; API-Version may choose one that has it: 1.0."


def test_head_is_served_by_get_and_options_by_the_front():
    asked = call(method="OPTIONS")

    assert selection().select(call(method="HEAD"), PATH) == "mna 1.1 /get"
    assert selection().select(asked, PATH) is None
    assert (b"allow", b"GET, HEAD, OPTIONS") in asked.answer_headers


def test_an_operation_that_is_not_served():
    left_out = [Candidate({"1.1": endpoint("1.1", {"GET": None})})]

    assert refused(selection(), call(), left_out).problem is select.NOT_SERVED


OPENED = [Candidate({"1.1": endpoint("1.1", {"GET": OPEN}), "1.0": endpoint("1.0", {"GET": OPEN})})]


def test_an_open_operation_of_a_public_api_serves_the_anonymous():
    asked = call(ANONYMOUS, entity=b"mna")

    assert selection(visibility="public").select(asked, OPENED) == "mna 1.1 /open"
    assert (b"api-version", b"v1_1") in asked.answer_headers


@pytest.mark.parametrize(
    ("method", "candidates", "entity"),
    [("GET", PATH, b"mna"), ("DELETE", OPENED, b"mna"), ("OPTIONS", PATH, b"mna"), ("GET", OPENED, b"nowhere"),
     ("GET", OPENED, b""), ("GET", [Candidate({"1.1": endpoint("1.1", {"GET": None})})], b"mna")],
)  # fmt: skip
def test_the_anonymous_learn_nothing_of_what_is_there(method, candidates, entity):
    asked = call(ANONYMOUS, method=method, entity=entity)

    refusal = refused(selection(visibility="public"), asked, candidates)

    assert (refusal.problem, refusal.detail, asked.answer_headers) == (select.NOT_IDENTIFIED, "", [])
