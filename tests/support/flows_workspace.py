"""A workspace in which every refusal can be brought about."""

import time
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from gateway_thread import write

from gateway.ending import Ending, Stopped
from policies.keys import new_key

PEPPER = "a pepper of the tests"
SIGNER = ec.generate_private_key(ec.SECP256R1())
STRANGER = ec.generate_private_key(ec.SECP256R1())

TEXT = {"type": "string", "maxLength": 40}
ORDER = {
    "type": "object", "required": ["id", "total"],
    "properties": {"id": TEXT, "total": {"type": "string", "pattern": r"^\d+\.\d{2}$"}},
}  # fmt: skip
NEW = {
    "type": "object", "required": ["customer"], "additionalProperties": False,
    "properties": {"customer": TEXT, "quantity": {"type": "integer", "minimum": 1}},
}  # fmt: skip
ID = {"name": "id", "in": "path", "required": True, "schema": TEXT}
DRY = {"name": "dryRun", "in": "query", "schema": {"type": "boolean"}}
NOTE = {"name": "X-Note", "in": "header", "schema": TEXT}
READ, WRITE = [{"token": ["orders.read"]}], [{"token": ["orders.write"]}]


def body(schema, *types):
    return {"content": {name: {"schema": schema} for name in types or ("application/json",)}}


def answers(status="200", schema=ORDER):
    return {status: {"description": "as asked", **(body(schema) if schema else {})}}


def contract(version):
    """The orders api; `token` stands for OAuth2, `key` for an API key."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": version},
        "paths": {
            "/orders": {
                "get": {"operationId": "listOrders", "security": READ, "responses": answers(), "parameters": [DRY, NOTE]},
                "post": {"operationId": "createOrder", "security": WRITE, "requestBody": {"required": True, **body(NEW)},
                         "responses": answers("201")},
            },
            "/orders/{id}": {
                "get": {"operationId": "getOrder", "security": [*READ, {"key": []}], "parameters": [ID],
                        "responses": answers()},
                "put": {"operationId": "putOrder", "security": WRITE, "parameters": [ID],
                        "requestBody": {"required": True, **body(NEW)}, "responses": answers()},
            },
            "/documents/{id}": {
                "put": {"operationId": "putDocument", "security": WRITE, "parameters": [ID],
                        "requestBody": body({"type": "object", "properties": {"a": TEXT}}, "application/xml"),
                        "responses": answers()},
                "get": {"operationId": "getDocument", "security": READ, "parameters": [ID],
                        "responses": {"200": {"description": "x", **body({"type": "object"}, "application/xml")}}},
            },
            "/health": {"get": {"operationId": "health", "security": [], "responses": answers()}},
            "/forgotten": {"get": {"operationId": "forgotten", "responses": answers()}},
        },
        "components": {"securitySchemes": {
            "token": {"type": "oauth2", "flows": {"clientCredentials": {
                "tokenUrl": "https://t.example/", "scopes": {"orders.read": "r", "orders.write": "w"}}}},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }},
    }  # fmt: skip


def system(url, **more):
    return {"owner": "it", "url": url, "timeouts": {"first_byte_seconds": 0.5, "total_seconds": 1}, **more}


def consumer(plan="wide", *credentials, **more):
    return {"name": "x", "owner": "x@example.com", "plan": plan, "entities": ["one"], "credentials": [*credentials],
            "audience": "partner", **more}  # fmt: skip


def claims(name, issuer="main"):
    return {"type": "jwt", "issuer": issuer, "claim": name}


def entity(name, *offers, stage="onboarded"):
    return {"name": name, "country": "DE", "owner": "x", "stage": stage,
            "offers": [{"contract": c, "system": s} for c, s in offers]}  # fmt: skip


def write_workspace(folder, upstream, dead):
    """All but `tidewaiter.yaml`; returns a live key and one that has expired. `dead` is a port nobody listens on."""
    issuer = f"http://127.0.0.1:{upstream}"
    key, live = new_key("tw", PEPPER, time.time(), 1)
    old, gone = new_key("tw", PEPPER, time.time() - 864_000, 1)
    orders = [("orders@1.0", "erp"), ("orders@1.1", "erp")]
    entities = ["one", "two", "shut", "dead", "strange", "narrow", "full", "linked", "mended", "flaky", "central"]
    write(folder, {
        "contracts/orders/api.yaml": {
            "title": "Orders", "owner": "sales", "visibility": "partner",
            "versions": {
                "1.0": {"stage": "deprecated", "deprecated": "2026-01-01", "sunset": "2027-01-01", "successor": "1.1"},
                "1.1": {"stage": "active"},
                "1.2": {"stage": "retired"},
            },
        },
        **{f"contracts/orders/{v}.yaml": contract(v) for v in ("1.0", "1.1", "1.2")},
        "contracts/hidden/api.yaml": {"title": "H", "owner": "x", "versions": {"1.0": {"stage": "active"}}},
        "contracts/hidden/1.0.yaml": contract("1.0"),
        "systems/erp.yaml": system(f"http://127.0.0.1:{upstream}"),
        "systems/dead.yaml": system(f"http://127.0.0.1:{dead}"),
        "systems/full.yaml": {
            **system(f"http://127.0.0.1:{upstream}"),
            "timeouts": {"first_byte_seconds": 3, "total_seconds": 5},
            "capacity": [{"name": "at-work", "unit": "concurrent", "amount": 1, "queue": {"waiting": 0}}],
        },
        "systems/narrow.yaml": {
            **system(f"http://127.0.0.1:{upstream}", max_connections=1),
            "timeouts": {"connect_seconds": 0.2, "first_byte_seconds": 3, "total_seconds": 5},
        },
        "systems/linked.yaml": system(
            f"http://127.0.0.1:{upstream}", protocol="odata-v4", query={"sap-client": "100"}
        ),
        "systems/mended.yaml": system(f"http://127.0.0.1:{upstream}", maintenance=[
            {"from": "2026-01-01T00:00:00Z", "until": "2126-01-01T00:00:00Z", "note": "a long one"},
        ]),
        "systems/flaky.yaml": system(f"http://127.0.0.1:{upstream}", breaker={"least_calls": 1}),
        "systems/central.yaml": system(f"http://127.0.0.1:{upstream}", product="business-central"),
        "systems/strange.yaml": system(f"http://127.0.0.1:{upstream}", credential={
            "type": "oauth2", "token_url": f"http://127.0.0.1:{upstream}/token",
            "client_id": "secret:CLIENT", "client_secret": "secret:CLIENT",
        }),
        "entities/one.yaml": entity("One", *orders, ("hidden@1.0", "erp")),
        "entities/two.yaml": entity("Two", *orders),
        "entities/shut.yaml": entity("Shut", *orders, stage="suspended"),
        "entities/dead.yaml": entity("Dead", ("orders@1.1", "dead")),
        "entities/strange.yaml": entity("Strange", ("orders@1.1", "strange")),
        "entities/full.yaml": entity("Full", ("orders@1.1", "full")),
        "entities/narrow.yaml": entity("Narrow", ("orders@1.1", "narrow")),
        "entities/mended.yaml": entity("Mended", ("orders@1.1", "mended")),
        "entities/flaky.yaml": entity("Flaky", ("orders@1.1", "flaky")),
        "entities/central.yaml": entity("Central", ("orders@1.1", "central")),
        "entities/linked.yaml": entity("Linked", ("orders@1.1", "linked")),
        "consumers/shop.yaml": consumer("wide", claims("shop"), claims("shop", "away"), entities=entities,
                                        default_entity="one"),
        "consumers/chain.yaml": consumer("wide", claims("chain"), entities=["one", "two"]),
        "consumers/limited.yaml": consumer("few", claims("limited")),
        "consumers/loose.yaml": consumer("wide", claims("loose"), entities=entities, default_entity="one"),
        "consumers/daily.yaml": consumer("daily", claims("daily")),
        "consumers/solo.yaml": consumer("solo", claims("solo")),
        "consumers/narrowed.yaml": consumer("wide", claims("narrowed"), apis=["hidden"]),
        "consumers/sleeping.yaml": consumer("wide", claims("sleeping"), suspended_since="2026-01-01T00:00:00Z"),
        "consumers/portal.yaml": consumer(
            "wide", live.model_dump(mode="json"), gone.model_dump(mode="json"), audience="partner"
        ),
        "policies/plans.yaml": {"plans": {
            "wide": {"rates": [{"name": "burst", "requests": 100_000, "window_seconds": 60}]},
            "few": {"rates": [{"name": "burst", "requests": 1, "window_seconds": 60}]},
            "daily": {"quotas": [{"name": "day", "requests": 1, "window": "day"}]},
            "solo": {"concurrency": 1},
        }},
        "policies/modes.yaml": {"modes": [
            {"mode": "off", "consumer": "loose", "reason": "shows what stands behind the contract"},
        ]},
        "policies/issuers.yaml": {"issuers": {
            "main": {"issuer": issuer, "audience": "flows", "jwks_url": f"{issuer}/jwks.json", "consumer_claim": "sub"},
            "away": {"issuer": "https://away.example", "audience": "flows", "consumer_claim": "sub",
                     "jwks_url": f"http://127.0.0.1:{dead}/jwks.json"},
        }},
        ".tidewaiter/node.yaml": {"secrets": {"KEY_PEPPER": {"value": PEPPER}, "CLIENT": {"value": "SECRETCLIENT"},
                                              "STORE_URL": {"value": f"redis://127.0.0.1:{dead}/0"}}},
    })  # fmt: skip
    return key, old


def key_set():
    described = jwt.algorithms.ECAlgorithm.to_jwk(SIGNER.public_key(), as_dict=True)
    return {"keys": [{**described, "kid": "k1", "use": "sig", "alg": "ES256"}]}


def token(upstream, consumer="shop", scope="orders.read orders.write", signer=SIGNER, **changes):
    now = datetime.now(UTC)
    content = {
        "iss": f"http://127.0.0.1:{upstream}", "aud": "flows", "sub": consumer, "client_id": consumer, "scope": scope,
        "iat": now, "exp": now + timedelta(minutes=5), **changes,
    }  # fmt: skip
    return jwt.encode(content, signer, algorithm="ES256", headers={"kid": "k1", "typ": "at+jwt"})


ENDED = Ending(
    by="decision", name="trial", digest="sha256:" + "0" * 64, at=datetime(2020, 1, 1, tzinfo=UTC), on_expiry="stop",
    kind="contract", of="orders@1.1", operations=(Stopped(contract="orders@1.1", operations=("GET /orders",)),),
)  # fmt: skip
"""What a release says of an operation that stopped long ago."""
