"""Errors that tell more than they should: how the system is built, where it stands, what it signs in with."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import re2

from contracts.exposure import is_loopback
from governance.finding import Severity
from governance.fuzz.judge.gathered import Gathered
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Case, Seen

ERROR_TELLS: Final = FuzzRule(
    "error-tells", Severity.BREAKING,
    "An error tells of the system's inside: whoever attacks it reads there how, and where the gateway only reports, it "
    "reaches consumers.",
    "Let the system's owner switch detailed errors off.",
)  # fmt: skip
_LOOKED_AT: Final = 65_536
_CREDENTIAL: Final = (
    r"\[secret:[A-Za-z_]",
    r"\b(?:password|passwd|pwd|client_secret|api[_-]?key)=[^\s&;\"']{3,}",
    r"\"(?:password|passwd|pwd|client_?secret|api_?key|access_?token)\"\s*:\s*\"[^\"]{3,}\"",
    r"\bAuthorization:\s*(?:Basic|Bearer)\s+\S{6,}",
    r"\b[a-z][a-z0-9+]{2,12}://[^\s/:@\"'<>]+:[^\s/@\"'<>]+@",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
)
_STACK: Final = (
    r"Traceback \(most recent call last\)",
    r"\bFile \\?\"[^\"\n]{1,200}\\?\", line \d+",
    r"\bat [\w$.<>]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)",
    r"\bat (?:async )?[\w$.<> ]*\(?[^\s()]+\.[jt]s:\d+:\d+",
    r"\bin [^\n\"]{1,200}:line \d+",
    r"\bat [A-Z][\w`]*(?:\.[\w`<>]+){2,}\([^)]*\)",
    r"\bCaused by: [\w.$]+(?:Exception|Error)\b",
    r"\b(?:java|javax|org|com|System|Microsoft|odoo)\.[\w.$]+Exception\b",
    r"\b(?:Fatal error|Uncaught \w+)\b[^\n]{0,300}\.php\b",
    r"\bCX_[A-Z]{2,}_\w+|\bABAP (?:runtime|programming) error|\bgoroutine \d+ \[running\]",
)
_SQL: Final = (
    r"(?-i:\bSELECT\b.{1,400}?\bFROM\b\s+[\w\"`\[.]+)",
    r"(?-i:\bINSERT\s+INTO\s+[\w\"`\[.]+|\bDELETE\s+FROM\s+[\w\"`\[.]+|\bUPDATE\s+[\w\"`\[.]+\s+SET\b)",
    r"\bORA-\d{5}\b|\bSQLSTATE\b|\bpsycopg2?\.|\bjava\.sql\.|\bSqlException\b|\bsqlite3\.\w*Error\b",
    r"\bsyntax error at or near\b|\bIncorrect syntax near\b|\bYou have an error in your SQL syntax\b",
    r"\bviolates (?:unique|foreign key|check|not-null) constraint",
    r"\bSQL(?:ite)?_?error\b|\bSQL code:?\s*-?\d+",
)
_HOST: Final = (
    r"\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b",
    r"\b[a-z0-9-]+\.(?:internal|local|lan|corp|dmz|intra|intranet|svc\.cluster)\b",
)
_PATH: Final = (
    r"(?:^|[\s\"'(=\[])/(?:usr|opt|var|home|srv|etc|app|mnt)/[\w.-]+/[\w./-]+",
    r"\b[A-Z]:\\{1,2}[\w .-]+\\",
)
_TOLD: Final[Mapping[str, tuple[str, Severity, Any]]] = {
    name: (what, severity, re2.compile("(?is)" + "|".join(patterns)))
    for name, what, severity, patterns in (
        ("credential", "a credential", Severity.BREAKING, _CREDENTIAL),
        ("stack", "a stack trace", Severity.BREAKING, _STACK),
        ("sql", "SQL", Severity.BREAKING, _SQL),
        ("host", "a host of the inside", Severity.WARNING, _HOST),
        ("path", "a path of the inside", Severity.WARNING, _PATH),
    )
}
"""Run in linear time: what a system writes may be meant to take long. SQL is in capitals: people select from lists."""


def errors_tell(case: Case) -> Iterator[Hit]:
    """Bodies of 4xx and 5xx, of all operations together; what repeats the call's own words tells nothing."""
    found = Gathered(ERROR_TELLS)
    for seen in case.of_run():
        received = None if seen.main is None else seen.main.received
        if received is None or received.status < 400 or not received.body:
            continue
        text = received.body[:_LOOKED_AT].decode("utf-8", "replace")
        own = _own_words(seen)
        for name, (what, severity, pattern) in _TOLD.items():
            if _tells(text, pattern, own) or (name == "host" and _names_host(text, seen)):
                about = f"{seen.subject.target.name} {name}"
                found.add(about, seen, f"an error {received.status} tells {what}", severity=severity)
    yield from found.hits()


def _tells(text: str, pattern: Any, own: str) -> bool:
    return any(match[0].strip('"`[. ') not in own for match in pattern.finditer(text))


def _own_words(seen: Seen) -> str:
    call = seen.entry.call
    body = (call.body or b"").decode("utf-8", "replace")
    sent = "" if seen.main is None else unquote(seen.main.sent.target)
    return f"{sent}\n{unquote(call.target)}\n{body}\n" + "\n".join(value for _, value in call.headers)


def _names_host(text: str, seen: Seen) -> bool:
    system = seen.subject.target.system
    hosts = {urlsplit(str(url)).hostname or "" for url in (system.url, *system.also_known_as)}
    folded = text.casefold()
    return any(host and not is_loopback(host) and host.casefold() in folded for host in hosts)
