"""One good message and several that break one keyword each, for a request or an answer of one operation."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.probe.breaks import Break, breaks
from contracts.probe.judge import Judge
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.probe.sent import header, pairs, simple
from contracts.probe.values import Maker
from contracts.sendable import may_be_answered

_TEMPLATE_DEFAULTS: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_IGNORED_HEADERS: Final = ("accept", "content-type", "authorization")
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer as bytes. `status` is 0 for a request; `path` by name, in no order."""

    status: int = 0
    path: Mapping[str, bytes] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    """Pairs as they are sent, by the parameter that each is of."""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""

    @property
    def query_bytes(self) -> bytes:
        """The query as it is sent."""
        return "&".join(pair for _, pair in self.query).encode()


@dataclass(frozen=True, slots=True)
class Probe:
    """A message, and the keyword that it breaks; none for a good one. `pointer` is of the keyword or the operation."""

    message: Message
    keyword: str
    pointer: str
    where: str
    """`request` or `answer`."""


@dataclass(slots=True)
class Probes:
    """What could be made for one direction of an operation. `left_out` says what could not, each with its pointer."""

    good: Probe | None = None
    bad: list[Probe] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def request_probes(tree: Mapping[str, Any], pointer: str, *, old: bool, most: int) -> Probes:
    """Requests to one operation."""
    return _Maker(Raw(tree, old, "request"), pointer, most).request()


def answer_probes(tree: Mapping[str, Any], pointer: str, *, old: bool, most: int) -> Probes:
    """Answers of one operation: of its first success, or of its first status."""
    return _Maker(Raw(tree, old, "answer"), pointer, most).answer()


class _Maker:
    def __init__(self, raw: Raw, pointer: str, most: int) -> None:
        self.raw = raw
        self.pointer = pointer
        self.most = most
        self.judge = Judge(raw)
        self.maker = Maker(raw, self.judge)
        self.probes = Probes()

    def request(self) -> Probes:
        return self._made(self._request, "request")

    def answer(self) -> Probes:
        return self._made(self._answer, "answer")

    def _made(self, make: Callable[[], tuple[Message, "list[_Spot]"]], where: str) -> Probes:
        try:
            message, spots = make()
        except UnknownError as error:
            self.probes.left_out.append((str(error), self.pointer))
            return self.probes
        except (TypeError, KeyError, AttributeError, ValueError):
            self.probes.left_out.append(("an operation that is not written as it should be", self.pointer))
            return self.probes
        return self._finished(message, spots, where)

    def _request(self) -> tuple[Message, "list[_Spot]"]:
        operation = self.raw.target(self.raw.at("#" + self.pointer))
        parameters = list(self._parameters(operation))
        message, spots = self._with_parameters(Message(), parameters)
        if "requestBody" in operation.node:
            body = self.raw.target(operation.child("requestBody"))
            message, more = self._with_body(message, body, required=body.node.get("required") is True)
            spots += more
        return message, spots

    def _answer(self) -> tuple[Message, "list[_Spot]"]:
        operation = self.raw.target(self.raw.at("#" + self.pointer))
        responses = operation.node.get("responses", {})
        order = sorted((str(s) for s in responses if not str(s).startswith("x-")), key=_successes_first)
        if not order:
            raise UnknownError("an operation without answers")
        response = self.raw.target(operation.child("responses", order[0]))
        status = 500 if order[0] == "default" else int(order[0].upper().replace("X", "0"))
        message = Message(status=status)
        headers = [self.raw.target(response.child("headers", name)) for name in response.node.get("headers", {})]
        named = zip(response.node.get("headers", {}), headers, strict=True)
        stated = [
            ({"name": name, "in": "header", **held.node}, held)
            for name, held in named
            if may_be_answered(name.lower().encode())  # the others are gone before an answer is judged
        ]
        message, spots = self._with_parameters(message, stated)
        if not self.pointer.endswith("/head"):
            message, more = self._with_body(message, response, required=True)
            spots += more
        return message, spots

    def _finished(self, message: Message, spots: "list[_Spot]", where: str) -> Probes:
        self.probes.good = Probe(message, "", self.pointer, where)
        lists = [spot.probes(message, where) for spot in spots]
        found: dict[str, list[Probe]] = {}
        for probe in (p for held in lists for p in held):
            found.setdefault(probe.keyword, []).append(probe)
        turn = 0
        while len(self.probes.bad) < self.most and any(len(held) > turn for held in found.values()):
            self.probes.bad += [held[turn] for held in found.values() if len(held) > turn]
            turn += 1
        del self.probes.bad[self.most :]
        return self.probes

    def _parameters(self, operation: Place) -> Iterator[tuple[dict[str, Any], Place]]:
        """Those of the path item and of the operation, which displaces the former by name and location."""
        found: dict[tuple[str, str], tuple[dict[str, Any], Place]] = {}
        for holder in (self.pointer.rpartition("/")[0], ""):
            item = self.raw.target(self.raw.at("#" + holder)) if holder else operation
            for place in item.each("parameters"):
                at = self.raw.target(place)
                found[at.node["name"], at.node["in"]] = (at.node, at)
        yield from found.values()

    def _with_parameters(
        self, message: Message, parameters: list[tuple[dict[str, Any], Place]]
    ) -> "tuple[Message, list[_Spot]]":
        spots: list[_Spot] = []
        for stated, place in parameters:
            name, location = stated["name"], stated["in"]
            needed = stated.get("required") is True or location == "path"
            if location == "header" and name.lower() in _IGNORED_HEADERS:
                continue
            spot = _Parameter(self, name, location, place)
            if location == "path" and f"{{{name}}}" not in self.pointer.replace("~1", "/").replace("~0", "~"):
                self.probes.left_out.append(("a path parameter that the template does not name", place.pointer))
                continue
            try:
                if location not in ("path", "query", "header"):
                    raise UnknownError("a parameter in a cookie or in the whole query")
                if "schema" not in stated or stated.get("style", _TEMPLATE_DEFAULTS[location]) not in (
                    "simple",
                    "form",
                ):
                    raise UnknownError("a parameter with `content` or a style of its own")
                message = spot.put(message, spot.value())
            except UnknownError as error:
                self.probes.left_out.append((str(error), place.pointer))
                if needed:
                    raise
            else:
                spots.append(spot)
        return message, list(spots)

    def _with_body(self, message: Message, holder: Place, *, required: bool) -> "tuple[Message, list[_Spot]]":
        content = holder.node.get("content") or {}
        if not content:
            return message, []
        names = {name.split(";")[0].strip().lower(): name for name in content}
        chosen = next((n for n in names if n.endswith(("/json", "+json"))), None)
        if chosen is None:
            chosen = _FORM if _FORM in names else None
        try:
            if chosen is None:
                raise UnknownError("a body that is neither JSON nor a form")
            media = self.raw.target(holder.child("content", names[chosen]))
            if "schema" not in media.node:
                raise UnknownError("a body without a schema")
            body = _Form(self, media, chosen) if chosen == _FORM else _Json(self, media, names[chosen])
            return body.put(message, body.value()), [body]
        except UnknownError as error:
            self.probes.left_out.append((str(error), holder.pointer))
            if required:
                raise
            return message, []


class _Spot(ABC):
    """One place of a message that is judged by a schema."""

    def __init__(self, maker: _Maker, schema: Place) -> None:
        self.maker = maker
        self.schema = schema
        self.held: Any = None

    def value(self) -> Any:
        self.held = self.maker.maker.good(self.schema)
        return self.held

    @abstractmethod
    def put(self, message: Message, value: Any) -> Message:
        """The message with a value at this place. Raises UnknownError where it cannot be sent."""

    def may_be(self, one: Break) -> bool:  # noqa: ARG002 - what reads texts differs
        return True

    def probes(self, message: Message, where: str) -> Iterator[Probe]:
        """Messages in which one keyword of the schema is broken."""
        raw, judge, most = self.maker.raw, self.maker.judge, self.maker.most
        for one in breaks(raw, judge, self.schema, self.held, most):
            if self.may_be(one):
                try:
                    yield Probe(self.put(message, one.value), one.keyword, one.pointer, where)
                except UnknownError:
                    continue


class _Parameter(_Spot):
    def __init__(self, maker: _Maker, name: str, location: str, place: Place) -> None:
        schema = place.child("schema") if "schema" in place.node else place
        super().__init__(maker, schema)
        self.name = name
        self.location = location
        self.place = place

    def value(self) -> Any:
        kind = _one_type(self.maker.raw, self.schema)
        if kind not in ("string", "integer", "number", "boolean", "array"):
            raise UnknownError("a parameter whose schema has not one plain type")
        if kind == "array":
            items = self.maker.raw.target(self.schema).node.get("items")
            inner = self.maker.raw.target(self.schema).child("items") if isinstance(items, dict) else None
            if inner is None or _one_type(self.maker.raw, inner) not in ("string", "integer", "number", "boolean"):
                raise UnknownError("a parameter whose items have not one plain type")
        return super().value()

    def put(self, message: Message, value: Any) -> Message:
        stated = self.place.node
        if self.location == "path":
            return replace(message, path={**message.path, self.name: simple(value)})
        if self.location == "header":
            return replace(message, headers={**message.headers, self.name.lower().encode(): header(value)})
        sent = pairs(self.name, value, explode=stated.get("explode", True) is not False)
        others = tuple(pair for pair in message.query if pair[0] != self.name)
        return replace(message, query=(*others, *((self.name, text) for text in sent)))

    def may_be(self, one: Break) -> bool:
        """Everything is a text here: a wrong type must be seen by its letters."""
        return _seen_in_text(one, self.held)

    def probes(self, message: Message, where: str) -> Iterator[Probe]:
        if self.place.node.get("required") is True and self.location != "path":
            at = f"{self.place.pointer}/required"
            if self.location == "query":
                pairs_left = tuple(pair for pair in message.query if pair[0] != self.name)
                yield Probe(replace(message, query=pairs_left), "required", at, where)
            else:
                left = {name: v for name, v in message.headers.items() if name != self.name.lower().encode()}
                yield Probe(replace(message, headers=left), "required", at, where)
        yield from super().probes(message, where)


class _Json(_Spot):
    def __init__(self, maker: _Maker, media: Place, name: str) -> None:
        super().__init__(maker, media.child("schema"))
        self.media = media
        self.name = name if "*" not in name else "application/json"

    def value(self) -> Any:
        node = self.media.node
        examples = [node["example"]] if "example" in node else []
        for name in node.get("examples", {}):
            found = self.maker.raw.target(self.media.child("examples", name)).node
            examples += [found["value"]] if isinstance(found, dict) and "value" in found else []
        self.held = self.maker.maker.good(self.schema, tuple(examples[:3]))
        return self.held

    def put(self, message: Message, value: Any) -> Message:
        body = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "strict")
        return replace(message, headers={**message.headers, b"content-type": self.name.encode()}, body=body)


class _Form(_Spot):
    """A form of scalars: members that are none are left out."""

    def __init__(self, maker: _Maker, media: Place, name: str) -> None:
        super().__init__(maker, media.child("schema"))
        if media.node.get("encoding"):
            raise UnknownError("a form with encodings of its own")
        self.name = name
        self.plain = {
            key
            for part in maker.raw.parts(self.schema)
            if isinstance(part.node, dict)
            for key in part.node.get("properties", {})
            if _one_type(maker.raw, part.child("properties", key)) in ("string", "integer", "number", "boolean")
        }

    def value(self) -> Any:
        made = super().value()
        if not isinstance(made, dict):
            raise UnknownError("a form that is no object")
        kept = {name: member for name, member in made.items() if name in self.plain}
        if not kept or self.maker.judge.broken(self.schema, kept):
            raise UnknownError("a form with more than scalars")
        self.held = kept
        return kept

    def put(self, message: Message, value: Any) -> Message:
        if not isinstance(value, dict) or not value:
            raise UnknownError("a form that is no object")
        body = "&".join(text for name, member in value.items() for text in pairs(name, member, explode=True))
        return replace(message, headers={**message.headers, b"content-type": self.name.encode()}, body=body.encode())

    def may_be(self, one: Break) -> bool:
        if not isinstance(one.value, dict) or one.keyword in ("additionalProperties", "maxProperties"):
            return isinstance(one.value, dict)
        changed = [name for name, member in one.value.items() if self.held.get(name) != member]
        return all(
            _seen_in_text(Break(one.keyword, one.pointer, one.value[name]), self.held.get(name)) for name in changed
        )


def _seen_in_text(one: Break, good: Any) -> bool:
    """Whether a broken value is still one once it is a text, which is read by what the schema asks for."""
    if isinstance(good, list) != isinstance(one.value, list):
        return False
    if isinstance(good, list) and good and one.value:
        bad = Break(one.keyword, one.pointer, one.value[-1])
        return all(not isinstance(item, list | dict) for item in one.value) and _seen_in_text(bad, good[-1])
    if one.keyword == "type":
        return bool(one.value == "x") and not isinstance(good, str)
    if isinstance(one.value, str) and not isinstance(good, str):
        return False
    return one.value not in ("", [])


def _one_type(raw: Raw, place: Place) -> str:
    """The one type that a schema asks for; empty where it is not that plain."""
    kinds = set()
    for part in raw.parts(place):
        if not isinstance(part.node, dict) or "oneOf" in part.node or "anyOf" in part.node or part.node.get("nullable"):
            return ""
        stated = part.node.get("type")
        kinds |= {stated} if isinstance(stated, str) else {""} if stated else set()
    return kinds.pop() if len(kinds) == 1 else ""


def _successes_first(status: str) -> tuple[bool, bool, str]:
    return not status.startswith("2"), status == "default", status
