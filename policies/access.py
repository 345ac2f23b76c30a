"""May this consumer use this operation? Decided by the operation's own `security` in the contract."""

from typing import ClassVar

from policies.step import Answer, Call, Policy, Problem, Refusal, Route, Runtime, Step

NOT_ALLOWED = Problem(
    "not-allowed",
    403,
    "The consumer may not use this operation",
    "The detail names what is missing, for instance a scope. Ask the owner of the API for it, then get a new token.",
)


class Access:
    """Each alternative of `security` is a set of schemes that must all hold (OpenAPI, Security Requirement Object).

    State: none. A reload, a restart and a second worker change nothing.
    """

    refuses: ClassVar[tuple[Problem, ...]] = (NOT_ALLOWED,)

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:  # noqa: ARG002 - no state
        """An open operation needs no step; the front has already refused anonymous callers of any other."""
        alternatives = route.operation.security
        if not alternatives or () in alternatives:
            return inner
        asks = tuple(
            (
                frozenset(use.kind for use in alternative),
                frozenset().union(*(use.scopes for use in alternative)),
            )
            for alternative in alternatives
        )

        async def access(call: Call) -> Answer:
            identity = call.identity
            for kinds, scopes in asks:
                if all(_proven(kind, identity.scheme) for kind in kinds) and scopes <= identity.scopes:
                    return await inner(call)
            raise Refusal(NOT_ALLOWED, _missing(asks, identity.scheme, identity.scopes), fault="gateway")

        return access


def _proven(kind: str, scheme: str) -> bool:
    """`oauth2` and `bearer` mean a token, `api_key` a key of the gateway; `unsupported` is never proven."""
    return scheme == "jwt" if kind in ("oauth2", "bearer") else scheme == "api_key" and kind == "api_key"


def _missing(asks: tuple[tuple[frozenset[str], frozenset[str]], ...], scheme: str, scopes: frozenset[str]) -> str:
    """The alternative that came nearest, in words."""
    fitting = [needed for kinds, needed in asks if all(_proven(kind, scheme) for kind in kinds)]
    if not fitting:
        wanted = sorted({_ASKED[kind] for kinds, _ in asks if kinds.isdisjoint(_NEVER) for kind in kinds})
        what = " or ".join(wanted) or "what no call can prove"
        return f"This operation asks for {what}; the call came with {_SAID[scheme]}."
    nearest = min(fitting, key=lambda needed: (len(needed - scopes), sorted(needed)))
    lacking = ", ".join(sorted(nearest - scopes))
    return f"The credential lacks the scope{'s' if len(nearest - scopes) > 1 else ''} {lacking}."


_NEVER = frozenset({"unsupported"})
_ASKED = {"oauth2": "a token", "bearer": "a token", "api_key": "an API key"}
_SAID = {"jwt": "a token", "api_key": "an API key", "none": "no credential"}
_guard: type[Policy] = Access
