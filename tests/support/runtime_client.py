"""The runtime of generated clients, called without a package: one operation of each kind, a server made of answers."""

import json
import logging
from typing import Any

import httpx2

from codegen.runtime.client import AsynchronousClient, SyncClient
from codegen.runtime.core import AsyncCore, Core
from codegen.runtime.errors import BadRequest, ServerError
from codegen.runtime.operation import Answer, Body, Operation, Paging, Parameter, Scheme
from codegen.runtime.pages import PagePlan
from codegen.runtime.settings import Package

URL = "https://api.example/orders/v1"


class StaleProblem(BadRequest):
    """A problem type of the tests."""


class BusyProblem(ServerError):  # noqa: N818
    """Another one."""


PACKAGE = Package(
    name="acme-orders", version="1.2.3", contract="sha256:abc",
    schemes=(
        Scheme("token", "bearer", "header", "Authorization", "https://login.example/token"),
        Scheme("key", "key", "header", "X-API-Key"),
        Scheme("query", "key", "query", "api_key"),
        Scheme("basic", "basic", "header", "Authorization"),
    ),
    problems={"stale": StaleProblem, "busy": BusyProblem},
)  # fmt: skip
ANYTHING = (Answer("200", "json", "application/json", lambda: Any), Answer("204", "binary"))
LIST = Operation("listOrders", "GET", "/orders", (Parameter("cursor", "query", "form"),), None, ANYTHING)
READ = Operation("getOrder", "GET", "/orders/{id}", (Parameter("id", "path", "simple", required=True),), None, ANYTHING)
WRITE = Operation("createOrder", "POST", "/orders", (), Body("application/json", "json", required=True), ANYTHING)
UPLOAD = Operation("upload", "PUT", "/files", (), Body("application/octet-stream", "binary", required=True), ANYTHING)
DOWNLOAD = Operation(
    "download", "GET", "/files", (), None, (Answer("200", "binary", "application/pdf", lambda: bytes),)
)


class Client(SyncClient):
    _package = PACKAGE

    def call(self, operation, *arguments, body=None):
        return self._core.call(operation, arguments, body)

    def pages(self, operation, paging, *arguments):
        return self._core.pages(PagePlan(operation, Paging(**paging)), arguments)


class AsyncClient(AsynchronousClient):
    _package = PACKAGE

    async def call(self, operation, *arguments, body=None):
        return await self._core.call(operation, arguments, body)

    def pages(self, operation, paging, *arguments):
        return self._core.pages(PagePlan(operation, Paging(**paging)), arguments)


def problem(name, status, **members):
    """A refusal of a gateway."""
    body = {"type": f"https://api.example/-/problems/{name}", "title": name, "status": status, **members}
    return httpx2.Response(status, headers={"content-type": "application/problem+json", **members.pop("headers", {})},
                           content=json.dumps(body).encode())  # fmt: skip


def answer(value=None, status=200, **headers):
    """An answer in JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return httpx2.Response(
        status, headers={"content-type": "application/json", **named}, content=json.dumps(value).encode()
    )


class Server:
    """Gives its answers one after the other, the last one for good; an exception is raised. `requests` is what came."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.bodies = []

    def __call__(self, request):
        self.requests.append(request)
        self.bodies.append(request.read())
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(given):
            given = given(request)
        if isinstance(given, Exception):
            raise given
        return httpx2.Response(given.status_code, headers=given.headers, content=given.content)

    def sync(self, **options):
        return Client(URL, http=httpx2.Client(transport=httpx2.MockTransport(self)), **options)

    def asynchronous(self, **options):
        return AsyncClient(URL, http=httpx2.AsyncClient(transport=httpx2.MockTransport(self)), **options)


__all__ = ["LOG", "AsyncCore", "Core"]
LOG = logging.getLogger("acme_orders")
