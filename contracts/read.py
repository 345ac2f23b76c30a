"""A document -> its operations, with everything that is wrong with it gathered on the way."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from contracts import document as documents
from contracts.diagnostic import Severity
from contracts.document import Document, UnresolvedReferenceError
from contracts.paths import InvalidTemplateError, collapsing, read_template
from contracts.read_parts import Parts
from contracts.references import AmbiguousError, References, UnresolvedError, walk_to
from contracts.suggestions import Action, suggested
from contracts.views import Operation, Parameter
from contracts.written import pointer_to
from contracts.yaml12 import shown

_VERSION: Final = re.compile(r"(3\.[012])(?:\.\d+(?:-.*)?)?")
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Reader(Parts):
    """Reads one document once."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._root_security: Any = document.tree.get("security")

    def version(self) -> str | None:
        """`3.0`, `3.1` or `3.2`; None, and a fault, for anything else."""
        tree = self.document.tree
        if "swagger" in tree:
            message = f"this is Swagger {shown(str(tree['swagger']))}, not OpenAPI 3"
            remedy = "convert it, for instance with swagger2openapi, and check the result"
            self.fault("/swagger", "swagger-2", message, remedy)
            return None
        stated = tree.get("openapi")
        if stated is None:
            self.fault("", "not-openapi", "`openapi` is missing: this is no OpenAPI document", "add `openapi: 3.1.0`")
            return None
        match = _VERSION.fullmatch(str(stated))
        if match is None:
            message = f"OpenAPI {shown(str(stated))} is not known here"
            self.fault("/openapi", "openapi-version", message, "use 3.0, 3.1 or 3.2")
            return None
        if not isinstance(stated, str):
            message = "`openapi` is a number, not a version"
            self.fault("/openapi", "openapi-version", message, f"write `openapi: {match[1]}.0`", "warning")
        self._version = match[1]
        return self._version

    def text(self, holder: Any, key: str, pointer: str) -> str:
        """A text of the document that should be there; empty, and a warning, where it is not."""
        value = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(value, str):
            return value
        where = pointer.removeprefix("/")
        if value is None:
            self.fault(f"{pointer}/{key}", "missing-key", f"`{where}.{key}` is missing", f"add `{key}: ...`", "warning")
            return ""
        message, remedy = f"`{where}.{key}` is not a text", f"put it in quotes: `{key}: '{shown(str(value))}'`"
        self.fault(f"{pointer}/{key}", "wrong-type", message, remedy, "warning")
        return str(value)

    def operations(self) -> tuple[Operation, ...]:
        """Every operation under `paths`."""
        tree = self.document.tree
        if "paths" not in tree and (self._version == "3.0" or not {"webhooks", "components"} & tree.keys()):
            self.fault("", "missing-paths", "`paths` is missing", "add `paths:` with the operations")
        found: list[Operation] = []
        shapes: dict[tuple[object, ...], str] = {}
        lenient = self.document.is_vendors
        for path, item in self.mapping(tree.get("paths"), "/paths", "`paths`").items():
            if not path.startswith("x-"):
                self.at_fault = [] if lenient else None
                names = self._template(path, shapes)
                if not self.at_fault:
                    found += self._path_item(path, item, names)
        self.at_fault = None
        return self._named(found)

    def _template(self, path: str, shapes: dict[tuple[object, ...], str]) -> tuple[str, ...] | None:
        """The names in a path template; None where it is broken."""
        try:
            template = read_template(path)
            if template.shape in shapes:
                raise collapsing(shapes[template.shape], path)
        except InvalidTemplateError as error:
            at = f"/paths{pointer_to(path)}"
            suggestion = suggested(self.document, Action(at, remove=True))
            self.fault(at, error.code, error.message, error.remedy, suggestion=suggestion)
            return None
        shapes[template.shape] = path
        return template.names

    def _path_item(self, path: str, item: Any, names: tuple[str, ...] | None) -> Iterator[Operation]:
        members = self._members(item, f"/paths{pointer_to(path)}")
        shared_value, shared_at = members.get("parameters", (None, ""))
        shared = self.parameters(shared_value, shared_at)
        methods = list(self._methods(members))
        at_fault = self.at_fault
        for method, (value, at) in methods:
            self.at_fault = None if at_fault is None else list(at_fault)
            described = self.mapping(value, at, f"the operation {method}")
            if value is not None and described is value:
                pointer = self._pointer(path, method, members)
                yield self._operation(path, method, described, pointer, at, shared, names)

    def _pointer(self, path: str, method: str, members: dict[str, tuple[Any, str]]) -> str:
        """Where the operation is met: its own for each path, also where two paths refer to one path item."""
        key = (method.lower(),) if method.lower() in members else ("additionalOperations", method)
        return "/paths" + pointer_to(path, *key)

    def _members(self, item: Any, pointer: str) -> dict[str, tuple[Any, str]]:
        """What a path item holds, by key, with its place. Members beside a `$ref` win over those it leads to."""
        found: dict[str, tuple[Any, str]] = {}
        seen: set[str] = set()
        while True:
            for key, value in self.mapping(item, pointer, "a path item").items():
                found.setdefault(key, (value, f"{pointer}{pointer_to(key)}"))
            if not isinstance(item, dict) or not isinstance(item.get("$ref"), str) or pointer in seen:
                return found
            seen.add(pointer)
            try:
                item, pointer = self.document.step(item["$ref"])
            except UnresolvedReferenceError:
                return found  # noted with all references

    def _methods(self, members: dict[str, tuple[Any, str]]) -> Iterator[tuple[str, tuple[Any, str]]]:
        newer = self._version == "3.2"
        for key, value in members.items():
            if key in _METHODS or (newer and key == "query"):
                yield key.upper(), value
            elif key in ("query", "additionalOperations") and not newer:
                message = f"OpenAPI {self._version} has no `{key}`: it is not read"
                self.fault(value[1], "newer-key", message, "say `openapi: 3.2.0`", "warning")
        if newer and "additionalOperations" in members:
            value, at = members["additionalOperations"]
            for method, operation in self.mapping(value, at, "`additionalOperations`").items():
                place = f"{at}{pointer_to(method)}"
                if method.lower() in (*_METHODS, "query"):
                    message = f"`{shown(method)}` has a key of its own"
                    self.fault(place, "method", message, f"write it as `{method.lower()}:` in the path item")
                elif not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", method):
                    self.fault(place, "method", f"`{shown(method)}` is no method", "use a token (RFC 9110 5.6.2)")
                else:
                    yield method, (operation, place)

    def _operation(
        self,
        path: str,
        method: str,
        value: dict[str, Any],
        pointer: str,
        at: str,
        shared: list[Parameter],
        names: tuple[str, ...] | None,
    ) -> Operation:
        own = self.parameters(value.get("parameters"), f"{at}/parameters")
        overridden = {_identity(parameter) for parameter in own}
        parameters = tuple(p for p in shared if _identity(p) not in overridden) + tuple(own)
        self.whole_query(parameters)
        if names is not None:
            self._path_parameters(path, method, names, parameters, at)
        if "security" in value:
            security = self.security(value["security"], f"{at}/security")
        elif self._root_security is not None:
            security = self.security(self._root_security, "/security")
        else:
            security = None
        stated = value.get("operationId")
        if stated is not None and (not isinstance(stated, str) or not stated):
            self.fault(f"{at}/operationId", "wrong-type", "`operationId` is not a text", "put it in quotes")
        responses = self.responses(value.get("responses"), f"{at}/responses")
        if "responses" not in value:
            message = f"{method} {path} has no `responses`"
            self.fault(at, "no-responses", message, "add the answers that it gives", "warning")
        return Operation(
            stated if isinstance(stated, str) else "",
            method,
            path,
            pointer,
            parameters,
            self.request_body(value.get("requestBody"), f"{at}/requestBody"),
            responses,
            security,
            value.get("deprecated") is True,
            {key: extension for key, extension in value.items() if key.startswith("x-")},
            self.at_fault[0] if self.at_fault else "",
        )

    def _path_parameters(
        self, path: str, method: str, names: tuple[str, ...], parameters: tuple[Parameter, ...], at: str
    ) -> None:
        declared = {parameter.name: parameter for parameter in parameters if parameter.location == "path"}
        for name in names:
            if name not in declared:
                message = f"no parameter of {method} {path} declares `{{{shown(name)}}}`"
                remedy = f"add `name: {shown(name)}`, `in: path`, `required: true` and a schema"
                missing = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                suggestion = suggested(self.document, Action(at, {"parameters": [missing]}))
                self.fault(f"{at}/parameters", "path-parameter-undeclared", message, remedy, suggestion=suggestion)
        for name, parameter in declared.items():
            if name not in names:
                message = f"the path parameter `{shown(name)}` does not stand in {path}"
                remedy = "put it into the path as `{" + shown(name) + "}`, or take the parameter out"
                self.fault(parameter.pointer, "path-parameter-unused", message, remedy, "warning")

    def _named(self, operations: list[Operation]) -> tuple[Operation, ...]:
        """Operations with their ids: those stated, which must differ, and made ones that differ from them."""
        taken: dict[str, Operation] = {}
        again: dict[int, Operation] = {}
        for operation in operations:
            if operation.operation_id in taken:
                again[id(operation)] = operation
            elif operation.operation_id:
                taken[operation.operation_id] = operation
        lenient = self.document.is_vendors
        own = {id(o): _with_id(o, taken) for o in operations if not o.operation_id or (lenient and id(o) in again)}
        for operation in again.values():
            first = taken[operation.operation_id]
            message = f"`operationId: {shown(operation.operation_id)}` is that of {first.method} {first.path} too"
            remedy, suggestion, at = "give each its own", "", f"{operation.pointer}/operationId"
            if lenient:
                named = own[id(operation)].operation_id
                message += f"; it is called `{shown(named)}` here"
                suggestion = suggested(self.document, Action(operation.pointer, {"operationId": named}))
            self.fault(at, "duplicate-operation-id", message, remedy, "warning" if lenient else "error", suggestion)
        return tuple(own.get(id(o), o) for o in operations)

    def check_references(self) -> None:
        """Every reference leads somewhere, and not round in a circle."""
        document = self.document
        names = References(document, named=self._version != "3.0")
        named = names.has_names()
        good: set[str] = set()
        for pointer, reference in documents.references(document):
            if reference in good:
                continue
            try:
                if named and self._by_name(names, reference, pointer.removesuffix("/$ref")):
                    continue  # what it leads to depends on where it stands
                value, at = document.step(reference)
                if isinstance(value, dict) and "$ref" in value:
                    document.follow(value, at)
                good.add(reference)
            except AmbiguousError as error:
                message = f"two schemas have the `$id` {shown(str(error))}, and `{shown(reference)}` asks for one"
                self.fault(
                    pointer, "ambiguous-reference", message, "give each an `$id` of its own, or refer by `#/...`"
                )
            except UnresolvedReferenceError as error:
                self._dangling(pointer, reference, error)

    def _by_name(self, names: References, reference: str, at: str) -> bool:
        """Whether a reference leads somewhere as schemas read it.

        Raises UnresolvedReferenceError for a circle, AmbiguousError for a name that two schemas have.
        """
        seen: set[str] = set()
        try:
            while True:
                at = names.find(reference, at)
                value = walk_to(self.document.tree, at)
                if at in seen:
                    raise UnresolvedReferenceError(f"`{shown(reference)}` refers to itself", circular=True)
                seen.add(at)
                if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                    return True
                reference = value["$ref"]
        except AmbiguousError:
            raise
        except UnresolvedError:
            return False

    def _dangling(self, pointer: str, reference: str, error: UnresolvedReferenceError) -> None:
        # Operations that lead there are left out; those of a vendor's document that do not are served.
        severity: Severity = "warning" if self.document.is_vendors else "error"
        if error.circular:
            message = f"the reference `{shown(reference)}` refers to itself in the end"
            remedy = "describe the part at one place of the circle"
            self.fault(pointer, "circular-reference", message, remedy, severity)
            return
        remedy = documents.nearest_reference(self.document, reference)
        written = shown(self.document.as_written(reference))
        self.fault(pointer, "dangling-reference", f"the reference `{written}` leads nowhere", remedy, severity)


def _identity(parameter: Parameter) -> tuple[str, str]:
    """What makes two parameters one; names of headers are one in any case."""
    return parameter.location, parameter.name.lower() if parameter.location == "header" else parameter.name


def _with_id(operation: Operation, taken: dict[str, Operation]) -> Operation:
    words = re.findall(r"[A-Za-z0-9]+", operation.path)
    base = "_".join([operation.method.lower(), *words])
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    made = replace(operation, operation_id=name)
    taken[name] = made
    return made
