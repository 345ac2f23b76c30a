"""The same question asked of openapi-core: an independent validator, slow and with known holes, as an oracle.

Installed with the extra `governance`; loaded when first asked.
"""

import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote

from contracts.probe.messages import Message
from contracts.probe.raw import Raw

_HOST: Final = "http://localhost"
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_NAME: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What openapi-core says of one message. `error` is the kind of its first error, or of what it crashed with."""

    outcome: Literal["conforms", "violates", "crashed"]
    error: str = ""


class SecondOpinion:
    """openapi-core over one operation, alone in its document: no other path, server or security takes part."""

    def __init__(self, tree: Mapping[str, Any], pointer: str) -> None:
        """Raises ModuleNotFoundError where openapi-core is not installed."""
        import_module("openapi_core")
        path, method = pointer.split("/")[2:]
        self.path = path.replace("~1", "/").replace("~0", "~")
        self.method = method
        self._tree = tree
        self._pointer = pointer
        self._apis: dict[str, Any] = {}

    def of(self, message: Message, request: Message | None = None) -> Opinion:
        """Of a request, or of an answer to a request."""
        asked = request or Message(path=dict.fromkeys(_NAME.findall(self.path), b"1"))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                api = self._api(message.headers.get(b"content-type", b"").decode())
                if message.status:
                    errors = list(api.iter_response_errors(self._request(asked), self._response(message)))
                else:
                    errors = list(api.iter_request_errors(self._request(message)))
        except Exception as error:  # noqa: BLE001 - an oracle that crashes says so
            return Opinion("crashed", type(error).__name__)
        return Opinion("violates", _kind(errors[0])) if errors else Opinion("conforms")

    def _api(self, content_type: str) -> Any:
        """Made anew where a media type comes that it would not read."""
        if content_type in self._apis:
            return self._apis[content_type]
        from openapi_core import Config, OpenAPI  # noqa: PLC0415 - an extra, and heavy

        essence = content_type.split(";", maxsplit=1)[0].strip().lower()
        types: dict[str, Callable[[bytes], Any]] = {essence: _json} if essence.endswith(("/json", "+json")) else {}
        raw = Raw(self._tree, old=False, direction="request")
        item = raw.target(raw.at("#" + self._pointer.rpartition("/")[0])).node
        operation = {key: value for key, value in item[self.method].items() if key not in ("security", "servers")}
        kept = {key: value for key, value in item.items() if key not in (*_METHODS, "servers")}
        document = {key: value for key, value in self._tree.items() if key not in ("security", "servers", "webhooks")}
        document |= {"servers": [{"url": _HOST}], "paths": {self.path: {**kept, self.method: operation}}}
        config = Config(spec_validator_cls=None, extra_media_type_deserializers=types)
        self._apis[content_type] = OpenAPI.from_dict(document, config=config)
        return self._apis[content_type]

    def _request(self, message: Message) -> Any:
        from openapi_core.testing import MockRequest  # noqa: PLC0415

        path = self.path
        for name, raw in message.path.items():
            path = path.replace(f"{{{name}}}", unquote(raw.decode()))
        return MockRequest(
            _HOST, self.method, path, args=_many(parse_qsl(message.query_bytes.decode(), keep_blank_values=True)),
            headers={name.decode(): value.decode() for name, value in message.headers.items()},
            data=message.body, content_type=message.headers.get(b"content-type", b"").decode(),
        )  # fmt: skip

    def _response(self, message: Message) -> Any:
        from openapi_core.testing import MockResponse  # noqa: PLC0415

        return MockResponse(
            message.body, message.status, {name.decode(): value.decode() for name, value in message.headers.items()},
            message.headers.get(b"content-type", b"").decode(),
        )  # fmt: skip


def _many(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _json(body: bytes, **_: Any) -> Any:
    return json.loads(body)


def _kind(error: BaseException) -> str:
    """The classes of an error and its causes, and the keyword of a schema's; never a value."""
    names = []
    for _ in range(5):
        names.append(type(error).__name__)
        inner = getattr(error, "schema_errors", None)
        if inner:
            names.append(str(getattr(next(iter(inner)), "validator", "")))
            break
        if error.__cause__ is None:
            break
        error = error.__cause__
    return " < ".join(names)
