"""`decisions/<name>.yaml` of kind `waiver`: findings that are let pass, by whom, why, and until when."""

import re
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.model import Id, Written, fault
from contracts.wording import instead
from governance.known_rules import known_rules
from governance.lint.spectral.rules import PREFIX
from governance.severities import pattern_of

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{12}")
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_API: Final = re.compile(r"[a-z0-9*-]{1,64}")
_WILDCARD: Final = re.compile(r"\*+")
_WILDCARDS: Final = 6
"""In one pattern of a path: each more makes the search slower by a power."""
_VERSION: Final = re.compile(r"[0-9*]+(\.[0-9*]+){0,2}")


def _rule(text: str) -> str:
    # Which rules a pinned rule set has is known to lint alone, which judges this.
    if not text.startswith(PREFIX) and not any(pattern_of(text).fullmatch(name) for name in known_rules()):
        raise fault("unknown-rule", f"there is no rule {text}", instead(text, known_rules()))
    return text


def _fingerprint(text: str) -> str:
    if not _FINGERPRINT.fullmatch(text):
        remedy = "write the 12 hexadecimal digits that a report calls `fingerprint`, in quotes"
        raise fault("wrong-value", "this is no fingerprint of a finding", remedy)
    return text


def _method(text: str) -> str:
    if not _METHOD.fullmatch(text):
        raise fault("wrong-value", "a method is written in capitals", "write GET, POST, ...")
    return text


def _api(text: str) -> str:
    if not _API.fullmatch(text):
        raise fault("wrong-value", "this names no api", "write the name of its folder in contracts/")
    return text


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise fault("wrong-value", "this names no version", "write a version such as 1.2, or 1.* for many, in quotes")
    return text


def _path(text: str) -> str:
    if not text.startswith(("/", "*", "webhook ")):
        raise fault("wrong-value", "a path begins with /", "write it as the contract does: /orders/{id}, or /orders/**")
    if len(_WILDCARD.findall(text)) > _WILDCARDS:
        raise fault("wrong-value", f"more than {_WILDCARDS} wildcards are in one pattern", "write several patterns")
    return text


class Waiver(Written):
    """One decision. It holds for what everything named here matches; what is left out matches everything."""

    kind: Literal["waiver"]
    """What kind of decision this is."""
    api: Annotated[str, AfterValidator(_api)]
    """The api whose findings are meant; `*` stands for any letters."""
    finding: Annotated[str, AfterValidator(_fingerprint)] | None = None
    """The fingerprint of the one finding that is meant. This or `rule` is needed; both may stand together."""
    rule: Annotated[str, AfterValidator(_rule)] | None = None
    """The rule whose findings are meant, or a pattern of rules with `*`; `spectral:NAME` of a pinned rule set."""
    versions: tuple[Annotated[str, AfterValidator(_version)], ...] = ()
    """Only where one of these is the newer version: `1.2`, `2.*`."""
    paths: tuple[Annotated[str, AfterValidator(_path)], ...] = ()
    """Only operations whose path matches one of these: `*` stands for one segment, `**` for any."""
    methods: tuple[Annotated[str, AfterValidator(_method)], ...] = ()
    """Only operations with one of these methods."""
    consumers: tuple[Id, ...] = ()
    """Only as far as these consumers are concerned: where others may call it too, the finding still counts."""
    owner: str = Field(min_length=1)
    """Who answers for it, and is told before it ends."""
    reason: str = Field(min_length=10)
    """Why it is let pass, for the reader of the report."""
    until: date
    """The last day on which it holds."""
    approved_by: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    """Who approved it."""
    on_expiry: Literal["block", "stop"] = "block"
    """What its end does. `block`: what it let pass needs a decision in the next build, and traffic goes on. `stop`: a
    gateway that serves a release, too, answers no more the operations that it let pass, until they are decided anew."""

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.finding is None and self.rule is None:
            remedy = "name one: the fingerprint of one finding, or a rule with the place where it is waived"
            raise fault("waiver-target", "neither `finding` nor `rule` is named", remedy)
        return self
