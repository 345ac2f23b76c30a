"""Parameters, bodies, responses and security of one document, read into views; what is wrong is gathered."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

from contracts.diagnostic import Diagnostic, Severity
from contracts.document import Document, UnresolvedReferenceError
from contracts.sendable import may_be_answered
from contracts.views import Encoding, MediaType, Parameter, ParameterLocation, RequestBody, Response, SchemeUse
from contracts.written import pointer_to
from contracts.yaml12 import shown

_LOCATIONS: Final = frozenset(get_args(ParameterLocation))
_STYLES: Final[Mapping[str, tuple[str, ...]]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "querystring": ("form",),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}
"""The styles of a location, its default first (OpenAPI 3.2 4.12.3)."""

_SINCE_3_2: Final = frozenset({("in", "querystring"), ("style", "cookie")})

_IGNORED_HEADERS: Final = frozenset(("accept", "content-type", "authorization"))
"""Header parameters that OpenAPI says to pass over: they are said elsewhere in the document."""

_STATUS: Final = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")


class Parts:
    """Reads the parts of operations. Gathers faults, each once for a place."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Diagnostic] = []
        self._told: set[tuple[str, str, str]] = set()
        self._undefined: set[str] = set()
        self._version = ""
        self.at_fault: list[str] | None = None
        """While a path of a vendor's document is read: what is wrong with it. It is left out, not the whole."""
        components = document.tree.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else None
        self._schemes: dict[str, Any] = schemes if isinstance(schemes, dict) else {}

    def fault(
        self,
        pointer: str,
        code: str,
        message: str,
        remedy: str = "",
        severity: Severity = "error",
        suggestion: str = "",
    ) -> None:
        """Note what is wrong at a place."""
        if severity == "error" and self.at_fault is not None:
            self.at_fault.append(message)
            severity = "warning"
        if (pointer, code, message) not in self._told:
            self._told.add((pointer, code, message))
            self.faults.append(self.document.fault(pointer, code, message, remedy, severity, suggestion))

    def follow(self, value: Any, pointer: str) -> tuple[Any, str]:
        """What a reference leads to; (None, pointer) where it leads nowhere, which is noted with all references."""
        try:
            return self.document.follow(value, pointer)
        except UnresolvedReferenceError as error:
            if self.at_fault is not None:
                self.at_fault.append(str(error))
            return None, pointer

    def mapping(self, value: Any, pointer: str, what: str) -> dict[str, Any]:
        """The value if it is a mapping; empty for none; a fault otherwise."""
        if isinstance(value, dict):
            return value
        if value is not None:
            self.fault(pointer, "wrong-type", f"{what} is not a mapping", "write `key: value` lines")
        return {}

    def parameters(self, value: Any, pointer: str) -> list[Parameter]:
        """The list of parameters of an operation or a path item."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(pointer, "wrong-type", "`parameters` is not a list", "put `- ` before each parameter")
            return []
        found: dict[tuple[str, str], Parameter] = {}
        for number, item in enumerate(value):
            at = f"{pointer}/{number}"
            read = self._parameter(item, at)
            if read is None:
                continue
            key = (read.location, read.name.lower() if read.location == "header" else read.name)
            if key in found:
                message = f"the {read.location} parameter `{shown(read.name)}` is declared twice"
                self.fault(at, "duplicate-parameter", message, "keep one of the two")
            elif read.location != "header" or key[1] not in _IGNORED_HEADERS:
                found[key] = read
        return list(found.values())

    def _parameter(self, item: Any, at: str) -> Parameter | None:
        value, pointer = self.follow(item, at)
        if value is None and isinstance(item, dict):
            return None
        if not isinstance(value, dict):
            self.fault(pointer, "wrong-type", "a parameter is not a mapping", "write `name:`, `in:` and `schema:`")
            return None
        name, location = value.get("name"), value.get("in")
        if not isinstance(name, str) or not name:
            self.fault(pointer, "missing-key", "a parameter has no `name`", "add `name: ...`")
            return None
        if not isinstance(location, str) or location not in _LOCATIONS:
            here = f"`in: {shown(str(location))}`" if location is not None else "no `in`"
            message = f"the parameter `{shown(name)}` has {here}"
            remedy = "write one of " + ", ".join(sorted(_LOCATIONS))
            if location in ("body", "formData"):
                remedy = "describe the body under `requestBody`, as OpenAPI 3 has it"
            self.fault(pointer, "parameter-location", message, remedy)
            return None
        self._newer("in", location, pointer)
        required = value.get("required") is True
        if location == "path" and not required:
            message = f"the path parameter `{shown(name)}` does not say `required: true`; it is taken as required"
            self.fault(pointer, "path-parameter-optional", message, "add `required: true`", "warning")
            required = True
        return self._described(name, location, value, pointer, required=required)

    def _newer(self, key: str, value: Any, pointer: str) -> None:
        if (key, value) in _SINCE_3_2 and self._version != "3.2":
            message = f"OpenAPI {self._version} has no `{key}: {value}`"
            self.fault(f"{pointer}/{key}", "newer-value", message, "say `openapi: 3.2.0`, or write it another way")

    def whole_query(self, parameters: Iterable[Parameter]) -> None:
        """A parameter that is the whole query stands alone (OpenAPI 3.2, "Parameter Object")."""
        query = [parameter for parameter in parameters if parameter.location in ("query", "querystring")]
        for parameter in query:
            if parameter.location == "querystring" and len(query) > 1:
                message = f"`{shown(parameter.name)}` is the whole query, and another parameter is in the query too"
                self.fault(
                    parameter.pointer, "querystring-not-alone", message, "keep one of them, or describe all in it"
                )
                return

    def _described(self, name: str, location: Any, value: dict[str, Any], pointer: str, *, required: bool) -> Parameter:
        """A parameter or a header once its name, location and need are known."""
        schema, content = value.get("schema"), value.get("content")
        kind = "header" if location == "header" else f"{location} parameter"
        if schema is not None and content is not None:
            message = f"the {kind} `{shown(name)}` has both `schema` and `content`"
            self.fault(pointer, "schema-and-content", message, "keep one of the two")
        elif content is not None and (not isinstance(content, dict) or len(content) != 1):
            message = f"the {kind} `{shown(name)}` has not exactly one media type under `content`"
            self.fault(f"{pointer}/content", "content-entries", message, "keep one media type")
        elif location == "querystring" and content is None:
            message = f"the {kind} `{shown(name)}` has no `content`"
            self.fault(pointer, "querystring-schema", message, "describe it under `content`, by a media type")
        elif schema is None and content is None:
            message = f"the {kind} `{shown(name)}` has neither `schema` nor `content`"
            self.fault(pointer, "no-schema", message, "add `schema:`", "warning")
        styles = _STYLES[location]
        style = value.get("style", styles[0])
        if style not in styles:
            message = f"the {kind} `{shown(name)}` has the style `{shown(str(style))}`"
            self.fault(f"{pointer}/style", "parameter-style", message, "write one of " + ", ".join(styles))
            style = styles[0]
        self._newer("style", style, pointer)
        explode = value.get("explode")
        return Parameter(
            name,
            location,
            required,
            style,
            explode if isinstance(explode, bool) else style in ("form", "cookie"),
            value.get("allowReserved") is True,
            value.get("allowEmptyValue") is True,
            self._schema(schema, f"{pointer}/schema"),
            self.content(content, f"{pointer}/content"),
            pointer,
        )

    def _schema(self, value: Any, pointer: str) -> Any:
        if value is None or isinstance(value, dict | bool):
            return value
        self.fault(pointer, "wrong-type", "a schema is not a mapping", "write `type: ...`")
        return None

    def content(self, value: Any, pointer: str) -> dict[str, MediaType]:
        """Media types by name."""
        found: dict[str, MediaType] = {}
        for name, item in self.mapping(value, pointer, "`content`").items():
            media, at = self.follow(item, f"{pointer}{pointer_to(name)}")
            described = self.mapping(media, at, "a media type")
            encoding = self.mapping(described.get("encoding"), f"{at}/encoding", "`encoding`")
            multipart = name.strip().lower().startswith("multipart/")
            prefix, rest = described.get("prefixEncoding"), described.get("itemEncoding")
            found[name] = MediaType(
                self._schema(described.get("schema"), f"{at}/schema"),
                self._schema(described.get("itemSchema"), f"{at}/itemSchema"),
                encoding,
                at,
                {key: self._encoding(one, f"{at}/encoding{pointer_to(key)}") for key, one in encoding.items()}
                if multipart
                else {},
                tuple(self._encoding(one, f"{at}/prefixEncoding/{n}") for n, one in enumerate(prefix))
                if multipart and isinstance(prefix, list)
                else (),
                self._encoding(rest, f"{at}/itemEncoding") if multipart and rest is not None else None,
            )
        return found

    def _encoding(self, value: Any, pointer: str) -> Encoding:
        described = self.mapping(value, pointer, "an encoding")
        content_type, style, explode = (described.get(key) for key in ("contentType", "style", "explode"))
        return Encoding(
            content_type if isinstance(content_type, str) else "",
            any(key in described for key in ("style", "explode", "allowReserved")),
            style if isinstance(style, str) else "form",
            explode if isinstance(explode, bool) else style in (None, "form"),
            self._headers(described.get("headers"), f"{pointer}/headers", answered=False),
        )

    def request_body(self, value: Any, pointer: str) -> RequestBody | None:
        """The body of a request; None where none is described."""
        if value is None:
            return None
        body, at = self.follow(value, pointer)
        described = self.mapping(body, at, "`requestBody`")
        content = self.content(described.get("content"), f"{at}/content")
        if isinstance(body, dict) and "content" not in body:
            self.fault(at, "missing-key", "`requestBody` has no `content`", "add `content:` with a media type")
        return RequestBody(described.get("required") is True, content, at)

    def responses(self, value: Any, pointer: str) -> dict[str, Response]:
        """Responses by status: `200`, `2XX`, `default`."""
        found: dict[str, Response] = {}
        for key, item in self.mapping(value, pointer, "`responses`").items():
            if key.startswith("x-"):
                continue
            at = f"{pointer}{pointer_to(key)}"
            status = key if key == "default" else key.upper()
            if not _STATUS.fullmatch(status):
                message = f"`{shown(key)}` is no status"
                self.fault(at, "status", message, "write a number such as 200, a range such as 2XX, or default")
                continue
            response, at = self.follow(item, at)
            described = self.mapping(response, at, "a response")
            headers = self._headers(described.get("headers"), f"{at}/headers", answered=True)
            found[status] = Response(status, self.content(described.get("content"), f"{at}/content"), headers, at)
        return found

    def _headers(self, value: Any, pointer: str, *, answered: bool) -> dict[str, Parameter]:
        found: dict[str, Parameter] = {}
        for name, item in self.mapping(value, pointer, "`headers`").items():
            header, at = self.follow(item, f"{pointer}{pointer_to(name)}")
            if name.lower() == "content-type" or header is None:
                continue
            described = self.mapping(header, at, "a header")
            required = described.get("required") is True
            if required and answered and not may_be_answered(name.lower().encode("utf-8")):
                message = f"the header `{shown(name)}` is required, and no gateway passes it on to a caller"
                self.fault(at, "header-never-answered", message, "take it out: nobody gets it", "warning")
            found[name] = self._described(name, "header", described, at, required=required)
        return found

    def security(self, value: Any, pointer: str) -> tuple[tuple[SchemeUse, ...], ...]:
        """Alternatives, each a tuple of schemes that are asked for together; an empty one lets everybody in."""
        if not isinstance(value, list):
            self.fault(pointer, "wrong-type", "`security` is not a list", "write `- scheme: [scope]`, or `[]` for open")
            return (_refused(pointer),)
        found: list[tuple[SchemeUse, ...]] = []
        for number, item in enumerate(value):
            at = f"{pointer}/{number}"
            if not isinstance(item, dict):
                self.fault(at, "wrong-type", "a security requirement is not a mapping", "write `- scheme: [scope]`")
                found.append(_refused(at))
                continue
            found.append(tuple(self._scheme(name, scopes, f"{at}{pointer_to(name)}") for name, scopes in item.items()))
        return tuple(found)

    def _scheme(self, name: str, scopes: Any, pointer: str) -> SchemeUse:
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            self.fault(pointer, "wrong-type", f"the scopes of `{shown(name)}` are not a list of texts", "write `[]`")
            return SchemeUse(name, "unsupported", frozenset(), pointer)
        if name not in self._schemes:
            if name in self._undefined:
                return SchemeUse(name, "unsupported", frozenset(scopes), pointer)
            self._undefined.add(name)
            message = f"the security scheme `{shown(name)}` is defined nowhere: what asks for it is not served"
            remedy = "define it under components/securitySchemes"
            self.fault(pointer, "undefined-scheme", message, remedy, "warning")
            return SchemeUse(name, "unsupported", frozenset(scopes), pointer)
        scheme, at = self.follow(self._schemes[name], f"/components/securitySchemes{pointer_to(name)}")
        described = self.mapping(scheme, at, "a security scheme")
        return SchemeUse(name, kind_of(described), frozenset(scopes), pointer)


def _refused(pointer: str) -> tuple[SchemeUse, ...]:
    """What stands for a requirement that cannot be read: never open."""
    return (SchemeUse("", "unsupported", frozenset(), pointer),)


def kind_of(scheme: dict[str, Any]) -> Literal["oauth2", "bearer", "api_key", "unsupported"]:
    """How a caller proves what a security scheme asks for."""
    kind = scheme.get("type")
    if kind in ("oauth2", "openIdConnect"):
        return "oauth2"
    if kind == "http" and str(scheme.get("scheme")).lower() == "bearer":
        return "bearer"
    return "api_key" if kind == "apiKey" else "unsupported"
