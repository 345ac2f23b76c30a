"""Operations as the templates write them: signatures, documentation, and the data that calls work by."""

from dataclasses import dataclass, replace

from codegen.description import Argument, Operation, Outcome, Payload, Resource
from codegen.naming import OF_METHODS, Names
from codegen.python_types import literal, received_type, sent_type
from codegen.texts import in_docstring, one_line, plain_text, wrapped

_INDENT = " " * 8
_LISTS = ("list_", "get_all_", "search_", "find_", "query_", "fetch_", "get_")


@dataclass(frozen=True, slots=True)
class Shown:
    """One operation, as text of Python source."""

    name: str
    constant: str
    id: str
    method: str
    path: str
    parameters: tuple[str, ...]
    body: str
    answers: tuple[str, ...]
    failures: tuple[str, ...]
    security: str
    paging: str
    operation_type: str
    item_type: str
    sync_type: str
    async_type: str
    signature: str
    async_signature: str
    passed: str
    iterate_signature: str
    """As `signature`, without a body: lists are read without one."""
    iterate_passed: str
    doc: str
    iterate_name: str
    iterate_doc: str
    streams: bool


def shown(resource: Resource) -> list[Shown]:
    """All operations of a resource."""
    taken = Names((*(operation.name for operation in resource.operations), *OF_METHODS))
    return [_shown(operation, taken) for operation in resource.operations]


def _shown(operation: Operation, taken: Names) -> Shown:
    streams = any(one.kind in ("binary", "lines", "events") and one.shape is not None for one in operation.successes)
    found = _result(operation, "")
    paging = operation.paging
    iterate = ""
    if paging is not None:
        head = next((lead for lead in _LISTS if operation.name.startswith(lead)), "")
        iterate = taken.give(operation.id, f"iterate_{operation.name.removeprefix(head) or 'all'}")
    return Shown(
        name=operation.name,
        constant=operation.name.strip("_").upper(),
        id=literal(operation.id),
        method=literal(operation.method),
        path=literal(operation.path),
        parameters=tuple(map(_parameter, operation.arguments)),
        body="" if operation.payload is None else _body(operation.payload),
        answers=tuple(map(_answer, operation.successes)),
        failures=tuple(_answer(one) for one in operation.failures if one.kind == "json" and one.shape is not None),
        security=_security(operation),
        paging="" if paging is None else _paging(operation),
        operation_type="Any" if streams else found,
        item_type="" if paging is None else received_type(paging.item),
        sync_type=found,
        async_type=_result(operation, "Async"),
        signature=_signature(operation, asynchronous=False),
        async_signature=_signature(operation, asynchronous=True),
        passed=_passed(operation),
        iterate_signature=_signature(replace(operation, payload=None), asynchronous=False),
        iterate_passed=_passed(replace(operation, payload=None)),
        doc=_doc(operation),
        iterate_name=iterate,
        iterate_doc=_doc(operation, "Each record of all pages: "),
        streams=streams,
    )


def _result(operation: Operation, prefix: str) -> str:
    found: dict[str, None] = {}
    for outcome in operation.successes:
        if outcome.shape is None:
            continue
        if outcome.kind == "binary":
            found[f"_streams.{prefix}Download"] = None
        elif outcome.kind in ("lines", "events"):
            found[f"_streams.{prefix}Items[{received_type(outcome.shape)}]"] = None
        else:
            found.update(dict.fromkeys([received_type(outcome.shape)]))
    if any(outcome.shape is None for outcome in operation.successes):
        found["None"] = None
    if any(name == "Any" for name in found):
        return "Any"
    return " | ".join(found)


def _parameter(argument: Argument) -> str:
    parts = [literal(argument.wire), literal(argument.location), literal(argument.style)]
    flags = {
        "explode": argument.explode, "required": argument.required, "allow_reserved": argument.allow_reserved,
        "json": argument.json,
    }  # fmt: skip
    return ", ".join([*parts, *(f"{name}=True" for name, said in flags.items() if said)])


def _body(payload: Payload) -> str:
    parts = [literal(payload.media_type), literal(payload.kind)]
    if payload.required:
        parts.append("required=True")
    if payload.parts:
        rules = ", ".join(
            f"_op.Part({literal(one.wire)}, {literal(one.content_type)}, {literal(one.style)}, explode={one.explode})"
            for one in payload.parts
        )
        parts.append(f"parts=({rules},)")
    return ", ".join(parts)


def _answer(outcome: Outcome) -> str:
    parts = [literal(outcome.status), literal(outcome.kind)]
    if outcome.shape is not None:
        kind = "bytes" if outcome.kind == "binary" else received_type(outcome.shape)
        parts += [literal(outcome.media_type), f"lambda: {kind}"]
    return ", ".join(parts)


def _security(operation: Operation) -> str:
    if operation.security is None:
        return "None"
    groups = ["(" + "".join(f"{literal(name)}, " for name in group).rstrip() + ")" for group in operation.security]
    return "(" + "".join(f"{group}, " for group in groups).rstrip() + ")"


def _paging(operation: Operation) -> str:
    paging = operation.paging
    assert paging is not None
    parts = [literal(paging.kind), _names(paging.items)]
    if paging.next:
        parts.append(f"next={_names(paging.next)}")
    if paging.parameter:
        index = next(at for at, one in enumerate(operation.arguments) if one.name == paging.parameter)
        parts.append(f"parameter={index}")
    if paging.key:
        parts.append(f"key={literal(paging.key)}")
    return ", ".join(parts)


def _names(path: tuple[str, ...]) -> str:
    return "(" + "".join(f"{literal(name)}, " for name in path).rstrip() + ")"


def _signature(operation: Operation, *, asynchronous: bool) -> str:
    first = ["self"]
    later: list[str] = []
    for argument in operation.arguments:
        kind = sent_type(argument.shape)
        if argument.location == "path":
            first.append(f"{argument.name}: {kind}")
        elif argument.required:
            later.append(f"{argument.name}: {kind}")
    later += [
        f"{argument.name}: {_or_none(sent_type(argument.shape))} = None"
        for argument in operation.arguments
        if not argument.required
    ]
    payload = operation.payload
    if payload is not None:
        kind = _body_type(payload, asynchronous=asynchronous)
        first.append(f"body: {kind}" if payload.required else f"body: {_or_none(kind)} = None")
    return ", ".join([*first, *(["*", *later] if later else [])])


def _body_type(payload: Payload, *, asynchronous: bool) -> str:
    if payload.kind == "binary":
        return "values.AsyncContent | values.Content" if asynchronous else "values.Content"
    return "str" if payload.kind == "text" else sent_type(payload.shape)


def _or_none(kind: str) -> str:
    return kind if kind == "Any" or "None" in kind.split(" | ") else f"{kind} | None"


def _passed(operation: Operation) -> str:
    names = "(" + "".join(f"{argument.name}, " for argument in operation.arguments).rstrip() + ")"
    return names if operation.payload is None else f"{names}, body"


def _doc(operation: Operation, lead: str = "") -> str:
    title = one_line(operation.summary) or one_line(operation.text) or operation.name.replace("_", " ").capitalize()
    blocks = [lead + title if not lead else lead + title[:1].lower() + title[1:]]
    if operation.summary and operation.text:
        blocks.append(plain_text(operation.text, 1200))
    if operation.deprecated:
        blocks.append("Deprecated: its contract advises against it.")
    blocks.append(f"{operation.method} {one_line(operation.path)}")
    text = wrapped("\n\n".join(blocks), _INDENT)
    rows = [f"{_INDENT}    {one.name}: {_said(one)}" for one in operation.arguments if one.text]
    if operation.payload is not None and operation.payload.text:
        rows.append(f"{_INDENT}    body: {one_line(operation.payload.text)}")
    if rows:
        text += f"\n\n{_INDENT}Args:\n" + "\n".join(rows)
    return in_docstring(text) + (f"\n{_INDENT}" if "\n" in text else "")


def _said(argument: Argument) -> str:
    return one_line(argument.text, 300)
