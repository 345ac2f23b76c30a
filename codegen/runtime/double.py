"""A double of the server, for tests: judges each request by the contract, and answers with examples that keep to it.

It needs no network and no gateway. It needs jsonschema-rs: install this package with its extra `testing`.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpx2
import jsonschema_rs

from .errors import Place
from .read import json_value
from .reading import UnreadableError, read_body, read_cookies, read_header, read_path, read_query
from .written import json_bytes

_TOKEN: Final = "a-token-of-the-double"  # noqa: S105 - nobody else takes it
_MOST_NAMED: Final = 8
_PROBLEMS: Final = "https://double.example/problems/"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that came, and what it was answered with."""

    operation: str
    """The operation's id in the contract; empty where the request fits none."""
    method: str
    url: str
    arguments: Mapping[str, Any]
    """Values of parameters by their names in the contract."""
    body: Any
    status: int
    errors: tuple[Place, ...] = ()


@dataclass(slots=True)
class _Prepared:
    status: int
    headers: list[tuple[str, str]]
    content: bytes
    times: int | None


@dataclass(slots=True)
class _Route:
    operation: dict[str, Any]
    pattern: re.Pattern[str]
    names: list[str]


class Double:
    """The double."""

    def __init__(self, data: dict[str, Any], base_url: str) -> None:
        """`data` is what `load` gives; calls come to `base_url`."""
        self.base_url = base_url
        self.calls: list[Call] = []
        """Grows with each request."""
        self.unchecked: list[str] = []
        """Parts of requests that could not be judged, such as `createOrder body application/xml`."""
        self.data = data
        self._base_path = urlsplit(base_url).path
        self._routes: list[_Route] = []
        self._prepared: dict[str, list[_Prepared]] = {}
        self._validators: dict[str, Any] = {}
        for operation in self.data["operations"]:
            names = re.findall(r"\{([^{}]*)\}", operation["path"])
            pieces = re.split(r"\{[^{}]*\}", operation["path"])
            pattern = "([^/]+?)".join(map(re.escape, pieces))
            self._routes.append(_Route(operation, re.compile(pattern), names))
        self._routes.sort(key=lambda route: (len(route.names), -len(route.operation["path"])))

    def prepare(
        self, operation: str, *, status: int = 200, json: Any = None, content: bytes = b"",
        headers: Mapping[str, str] | None = None, times: int | None = 1,
    ) -> None:  # fmt: skip
        """What the next calls of an operation are answered with; after so many, its example comes again.

        `operation` is the name of its method, such as `list_orders`, or its id in the contract. `times` None: every
        call, until something else is prepared. Each try of a client that tries again is a call. Requests are judged
        first all the same. Raises ValueError for a name that the contract does not have.
        """
        name = self._id(operation)
        sent = [(name.lower(), value) for name, value in (headers or {}).items()]
        if json is not None:
            content = json_bytes(json)
            if not any(name == "content-type" for name, _ in sent):
                sent.append(("content-type", "application/json" if status < 400 else "application/problem+json"))
        waiting = [one for one in self._prepared.get(name, []) if one.times is not None]
        self._prepared[name] = [*waiting, _Prepared(status, sent, content, times)]

    def prepare_problem(
        self, operation: str, name: str, *, status: int, effect: str = "none",
        headers: Mapping[str, str] | None = None, times: int | None = None,
    ) -> None:  # fmt: skip
        """As `prepare`, with a problem detail of a type: on every call, so that it outlasts a client's retries."""
        members = {"type": _PROBLEMS + name, "title": name.replace("-", " "), "status": status, "effect": effect}
        self.prepare(operation, status=status, json=members, headers=headers, times=times)

    def _id(self, written: str) -> str:
        """The id of an operation by either of its names."""
        known: dict[str, set[str]] = {}
        for one in self.data["operations"]:
            for name in (one["name"], f"{one['resource']}.{one['name']}"):
                known.setdefault(name, set()).add(one["id"])
        known |= {one["id"]: {one["id"]} for one in self.data["operations"]}
        found = known.get(written, set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise ValueError(f"several operations are called {written}: name one as {_listed(found)}")
        near = get_close_matches(written, known, 3) or sorted(known)[:_MOST_NAMED]
        raise ValueError(f"the contract has no operation {written}; it has {_listed(near)}")

    def transport(self) -> httpx2.MockTransport:
        """What an `httpx2.Client` or `httpx2.AsyncClient` sends to."""
        return httpx2.MockTransport(self.handle)

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        body = request.read() if hasattr(request, "read") else b""
        parts = urlsplit(str(request.url))
        if parts.path.endswith("/token") and b"grant_type=client_credentials" in body:
            return _json(200, {"access_token": _TOKEN, "token_type": "Bearer", "expires_in": 3600})
        path = parts.path.removeprefix(self._base_path)
        found = [(route, match) for route in self._routes if (match := route.pattern.fullmatch(path))]
        served = [one for one in found if one[0].operation["method"] == request.method]
        if not served:
            name, status = ("method-not-allowed", 405) if found else ("not-found", 404)
            return self._refused(request, "", name, status, ())
        route, match = served[0]
        operation = route.operation
        if not self._identified(operation, request, parts.query):
            return self._refused(request, operation["id"], "not-identified", 401, ())
        path_values = dict(zip(route.names, match.groups(), strict=True))
        arguments, value, errors = self._judged(operation, path_values, request, body)
        if errors:
            return self._refused(request, operation["id"], "request-violates-contract", 400, errors, arguments)
        answer = self._answer(operation, arguments)
        self.calls.append(Call(operation["id"], request.method, str(request.url), arguments, value, answer.status_code))
        return answer

    def _judged(
        self, operation: dict[str, Any], path: Mapping[str, str], request: httpx2.Request, body: bytes
    ) -> tuple[dict[str, Any], Any, tuple[Place, ...]]:
        arguments: dict[str, Any] = {}
        errors: list[Place] = []
        query = urlsplit(str(request.url)).query
        known: set[str] = set()
        for parameter in operation["parameters"]:
            name, location = parameter["name"], parameter["in"]
            try:
                found, used = {
                    "path": lambda one=parameter: read_path(one, path, operation["path"]),
                    "query": lambda one=parameter: read_query(one, query),
                    "header": lambda one=parameter: read_header(one, request.headers),
                    "cookie": lambda one=parameter: read_cookies(one, request.headers),
                }[location]()
            except UnreadableError as error:
                errors.append(Place(name, str(error), location, "unreadable"))
                continue
            known |= used
            if found is None:
                if parameter["required"]:
                    errors.append(Place(name, "it is required", location, "required"))
                continue
            arguments[name] = found
            errors += self._against(parameter["schema"], found, location, name)
        errors += [
            Place(name, "the contract does not know it", "query", "undeclared")
            for name in _names(query)
            if name not in known and not self._is_credential(name)
        ]
        value, more = self._body(operation, request, body)
        return arguments, value, (*errors, *more)

    def _body(self, operation: dict[str, Any], request: httpx2.Request, body: bytes) -> tuple[Any, Sequence[Place]]:
        described = operation.get("body")
        if described is None:
            return None, [Place("", "this operation takes no body", "body", "undeclared")] if body else ()
        if not body:
            return None, [Place("", "a body is required", "body", "required")] if described["required"] else ()
        sent = request.headers.get("content-type", "").split(";")[0].strip().lower()
        for name, schema in described["content"].items():
            if _covers(name, sent):
                try:
                    value, judged = read_body(sent, request.headers.get("content-type", ""), body)
                except UnreadableError as error:
                    return None, [Place("", str(error), "body", "unreadable")]
                if judged and schema:
                    return value, self._against(schema, value, "body", "")
                self.unchecked.append(f"{operation['id']} body {sent}")
                return value, ()
        return None, [Place("", f"the contract knows no body of the type {sent or 'unknown'}", "body", "content-type")]

    def _against(self, key: str, value: Any, location: str, name: str) -> list[Place]:
        validator = self._validators.get(key)
        if validator is None:
            schema = {"$ref": f"#/$defs/{key}", "$defs": _closure(self.data["definitions"], key)}
            validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, mask="the value")
            self._validators[key] = validator
        found: list[Place] = []
        for error in validator.iter_errors(value):
            at = name + "".join(f"/{_token(step)}" for step in error.instance_path)
            rule = str(error.kind.name)
            unexpected = getattr(error.kind, "unexpected", None)
            if rule == "additionalProperties" and unexpected:
                found += [
                    Place(f"{at}/{_token(one)}", "the contract does not know it", location, rule) for one in unexpected
                ]
            else:
                found.append(Place(at, error.message, location, rule))
        return found

    def _identified(self, operation: dict[str, Any], request: httpx2.Request, query: str) -> bool:
        if not operation["security"] or [] in operation["security"]:
            return True
        schemes = {one["name"]: one for one in self.data["schemes"]}
        return any(
            all(name not in schemes or _carries(schemes[name], request, query) for name in group)
            for group in operation["security"]
        )

    def _is_credential(self, name: str) -> bool:
        return any(one["location"] == "query" and one["wire"] == name for one in self.data["schemes"])

    def _answer(self, operation: dict[str, Any], arguments: Mapping[str, Any]) -> httpx2.Response:
        waiting = self._prepared.get(operation["id"], [])
        if waiting:
            prepared = waiting[0]
            if prepared.times is not None:
                prepared.times -= 1
                if not prepared.times:
                    waiting.pop(0)
            return httpx2.Response(prepared.status, headers=prepared.headers, content=prepared.content)
        return self._example(operation, arguments)

    @staticmethod
    def _example(operation: dict[str, Any], arguments: Mapping[str, Any]) -> httpx2.Response:
        """Of a list always the last page, so that whoever walks over it comes to an end."""
        made = operation.get("answer")
        if made is None:
            members = {"type": f"{_PROBLEMS}no-answer", "title": "prepare an answer of it", "status": 501}
            return _json(501, members, problem=True)
        content = base64.b64decode(made["base64"]) if "base64" in made else made["text"].encode()
        counted = operation.get("counted")
        if counted and arguments.get(counted["parameter"], 0) > counted["begins"]:
            content = json_bytes(_emptied(json_value(content), counted["items"]))
        return httpx2.Response(made["status"], headers=[tuple(pair) for pair in made["headers"]], content=content)

    def _refused(
        self, request: httpx2.Request, operation: str, name: str, status: int, errors: Sequence[Place],
        arguments: Mapping[str, Any] | None = None,
    ) -> httpx2.Response:  # fmt: skip
        self.calls.append(
            Call(operation, request.method, str(request.url), arguments or {}, None, status, tuple(errors))
        )
        first = f"{errors[0].location} {errors[0].pointer}: {errors[0].message}".strip() if errors else ""
        members = {
            "type": _PROBLEMS + name, "title": name.replace("-", " "), "status": status, "detail": first,
            "effect": "none",
            "errors": [
                {"pointer": one.pointer, "location": one.location, "rule": one.rule, "message": one.message}
                for one in errors
            ],
        }  # fmt: skip
        return _json(status, members, problem=True)


def load(text: bytes) -> dict[str, Any]:
    """The data of a double."""
    found = json_value(text)
    assert isinstance(found, dict)
    return found


def _json(status: int, value: Any, *, problem: bool = False) -> httpx2.Response:
    kind = "application/problem+json" if problem else "application/json"
    return httpx2.Response(status, headers={"content-type": kind}, content=json.dumps(value).encode())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _emptied(body: Any, path: Sequence[str]) -> Any:
    """The same with an empty list there."""
    if not path:
        return []
    return {**body, path[0]: _emptied(body.get(path[0]), path[1:])} if isinstance(body, dict) else body


def _closure(definitions: Mapping[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = [key]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            nodes = [definitions[name]]
            while nodes:
                node = nodes.pop()
                if isinstance(node, dict):
                    if isinstance(node.get("$ref"), str):
                        waiting.append(node["$ref"].rpartition("/")[2])
                    nodes += node.values()
                elif isinstance(node, list):
                    nodes += node
    return found


def _names(query: str) -> list[str]:
    return [unquote(pair.split("=", 1)[0].replace("+", " ")) for pair in query.split("&") if pair]


def _carries(scheme: Mapping[str, str], request: httpx2.Request, query: str) -> bool:
    if scheme["location"] == "query":
        return scheme["wire"] in _names(query)
    if scheme["location"] == "cookie":
        return f"{scheme['wire']}=" in request.headers.get("cookie", "")
    lead = {"bearer": "bearer ", "basic": "basic "}.get(scheme["kind"], "")
    value = request.headers.get(scheme["wire"], "")
    return bool(value) and value.lower().startswith(lead)


def _covers(declared: str, sent: str) -> bool:
    name = declared.partition(";")[0].strip().lower()
    return name in (sent, "*/*") or (name.endswith("/*") and sent.startswith(name[:-1]))


def _token(step: str | int) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
