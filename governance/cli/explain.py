"""`tidewaiter explain ...`: what would happen, before it does; what a rule judges, and why."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import typer

from contracts.plain import plain
from governance.cli.explain_finding import explain_finding
from governance.json_output import json_output
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from contracts.files import Files
    from policies.identify import Assumed

app = typer.Typer(
    help="Tell what a call would meet, what a rule judges, or all of one finding.", add_completion=False,
    rich_markup_mode=None, no_args_is_help=True,
)  # fmt: skip
_CREDENTIALS = ("authorization", "x-api-key")


class _CannotTellError(Exception):
    """What was asked cannot be told; the message says why."""


@app.callback()
def explanations() -> None:
    """Tell what a call would meet, what a rule judges, or all that is known of one finding. Nothing is sent."""


app.command("finding")(explain_finding)


@app.command("rule")
def explain_rule(
    rule: Annotated[str | None, typer.Argument(metavar="ID", help="The rule; all are listed without it.")] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """Tell what a rule judges, what it weighs, why, and what to do about it: of `diff`, `lint`, `gate`, waivers.

    Exit codes: 0 told, 2 there is no such rule.
    """
    from contracts.wording import instead
    from governance.diff.rules.table import BY_ID
    from governance.lint.table import LINT_RULES
    from governance.reports import field_rules, file_rules, lint_rules, rules, unjudged
    from governance.severities import UNJUDGED

    if rule is not None and rule in LINT_RULES:
        found = LINT_RULES[rule]
        deliver(lint_rules.as_json(found) if form == "json" else lint_rules.as_text(found), output)
        return
    if rule == UNJUDGED:
        deliver(unjudged.as_json() if form == "json" else unjudged.as_text(), output)
        return
    if rule is not None and rule in file_rules.BY_ID:
        deliver(file_rules.as_json(rule) if form == "json" else file_rules.as_text(rule), output)
        return
    if rule is not None and rule in field_rules.BY_ID:
        deliver(field_rules.as_json(rule) if form == "json" else field_rules.as_text(rule), output)
        return
    if rule is not None and rule not in BY_ID:
        message = (
            f"there is no rule {rule}; {instead(rule, (*BY_ID, *LINT_RULES, *file_rules.BY_ID, *field_rules.BY_ID))}"
        )
        if form == "json":
            from governance.reports import not_told

            deliver(not_told.as_json([not_told.of_options(message)]), output)
        else:
            say(f"tidewaiter explain: {plain(message)}")
        raise typer.Exit(2)
    if rule is None:
        listed = "\n".join(one.listing() for one in (rules, lint_rules, file_rules, field_rules))
        of_lint, of_files = map(lint_rules.content, LINT_RULES.values()), map(file_rules.content, file_rules.BY_ID)
        told = json_output([*rules.contents(), *of_lint, *of_files, *map(field_rules.content, field_rules.BY_ID)])
        deliver(told if form == "json" else listed, output)
    else:
        deliver(rules.as_json(BY_ID[rule]) if form == "json" else rules.as_text(BY_ID[rule]), output)


@app.command("call")
def explain(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET, POST and so on.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="As a consumer would call it; or its path and query.")],
    consumer: Annotated[
        str | None, typer.Option("--consumer", "-c", metavar="ID", help="Who calls; nobody in particular else.")
    ] = None,
    credential: Annotated[
        str, typer.Option("--credential", metavar="ID", help="Which of its credentials: the issuer, or the key's id.")
    ] = "",
    scope: Annotated[
        list[str] | None, typer.Option("--scope", metavar="SCOPE", help="A scope of its token; may be repeated.")
    ] = None,
    claims: Annotated[
        str | None,
        typer.Option(
            "--as-token-claims", metavar="JSON", help="The claims of a token, or @FILE, instead of a consumer."
        ),
    ] = None,
    entity: Annotated[str | None, typer.Option("--entity", metavar="ID", help="The same as X-Entity.")] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", metavar="NAME:VALUE", help="A header; may be repeated.")
    ] = None,
    body: Annotated[
        Path | None, typer.Option("--body", metavar="FILE", help="The body; - reads it from stdin.")
    ] = None,
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")] = Path(),
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", metavar="NAME", help="As environments/NAME.yaml makes it.")
    ] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """Tell how far a call would come, by the gateway's own code: route, policies in their order, the first refusal.

    Nothing is sent, and no credential is asked for. Limits are told as if nothing was used up yet.

    Exit codes: 0 it would reach the system, 1 it would be refused, 2 it cannot be told.
    """
    from contracts.diagnostic import InvalidInputError
    from contracts.files import read_files
    from gateway.dry_run import Asked
    from governance.call_explanation import explain_call
    from governance.ended import ends_told
    from governance.reports import not_told
    from governance.reports.call_explanation import as_json, as_text
    from governance.switched_off import switched_off
    from policies.consumer_table import NoCredentialError

    given = b"" if body is None else sys.stdin.buffer.read() if str(body) == "-" else body.read_bytes()
    try:
        headers = _headers(header or [], entity)
        files = read_files(workspace)
        assumed, notes = _who(files, consumer, credential, scope, claims)
        turns, more = switched_off(workspace, files, environment)
        more += _served(workspace, environment)
        ends, unknown = ends_told(workspace, environment or "")
        more += unknown
        target, host, odd = _target(url, files)
        asked = Asked(method.upper(), target, host, headers, given)
        told = explain_call(
            files,
            environment,
            asked,
            assumed,
            turns,
            (*notes, *more, *odd),
            body_given=body is not None,
            ends=ends,
        )
    except InvalidInputError as error:
        if form == "json":
            deliver(not_told.as_json(error.diagnostics), output)
        for fault in error.diagnostics if form == "text" else ():
            say(plain(str(fault)))
        raise typer.Exit(2) from None
    except (_CannotTellError, NoCredentialError) as error:
        without = f"the consumer {consumer} has no credential {credential}".rstrip()
        message = str(error) if isinstance(error, _CannotTellError) else without
        if form == "json":
            deliver(not_told.as_json([not_told.of_options(message)]), output)
        else:
            say(f"tidewaiter explain: {plain(message)}")
        raise typer.Exit(2) from None
    colour = output is None and in_colour(sys.stdout)
    deliver(as_json(told) if form == "json" else as_text(told, colour=colour), output)
    raise typer.Exit(told.exit_code)


def _headers(given: list[str], entity: str | None) -> tuple[tuple[str, str], ...]:
    headers = [("X-Entity", entity)] if entity is not None else []
    for line in given:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise _CannotTellError(f"--header takes NAME:VALUE, not {line!r}")
        if name.strip().lower() in _CREDENTIALS:
            raise _CannotTellError(f"{name.strip()} is not taken: name the caller with --consumer or --as-token-claims")
        headers.append((name.strip(), value.strip()))
    return tuple(headers)


def _target(url: str, files: "Files") -> tuple[str, str, tuple[str, ...]]:
    """Origin-form, Host, and what is odd about it. What is no URL goes on as it is: the gateway judges it."""
    own = files.settings.value.public_url if files.settings.value else None
    host = f"{own.host}:{own.port}" if own else "localhost"
    if "://" not in url:
        return url, host, ()
    parts = urlsplit(url)
    target = url.split("://", 1)[1][len(parts.netloc) :].partition("#")[0]
    odd = () if parts.netloc in (host, own.host if own else "") else (f"the gateway's own address is {own}",)
    return target if target.startswith("/") else f"/{target}", parts.netloc, odd


def _who(
    files: "Files",
    consumer: str | None,
    credential: str,
    scopes: list[str] | None,
    claims: str | None,
) -> tuple["Assumed | None", tuple[str, ...]]:
    """Who is assumed to call, and what has to be said of that. Raises _CannotTellError."""
    from contracts.wording import instead
    from policies.identify import Assumed

    if claims is not None:
        if consumer is not None:
            raise _CannotTellError("give either --consumer or --as-token-claims")
        return Assumed(claims=_claims(claims)), ("the signature of the token is taken for good",)
    if consumer is None:
        return None, ()
    if consumer not in files.consumers:
        raise _CannotTellError(f"there is no consumer {consumer}; {instead(consumer, files.consumers)}")
    if scopes is not None:
        return Assumed(consumer, credential, frozenset(" ".join(scopes).split())), ()
    every = frozenset(
        name
        for contract in files.contracts.values()
        for operation in contract.operations
        for alternative in operation.security or ()
        for use in alternative
        for name in use.scopes
    )
    return Assumed(consumer, credential, every), _assumed_scopes(files, consumer, credential)


def _assumed_scopes(files: "Files", consumer: str, credential: str) -> tuple[str, ...]:
    entry = files.consumers[consumer].value
    tokens = [one for one in (entry.credentials if entry else ()) if one.type == "jwt"]
    if not any(credential in ("", one.issuer) for one in tokens):
        return ()
    return ("a token's scopes come from its issuer, so all are taken for granted: say which with --scope",)


def _claims(text: str) -> dict[str, Any]:
    import time

    try:
        read = json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except ValueError:
        raise _CannotTellError("--as-token-claims takes a JSON object, or @FILE that holds one") from None
    if not isinstance(read, dict):
        raise _CannotTellError("--as-token-claims takes a JSON object")
    return {"exp": int(time.time()) + 300, **read}


def _served(workspace: Path, environment: str | None) -> tuple[str, ...]:
    """Whether the gateway that was last started here serves another environment."""
    from governance.switched_off import served

    last = served(workspace)
    if not last or last == environment:
        return ()
    asked = f"of the environment {environment}" if environment else "of the workspace without an environment"
    return (f"this is {asked}; the gateway here was last started with --environment {last}",)
