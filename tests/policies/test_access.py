"""Scopes and schemes come from the operation's own `security`."""

from types import SimpleNamespace

import pytest

from contracts.contract import SchemeUse
from policies.access import NOT_ALLOWED, Access
from policies.step import ANONYMOUS, Answer, Call, Identity, Refusal, Span


def use(kind, *scopes):
    return SchemeUse("scheme", kind, frozenset(scopes), "/components")


async def served(call):
    return Answer(200, [])


def bound(*alternatives):
    return Access().bind(SimpleNamespace(operation=SimpleNamespace(security=alternatives)), None, served)


async def unread(bound):
    return b""


def call(scheme="jwt", *scopes):
    made = Call("id", "uuid", "GET", b"/", b"", {}, unread, Span())
    made.identity = Identity("c", "p", "internal", ("mna",), None, None, {}, scheme, frozenset(scopes), "x")
    return made


@pytest.mark.parametrize(
    ("alternatives", "who"),
    [
        ([(use("oauth2", "read"),)], ("jwt", "read", "more")),
        ([(use("bearer"),)], ("jwt",)),
        ([(use("api_key"),)], ("api_key",)),
        ([(use("oauth2", "read"),), (use("api_key"),)], ("api_key",)),
        ([(use("oauth2", "read"),), (use("oauth2", "admin"),)], ("jwt", "admin")),
    ],
)
async def test_one_alternative_that_holds_is_enough(alternatives, who):
    assert (await bound(*alternatives)(call(*who))).status == 200


@pytest.mark.parametrize(
    ("alternatives", "who", "said"),
    [
        ([(use("oauth2", "read"),)], ("jwt",), "lacks the scope read."),
        ([(use("oauth2", "read", "write"),)], ("jwt", "read"), "lacks the scope write."),
        ([(use("oauth2", "a", "b"),)], ("jwt",), "lacks the scopes a, b."),
        ([(use("oauth2", "read"),)], ("api_key", "read"), "asks for a token; the call came with an API key."),
        ([(use("api_key"),)], ("jwt", "read"), "asks for an API key; the call came with a token."),
        ([(use("unsupported"),)], ("jwt", "read"), "asks for"),
        ([(use("oauth2", "read"), use("api_key"))], ("jwt", "read"), "asks for"),
        ([(use("oauth2", "READ"),)], ("jwt", "read"), "lacks the scope READ."),
    ],
)
async def test_what_is_missing_is_said(alternatives, who, said):
    with pytest.raises(Refusal) as caught:
        await bound(*alternatives)(call(*who))

    assert caught.value.problem is NOT_ALLOWED
    assert said in caught.value.detail


@pytest.mark.parametrize("alternatives", [[], [()], [(use("oauth2", "read"),), ()]])
def test_an_open_operation_needs_no_step(alternatives):
    assert bound(*alternatives) is served


async def test_the_anonymous_identity_passes_no_guarded_operation():
    asked = call()
    asked.identity = ANONYMOUS

    with pytest.raises(Refusal):
        await bound((use("bearer"),))(asked)
