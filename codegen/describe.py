"""A published contract -> the description of its client."""

from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from codegen.description import ClientDescription, LeftOut, Operation, ProblemType, Resource, Scheme, SchemeKind
from codegen.naming import OF_CLIENTS, OF_METHODS, Names, attribute_name, class_name
from codegen.operations import OperationReader, Unsupported
from codegen.shapes.reading import ClassNames, ShapeReader
from codegen.shapes.shape import EnumShape
from codegen.shapes.view import DanglingError
from contracts.contract import Contract
from contracts.contract import Operation as Declared
from contracts.published_document import digest_of

OTHERS: Final = "api"
"""The resource of operations without a tag."""


def describe(contract: Contract, problems: tuple[ProblemType, ...] = ()) -> ClientDescription:
    """What a client of this contract is written from, and the operations that none can be written for."""
    document = contract.document
    enums: dict[str, EnumShape] = {}
    names = ClassNames(document)
    answers = ShapeReader(document, contract.version, "answer", names, enums)
    requests = ShapeReader(document, contract.version, "request", names, enums)
    reader = OperationReader(contract, answers, requests)
    texts = _tag_texts(document.tree)
    resources = Names(OF_CLIENTS)
    classes = Names()
    methods: dict[str, Names] = {}
    by_resource: dict[str, list[Operation]] = {}
    tags: dict[str, str] = {}
    left_out: list[LeftOut] = []
    by_tag: dict[str, list[Declared]] = {}
    for declared in contract.operations:
        by_tag.setdefault(_tag_of(contract, declared), []).append(declared)
    resources.give_all({tag: attribute_name(tag, OF_CLIENTS) for tag in by_tag})
    for tag, found in by_tag.items():
        taken = methods.setdefault(resources.give(tag, ""), Names(OF_METHODS))
        taken.give_all({one.operation_id: attribute_name(one.operation_id, OF_METHODS) for one in found})
    for declared in sorted(contract.operations, key=lambda one: (one.path, one.method)):
        tag = _tag_of(contract, declared)
        resource = resources.give(tag, "")
        name = methods[resource].give(declared.operation_id, "")
        try:
            operation = reader.read(declared, resource, name)
        except Unsupported as error:
            left_out.append(LeftOut(declared.method, declared.path, error.reason, declared.pointer))
            continue
        except DanglingError as error:
            reason = f"the reference {error.reference} leads nowhere"
            left_out.append(LeftOut(declared.method, declared.path, reason, error.pointer))
            continue
        tags[resource] = tag
        by_resource.setdefault(resource, []).append(operation)
    made = tuple(
        Resource(
            name, classes.give(name, class_name(name).removesuffix("_")), tags[name], texts.get(tags[name], ""),
            tuple(sorted(found, key=lambda one: one.name)),
        )
        for name, found in sorted(by_resource.items())
    )  # fmt: skip
    return ClientDescription(
        contract.title, contract.stated_version, digest_of(document.tree), _text(contract.info, "description"),
        _base_url(document.tree), _schemes(document.tree, made), made,
        tuple(enums[name] for name in sorted(enums)), answers.finished(), requests.finished(),
        problems, tuple(left_out), document.tree,
    )  # fmt: skip


def _tag_of(contract: Contract, declared: Declared) -> str:
    value: Any = contract.document.resolve(declared.pointer)
    tags = value.get("tags") if isinstance(value, dict) else None
    first = tags[0] if isinstance(tags, list) and tags else None
    return first if isinstance(first, str) and first.strip() else OTHERS


def _tag_texts(tree: Mapping[str, Any]) -> dict[str, str]:
    tags = tree.get("tags")
    return {
        tag["name"]: _text(tag, "description")
        for tag in (tags if isinstance(tags, list) else [])
        if isinstance(tag, dict) and isinstance(tag.get("name"), str)
    }


def _text(holder: Any, key: str) -> str:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return value if isinstance(value, str) else ""


def _base_url(tree: Mapping[str, Any]) -> str:
    """The first server's address, where it is a whole one without variables."""
    servers = tree.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = _text(first, "url")
    if "{" in url or not url.isascii() or not url.isprintable():
        return ""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return ""
    return url.rstrip("/") if usable and not parts.query and not parts.fragment else ""


def _schemes(tree: Mapping[str, Any], resources: tuple[Resource, ...]) -> tuple[Scheme, ...]:
    components = tree.get("components")
    declared = components.get("securitySchemes") if isinstance(components, dict) else None
    used = {
        name
        for resource in resources
        for operation in resource.operations
        for alternative in operation.security or ()
        for name in alternative
    }
    found: list[Scheme] = []
    for name, value in sorted((declared or {}).items()) if isinstance(declared, dict) else ():
        if name in used and isinstance(value, dict):
            found.append(_scheme(name, value))
    return tuple(found)


def _scheme(name: str, value: dict[str, Any]) -> Scheme:
    text, stated, word = _text(value, "description"), value.get("type"), str(value.get("scheme")).lower()
    if stated == "apiKey" and _text(value, "name"):
        locations: Mapping[Any, Literal["header", "query", "cookie"]] = {"query": "query", "cookie": "cookie"}
        return Scheme(name, "key", locations.get(value.get("in"), "header"), _text(value, "name"), "", text)
    kind: SchemeKind = "other"
    if stated in ("oauth2", "openIdConnect") or (stated == "http" and word == "bearer"):
        kind = "bearer"
    elif stated == "http" and word == "basic":
        kind = "basic"
    flows = value.get("flows")
    flow = flows.get("clientCredentials") if isinstance(flows, dict) else None
    return Scheme(name, kind, "header", "Authorization", _text(flow, "tokenUrl"), text)
