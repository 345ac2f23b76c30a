"""A first call of an operation, to be pasted: for curl and for Python, with values that the contract gives or takes."""

import json
import shlex
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from contracts.answers.bodies import json_bytes
from contracts.answers.stated import examples_of
from contracts.answers.values import AnswerValues
from contracts.contract import Contract, MediaType, Operation, Parameter
from contracts.media import essence_of, is_json
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.probe.sent import header, pairs, simple, text_of

Proof = Literal["token", "key", "none"]
PLACEHOLDER: Final = "REPLACE-ME"
_BODY_CHARACTERS: Final = 4_000
_SKIPPED: Final = frozenset(("accept", "content-type", "authorization", "x-api-key", "x-entity", "api-version"))


@dataclass(frozen=True, slots=True)
class FirstCall:
    """What to paste. `replace` names the parameters that a reader has to give a value of their own."""

    curl: str
    python: str
    replace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in parts."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    proof: Proof
    body: bytes | None
    is_json: bool
    replace: tuple[str, ...]


def first_call(contract: Contract, operation: Operation, base: str, proof: Proof, entity: str) -> FirstCall:
    """The call with what must be there. `entity`: which one it is for; empty where that need not be said."""
    asked = _asked(contract, operation, base, proof, entity)
    return FirstCall(_curl(asked), _python(asked), asked.replace)


def value_of(contract: Contract, parameter: Parameter) -> Any:
    """A value of a parameter: the contract's example, its default, its first choice, or one that is made.

    Raises UnknownError where none can be made.
    """
    stated = contract.document.follow(*contract.document.step(parameter.pointer))[0]
    if isinstance(stated, dict):
        if "example" in stated:
            return stated["example"]
        named = stated.get("examples")
        for one in named.values() if isinstance(named, dict) else ():
            if isinstance(one, dict) and "value" in one:
                return one["value"]
    return _made(contract, parameter.schema, f"{parameter.pointer}/schema")


def body_of(contract: Contract, media: MediaType, direction: Literal["request", "answer"]) -> tuple[Any, bool]:
    """A value of a body, and whether the contract states it. Raises UnknownError where none can be made."""
    for example in examples_of(contract, media):
        return example.value, True
    return _made(contract, media.schema, f"{media.pointer}/schema", direction), False


def _made(contract: Contract, schema: Any, pointer: str, direction: Literal["request", "answer"] = "request") -> Any:
    if schema is None:
        raise UnknownError("no schema says what it is")
    found = contract.document.follow(schema, pointer)[0] if isinstance(schema, dict) else schema
    for key in ("example", "default"):
        if isinstance(found, dict) and key in found:
            return found[key]
    for key in ("examples", "enum"):
        listed = found.get(key) if isinstance(found, dict) else None
        if isinstance(listed, list) and listed:
            return listed[0]
    raw = Raw(contract.document.tree, contract.version == "3.0", direction)
    return next(AnswerValues(raw).tries(Place(schema, pointer)))


def _asked(contract: Contract, operation: Operation, base: str, proof: Proof, entity: str) -> Asked:
    replace: list[str] = []
    path = operation.path
    query: list[str] = []
    headers: list[tuple[str, str]] = [("X-Entity", entity)] if entity else []
    for parameter in operation.parameters:
        needed = parameter.required or parameter.location == "path"
        if not needed or parameter.name.lower() in _SKIPPED:
            continue
        try:
            value = value_of(contract, parameter)
            if parameter.location == "path":
                path = path.replace(f"{{{parameter.name}}}", simple(value).decode())
            elif parameter.location == "query":
                query += pairs(parameter.name, value, explode=parameter.explode)
            elif parameter.location == "header":
                headers.append((parameter.name, header(value).decode()))
            else:
                headers.append(("Cookie", f"{parameter.name}={text_of(value)}"))
        except UnknownError:
            replace.append(parameter.name)
            if parameter.location == "path":
                path = path.replace(f"{{{parameter.name}}}", PLACEHOLDER)
            elif parameter.location == "query":
                query.append(f"{quote(parameter.name, safe='$')}={PLACEHOLDER}")
            else:
                headers.append((parameter.name, PLACEHOLDER))
    accepted = _accepted(operation)
    if accepted:
        headers.append(("Accept", accepted))
    body, media = _body(contract, operation, replace)
    if body is not None:
        headers.append(("Content-Type", media))
    url = f"{base}{quote(path, safe=_PATH)}" + (f"?{'&'.join(query)}" if query else "")
    return Asked(operation.method.upper(), url, tuple(headers), proof, body, is_json(essence_of(media)), tuple(replace))


_PATH: Final = "/%()',=;:@!$&*+~"


def _accepted(operation: Operation) -> str:
    for status, response in operation.responses.items():
        if status.startswith("2"):
            return next((media for media in response.content if "*" not in media), "")
    return ""


def _body(contract: Contract, operation: Operation, replace: list[str]) -> tuple[bytes | None, str]:
    body = operation.request_body
    if body is None or not body.content:
        return None, ""
    media = next((one for one in body.content if is_json(essence_of(one))), next(iter(body.content)))
    try:
        value, _ = body_of(contract, body.content[media], "request")
        if is_json(essence_of(media)):
            return json_bytes(value), media
        if isinstance(value, str):
            return value.encode(), media
    except UnknownError:
        pass
    replace.append("the body")
    return PLACEHOLDER.encode(), media


_PROOFS: Final[dict[Proof, tuple[str, str]]] = {
    "token": ('  --header "Authorization: Bearer $TOKEN"', "        'Authorization': 'Bearer ' + os.environ['TOKEN'],"),
    "key": ('  --header "X-API-Key: $API_KEY"', "        'X-API-Key': os.environ['API_KEY'],"),
}


def _curl(asked: Asked) -> str:
    """For a shell. Only the credential is filled in by it; all else is quoted whole."""
    lines = ["curl --include" + (f" --request {asked.method}" if asked.method != "GET" else "")]
    if asked.proof in _PROOFS:
        lines.append(_PROOFS[asked.proof][0])
    lines += [f"  --header {shlex.quote(f'{name}: {value}')}" for name, value in asked.headers]
    if asked.body is not None:
        lines.append(f"  --data-binary {shlex.quote(_shown(asked))}")
    lines.append(f"  {shlex.quote(asked.url)}")
    return " \\\n".join(lines)


def _shown(asked: Asked) -> str:
    text = (asked.body or b"").decode("utf-8", "replace")
    if not asked.is_json or len(text) > _BODY_CHARACTERS:
        return text[:_BODY_CHARACTERS]
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _python(asked: Asked) -> str:
    """For Python's own library: nothing has to be installed."""
    lines = [
        "import json" if asked.body is not None and asked.is_json else "",
        "import os" if asked.proof != "none" else "",
    ]
    lines = [*filter(None, lines), "import urllib.request", ""]
    arguments = [f"    {asked.url!r},", f"    method={asked.method!r},", "    headers={"]
    if asked.proof in _PROOFS:
        arguments.append(_PROOFS[asked.proof][1])
    arguments += [f"        {name!r}: {value!r}," for name, value in asked.headers]
    arguments.append("    },")
    if asked.body is not None:
        lines += [f"body = {_literal(asked)}", ""]
        arguments.append(f"    data={'json.dumps(body).encode()' if asked.is_json else 'body'},")
    lines += ["request = urllib.request.Request(", *arguments, ")",
              "with urllib.request.urlopen(request, timeout=30) as answer:",
              "    print(answer.status, answer.read().decode())"]  # fmt: skip
    return "\n".join(lines)


def _literal(asked: Asked) -> str:
    body = asked.body or b""
    if not asked.is_json:
        return repr(body)
    try:
        return _python_value(json.loads(body), "")
    except ValueError:
        return repr(body.decode("utf-8", "replace"))


def _python_value(value: Any, indent: str) -> str:
    """A value of JSON as Python writes it, one member a line."""
    if not isinstance(value, dict | list) or not value:
        return repr(value)
    inside = f"{indent}    "
    if isinstance(value, list):
        items = [_python_value(item, inside) for item in value]
    else:
        items = [f"{name!r}: {_python_value(item, inside)}" for name, item in value.items()]
    opening, closing = ("[", "]") if isinstance(value, list) else ("{", "}")
    return "\n".join([opening, *(f"{inside}{item}," for item in items), f"{indent}{closing}"])
