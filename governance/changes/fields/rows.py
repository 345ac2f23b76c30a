"""By kind of file: which rule a key's change is of. The first row that fits decides; what none names is unproven."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from governance.changes.fields.leaf import MISSING, Leaf
from governance.changes.fields.meanings import Reading, always, entries, number, ranked

Rows = tuple[tuple[str, Reading], ...]
"""Paths with `*` for one key and `**` for any, and how a change there is read."""

_AUDIENCES: Final = ("internal", "partner", "public")
_WORDS: Final = always("words-changed")
_OWNER: Final = always("owner-changed")
_BOUND: Final = number(raised="bound-raised", lowered="bound-lowered")
_PIN: Final = entries(added="pin-added", removed="pin-removed", changed="pin-changed")
_LIMIT: Final = number(raised="limit-raised", lowered="limit-lowered")
_WINDOW: Final = number(raised="limit-lowered", lowered="limit-raised")
_FUZZED: Final = always("fuzzing-widened")


def _stage(leaf: Leaf) -> str:
    """Of a version: from not served to served, and back."""
    served = ("preview", "active", "deprecated")
    if leaf.new == "retired":
        return "version-retired"
    if leaf.new in served and leaf.old not in served:
        return "version-served"
    return "version-not-served" if leaf.old in served and leaf.new not in served else "stage-changed"


def _version(leaf: Leaf) -> str:
    if leaf.new is MISSING:
        return "version-not-served" if _served(leaf.old) else "stage-changed"
    return "version-served" if _served(leaf.new) else "version-added"


def _served(version: Any) -> bool:
    return isinstance(version, dict) and version.get("stage") not in ("draft", "retired")


def _entity_stage(leaf: Leaf) -> str:
    if leaf.new == "onboarded":
        return "entity-served"
    return "entity-not-served" if leaf.old == "onboarded" else "setting-changed"


def _apis(leaf: Leaf) -> str:
    """A list of apis, or none: all that the consumer may see."""
    return "access-granted-ahead" if leaf.new is None else "access-taken"


def _expiry(leaf: Leaf) -> str:
    old, new = _moment(leaf.old), _moment(leaf.new)
    if old == new:
        return "words-changed"
    return "credential-longer" if new > old else "credential-shorter"


def _moment(value: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(str(value))


def _purpose(leaf: Leaf) -> str:
    return "fuzzing-widened" if leaf.new == "test" else "fuzzing-narrowed"


def _fuzzed_writes(leaf: Leaf) -> str:
    return "fuzzing-widened" if leaf.new is True else "fuzzing-narrowed"


def _shared(leaf: Leaf) -> str:
    return "pins-waived" if leaf.new is True else "setting-changed"


def _verify(leaf: Leaf) -> str:
    return "tls-weaker" if leaf.new is False else "tls-trust-changed"


def _modes(leaf: Leaf) -> str:
    """Entries of a list of which the last that matches decides: stricter only where nothing weaker came or moved.

    An entry that is gone may leave a weaker one in its place, so then all that is left must be strict.
    """
    old, new = ([_without_words(one) for one in _list(value)] for value in (leaf.old, leaf.new))
    if old == new:
        return "words-changed"
    kept = [one for one in old if one in new]
    gone, came = [one for one in old if one not in new], [one for one in new if one not in old]
    in_place = [one for one in new if one in kept] == kept and new[len(new) - len(came) :] == came
    refuses = any("refuse" in one.values() for one in kept if isinstance(one, dict))
    if not in_place or not all(_is_strict(one, refuses=refuses) for one in came):
        return "mode-weaker"
    if gone and (any(_is_strict(one) for one in gone) or not all(_is_strict(one) for one in kept)):
        return "mode-weaker"
    return "mode-stricter"


def _without_words(entry: Any) -> Any:
    return {key: value for key, value in entry.items() if key != "reason"} if isinstance(entry, dict) else entry


def _is_strict(entry: Any, *, refuses: bool = False) -> bool:
    """Whether an entry only makes things stricter; `strip` does not where something was refused."""
    if not isinstance(entry, dict):
        return False
    said = {entry.get(key) for key in ("mode", "unchecked", "members", "headers", "cookies") if entry.get(key)}
    strict = {"enforce", "refuse"} if refuses else {"enforce", "refuse", "strip"}
    return said <= strict and entry.get("sample") is None and not entry.get("show_values")


def _severities(leaf: Leaf) -> str:
    old, new = _list(leaf.old), _list(leaf.new)
    came = new[len(old) :]
    strict = all(isinstance(one, dict) and one.get("severity") in ("breaking", "error") for one in came)
    return "judge-stricter" if new[: len(old)] == old and strict else "judge-changed"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_EVERYWHERE: Final[Rows] = (
    ("public_url", always("address-changed")),
    ("public/**", always("address-changed")),
    ("trusted_proxies/[]", entries(added="proxy-trusted", removed="proxy-distrusted")),
    ("store/when_away", ranked(("deny", "local-share", "open"), up="limit-store-weaker", down="setting-changed")),
)
"""Settings that an environment may have of its own."""

_SYSTEM: Final[Rows] = (
    ("url", always("system-moved")),
    ("also_known_as/[]", always("system-moved")),
    ("query/*", always("system-moved")),
    ("tls/verify", _verify),
    ("tls/ca", always("tls-trust-changed")),
)
"""What an environment may set of a system, too."""

_CREDENTIALS: Final[Rows] = (
    ("credentials/[]", entries(added="credential-added", removed="credential-removed")),
    ("credentials/[]/scopes/[]", entries(added="access-granted", removed="access-taken")),
    ("credentials/[]/expires", _expiry),
    ("credentials/**", always("credential-changed")),
)

ROWS: Final[Mapping[str, Rows]] = {
    "tidewaiter": (
        *_EVERYWHERE,
        ("name", always("workspace-renamed")),
        ("problems_url", always("address-changed")),
        ("ledger", always("ledger-moved")),
        ("bounds/*", _BOUND),
        ("address_limit/window_seconds", _WINDOW),
        ("address_limit/*", _LIMIT),
        ("cors/max_age_seconds", _WORDS),
        ("cors/*/[]", entries(added="origin-allowed", removed="origin-taken")),
        ("key_prefix", always("keys-changed")),
        ("key_pepper", always("keys-changed")),
        ("clients/prefix", always("clients-renamed")),
    ),
    "environment": (
        *_EVERYWHERE,
        ("purpose", _purpose),
        *((f"systems/*/{path}", reading) for path, reading in _SYSTEM),
        ("systems/*/token_url", always("system-moved")),
        ("issuers/**", always("token-trust-changed")),
        *((f"consumers/*/{path}", reading) for path, reading in _CREDENTIALS),
        ("entities/**", always("pin-changed")),
    ),
    "api": (
        ("title", _WORDS),
        ("owner", _OWNER),
        ("layer", always("layer-changed")),
        ("visibility", ranked(_AUDIENCES, up="visibility-widened", down="visibility-narrowed")),
        ("versions/*", _version),
        ("versions/*/stage", _stage),
        ("versions/*/file", always("document-moved")),
        ("versions/*/*", always("life-told")),
    ),
    "system": (
        *_SYSTEM,
        ("kind", _WORDS),
        ("owner", _OWNER),
        ("credential/**", always("system-moved")),
        ("maintenance", always("maintenance-changed")),
    ),
    "entity": (
        ("name", _WORDS),
        ("owner", _OWNER),
        ("stage", _entity_stage),
        ("offers/[]", entries(added="offer-added", removed="offer-removed")),
        ("offers/[]/system", always("system-moved")),
        ("offers/[]/path", always("system-moved")),
        ("offers/[]/shared", _shared),
        ("offers/[]/pins/proofs/**", always("pin-changed")),
        ("offers/[]/pins/nested/**", always("pin-changed")),
        ("offers/[]/pins/record/**", always("pin-changed")),
        ("offers/[]/pins/*/*", _PIN),
        ("fuzzing/writes", _fuzzed_writes),
        ("fuzzing/leave_out/[]", entries(added="fuzzing-narrowed", removed="fuzzing-widened")),
        ("fuzzing/share", number(raised="fuzzing-widened", lowered="fuzzing-narrowed")),
        ("fuzzing/production", entries(added="fuzzing-widened", removed="fuzzing-narrowed")),
        ("fuzzing/production/*", _FUZZED),
        ("fuzzing/limits", entries(added="fuzzing-widened", removed="fuzzing-narrowed")),
        ("fuzzing/limits/*", _FUZZED),
    ),
    "consumer": (
        ("name", _WORDS),
        ("owner", _OWNER),
        ("plan", always("plan-changed")),
        # The other way about: an internal audience sees the most.
        ("audience", ranked(_AUDIENCES[::-1], up="audience-widened", down="audience-narrowed")),
        ("entities/[]", entries(added="access-granted", removed="access-taken")),
        ("default_entity", always("entity-by-default-changed")),
        ("apis/[]", entries(added="access-granted", removed="access-taken")),
        ("apis", _apis),
        ("pinned/[]", entries(added="promise-made", removed="promise-taken")),
        ("suspended_since", entries(added="consumer-suspended", removed="consumer-resumed", changed="words-changed")),
        *_CREDENTIALS,
    ),
    "plans": (("plans/*", entries(added="plan-added", removed="plan-removed")),),
    "issuers": (
        ("issuers/*", entries(added="issuer-trusted", removed="issuer-distrusted")),
        ("issuers/*/leeway_seconds", number(raised="token-leeway-raised", lowered="issuer-distrusted")),
        ("issuers/*/jwks_ttl_seconds", number(raised="token-leeway-raised", lowered="setting-changed")),
        ("issuers/*/jwks_max_stale_seconds", number(raised="token-leeway-raised", lowered="setting-changed")),
        ("issuers/*/jwks_min_interval_seconds", always("setting-changed")),
        ("issuers/*/**", always("token-trust-changed")),
    ),
    "modes": (("modes", _modes), ("unknown", _modes)),
    "lint": (
        ("diff/severities", _severities),
        ("lint/severities", _severities),
        ("**", always("judge-changed")),
    ),
    "board": (("contact", _WORDS), ("**", always("board-changed"))),
    "lifecycle": (("**", number(raised="judge-stricter", lowered="judge-changed")),),
    "baseline": (
        ("known", always("baseline-widened")),
        ("known/[]", entries(added="baseline-widened", removed="baseline-narrowed")),
        ("known/[]/*", _WORDS),
    ),
}
"""By kind of file, as `tidewaiter schema` names it."""
