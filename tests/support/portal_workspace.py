"""A workspace with a canary in every place that the portal must not show to everybody, and a crawler of its pages."""

import gzip
import html
import http.client
import io
import json
import re
import time
import urllib.parse
import zipfile

from flows_workspace import PEPPER
from gateway_thread import GatewayThread, write

from governance.portal_prepared import prepare
from policies.keys import new_key

RANKS = ("public", "partner", "internal")
APIS = {"open": "public", "deals": "partner", "inner": "internal"}
SECRETS = ("CANARYHOST", "CANARYPIN", "CANARYSYSTEM", "CANARYINSIDE", "CANARYFILE", "CANARYDRAFT", "CANARYCANDIDATE",
           "CANARYSECRET", "CANARYCREDENTIAL", "CANARYLONELY")  # fmt: skip
"""What nobody sees, whoever looks."""
NAMED = {api: f"CANARY{visibility.upper()}" for api, visibility in APIS.items()}
"""What stands all over the contract of an API."""
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} {% x %} \u202egnp.exe `code<b>` &amp; ]]> '\";--"
)


def document(api, version):
    """A contract that names its canary everywhere, and what must stay inside beside it."""
    mark = NAMED[api]
    named = {"type": "string", "maxLength": 40, "description": f"member of {mark}", "example": f"{mark}-value"}
    schema = {
        "type": "object", "required": [f"{mark}-member"], "x-owner-team": "CANARYINSIDE", "$comment": "CANARYINSIDE",
        "properties": {f"{mark}-member": named, "company": {"type": "string", "maxLength": 40}},
        "example": {f"{mark}-member": f"{mark}-value"},
    }  # fmt: skip
    answer = {"200": {"description": f"answer of {mark}", "x-notes": "CANARYINSIDE", "content": {"application/json": {
        "schema": {"$ref": f"#/components/schemas/{mark}-Thing"},
        "example": {f"{mark}-member": f"{mark}-value", "company": "CANARYPIN-4711"},
    }}}}  # fmt: skip
    open_to_all = APIS[api] == "public"
    secured = [] if open_to_all else [{"key": []}]
    item = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "maxLength": 40},
        "example": "a 1",
    }
    company = {"name": "company", "in": "query", "schema": {"type": "string", "maxLength": 40}}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{mark} things", "version": version, "x-api-id": "CANARYINSIDE",
                 "description": f"About {mark}. Runs on https://canaryhost.example/erp/things, company CANARYPIN-4711.\n\n{HOSTILE}"},
        "servers": [{"url": "https://CANARYHOST.example/erp"}],
        "tags": [{"name": f"{mark}-tag", "description": "x"}, {"name": "CANARYINSIDE-tag", "x-internal": True}],
        "paths": {
            f"/{mark.lower()}-things": {
                "get": {"operationId": f"list{mark}", "summary": f"List {mark}", "tags": [f"{mark}-tag"], "security": secured,
                        "description": HOSTILE, "parameters": [company], "responses": answer},
                "post": {"operationId": "CANARYINSIDE-op", "x-internal": True, "security": secured, "responses": {
                    "200": {"description": "x", "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/CANARYINSIDE-Thing"}}}}}},
            },
            f"/{mark.lower()}-things/{{id}}": {
                "get": {"operationId": f"read{mark}", "summary": f"Read {mark}", "security": secured,
                        "parameters": [item, company], "responses": answer},
                "put": {"operationId": HOSTILE, "summary": HOSTILE, "security": secured, "parameters": [item, company],
                        "requestBody": {"required": True, "content": {"application/json": {
                            "schema": {"$ref": f"#/components/schemas/{mark}-Thing"}}}}, "responses": answer},
            },
        },
        "components": {
            "schemas": {f"{mark}-Thing": schema, "CANARYINSIDE-Thing": {"type": "string"}, HOSTILE: {"type": "string"}},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": mark}},
        },
    }  # fmt: skip


def versions(api):
    return {
        "0.9": {"stage": "retired", "successor": "1.1"},
        "1.0": {"stage": "deprecated", "deprecated": "2026-01-01", "sunset": "2027-01-01", "successor": "1.1"},
        "1.1": {"stage": "active"},
        "2.0": {"stage": "draft"},
        "1.2": {"stage": "active"},
    }


def write_portal_workspace(folder, **visibilities):
    """All but `tidewaiter.yaml`; returns a key by consumer. `visibilities` replaces some of `APIS`."""
    seen = {**APIS, **visibilities}
    keys, entries = {}, {}
    for name in ("guest", "insider", "other"):
        keys[name], entry = new_key("tw", PEPPER, time.time(), 1)
        entries[name] = entry.model_dump(mode="json")
    files = {}
    for api, visibility in seen.items():
        files[f"contracts/{api}/api.yaml"] = {
            "title": f"{NAMED[api]} API", "owner": f"{NAMED[api].lower()}@example.com", "visibility": visibility,
            "versions": versions(api),
        }  # fmt: skip
        for version in versions(api):
            made = document(api, version)
            if version == "2.0":
                made["info"]["description"] = "CANARYDRAFT"
            if version == "1.2":
                made["info"]["description"] = "CANARYLONELY"  # nobody offers it
            if version == "1.0":
                del made["components"]["schemas"][f"{NAMED[api]}-Thing"]["properties"][f"{NAMED[api]}-member"][
                    "maxLength"
                ]
            files[f"contracts/{api}/{version}.yaml"] = made
    offers = [{"contract": f"{api}@{v}", "system": "canarysystem", "pins": {"query": {"company": "CANARYPIN-4711"}}}
              for api in APIS for v in ("0.9", "1.0", "1.1", "2.0")]  # fmt: skip
    write(folder, {
        **files,
        "systems/canarysystem.yaml": {"owner": "CANARYSYSTEM", "product": "example", "url": "https://CANARYHOST.example/erp",
                                      "also_known_as": ["https://canaryhost.internal:8443"]},
        "systems/second.yaml": {"owner": "it", "product": "example", "url": "https://second.canaryhost.example"},
        "entities/one.yaml": {"name": "Entity One", "country": "DE", "owner": "x", "stage": "onboarded", "offers": offers},
        "entities/two.yaml": {"name": "Entity Two", "country": "FR", "owner": "x", "stage": "onboarded", "offers": [
            {"contract": "deals@1.1", "system": "second", "pins": {"query": {"company": "CANARYPIN-4712"}}}]},
        "entities/three.yaml": {"name": "CANARYCANDIDATE", "country": "FR", "owner": "x", "stage": "candidate", "offers": [
            {"contract": "open@1.1", "system": "second", "pins": {"query": {"company": "CANARYPIN-4713"}}}]},
        "consumers/guest.yaml": consumer("Guest shop", "partner", entries["guest"], pinned=["deals@1.0"]),
        "consumers/insider.yaml": consumer("Inside shop", "internal", entries["insider"], entities=["one", "two"]),
        "consumers/other.yaml": consumer("CANARYCREDENTIAL", "internal", entries["other"], apis=["open"]),
        "policies/plans.yaml": {"plans": {"plain": {
            "rates": [{"name": "per-minute", "requests": 50, "window_seconds": 60}], "concurrency": 5,
            "costs": {"deals:listCANARYPARTNER": 3, "inner:listCANARYINTERNAL": 2},
        }}},
        ".tidewaiter/node.yaml": {"secrets": {"KEY_PEPPER": {"value": PEPPER}, "LINK_KEY": {"value": "CANARYSECRET"}}},
    })  # fmt: skip
    return keys


def consumer(name, audience, key, **more):
    return {"name": name, "owner": "x@example.com", "plan": "plain", "entities": ["one"], "credentials": [key],
            "audience": audience, **more}  # fmt: skip


class Portal(GatewayThread):
    """A gateway with that workspace, and a browser of the plainest kind."""

    def __init__(self, folder, settings=None, *, clients=False, **visibilities):
        """`clients`: they are written first, and handed over."""
        self.keys = write_portal_workspace(folder, **visibilities)
        self.clients = clients
        super().__init__(folder, {"address_limit": {"requests": 100_000, "failures": 20}, **(settings or {})})

    def prepare(self):
        if self.clients:
            prepare(self.folder, None, lambda _: None, changelogs=False)

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def get(self, path, cookie="", **headers):
        return self.call("GET", path, {**({"Cookie": cookie} if cookie else {}), **headers})

    def post(self, path, fields, cookie="", **headers):
        body = urllib.parse.urlencode(fields).encode()
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        sent |= {"Cookie": cookie} if cookie else {}
        return self.call("POST", path, {k: v for k, v in {**sent, **headers}.items() if v is not None}, body)

    def sign_in(self, consumer):
        """The cookie of a consumer."""
        reply = self.post("/-/sign-in", {"credential": self.keys[consumer]})
        assert reply.status == 303, reply.body.decode()
        assert reply.header("location") == "/-/account"
        return reply.header("set-cookie").partition(";")[0]

    def crawl(self, cookie="", start=("/", "/-/")):
        """Every page that links and forms lead to: path -> Reply."""
        found, waiting = {}, list(start)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        while waiting:
            path = waiting.pop()
            if path in found:
                continue
            connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            answer = connection.getresponse()
            body = answer.read()
            found[path] = seen = Seen(answer.status, answer.getheaders(), body)
            if seen.header("content-type").startswith("text/html"):
                waiting += [link for link in links(body.decode()) if link.startswith("/")]
        connection.close()
        return found


class Seen:
    """One page, with everything that came with it as text."""

    def __init__(self, status, headers, body):
        self.status, self.headers = status, headers
        self.body = gzip.decompress(body) if dict(headers).get("content-encoding") == "gzip" else body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def is_archive(self):
        return self.header("content-type") == "application/zip"

    @property
    def members(self):
        """Of an archive: what is in it, by path."""
        with zipfile.ZipFile(io.BytesIO(self.body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @property
    def text(self):
        if not self.is_archive:
            return json.dumps(self.headers) + html.unescape(self.body.decode())
        return json.dumps(self.headers) + "".join(f"{name}\n{body.decode()}\n" for name, body in self.members.items())


def links(text):
    """Where links, forms and styles lead, without fragments."""
    return [html.unescape(one).partition("#")[0] for one in re.findall(r'(?:href|action)="([^"]*)"', text)]


def hits(pages, canary):
    """Where a canary stands, in any case."""
    return [path for path, seen in pages.items() if canary.lower() in seen.text.lower()]
