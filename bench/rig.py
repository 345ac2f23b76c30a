"""The rig of the throughput bench: a workspace, tokens, an upstream, nginx as a plain proxy. All on loopback."""

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

LINES = [
    {
        "id": f"0c1f2a{i:02d}-8d8e-4a37-9f6e-0a1b2c3d4e5f", "sequence": i, "itemNumber": f"1896-S-{i}",
        "description": f"ATHENS Desk, variant {i}, walnut", "quantity": 3 * i, "unitPrice": 1000.25,
        "amount": 3000.75 * i, "shipmentDate": "2026-11-30",
    }
    for i in range(1, 6)
]  # fmt: skip
ORDER = {
    "@odata.context": "http://127.0.0.1:{upstream}/erp/$metadata#salesOrders/$entity",
    "@odata.etag": 'W/"JzQ0O0VnQUFBQUo3QlRFQUF3QXlBREk9Jw=="',
    "id": "5d115c9c-44e3-ea11-bb43-000d3a2feca1", "number": "S-ORD101001", "orderDate": "2026-11-23",
    "customerNumber": "10000", "customerName": "Adatum Corporation", "currencyCode": "USD",
    "pricesIncludeTax": False, "totalAmountIncludingTax": 45011.25, "status": "Open",
    "lines@odata.navigationLink": "http://127.0.0.1:{upstream}/erp/salesOrders(5d115c9c-44e3-ea11-bb43-000d3a2feca1)/lines",
    "lines": LINES,
}  # fmt: skip
NEW_ORDER = {
    "customerNumber": "10000", "orderDate": "2026-11-23", "currencyCode": "USD",
    "lines": [{k: v for k, v in line.items() if k not in ("id", "amount")} for line in LINES],
}  # fmt: skip


def field(kind: str, **more: object) -> dict[str, object]:
    """A property of the contract."""
    return {"type": kind, **more}


LINE = {
    "type": "object", "required": ["itemNumber", "quantity"],
    "properties": {
        "id": field("string", format="uuid"), "sequence": field("integer", minimum=1),
        "itemNumber": field("string", maxLength=20), "description": field("string", maxLength=100),
        "quantity": field("number", minimum=0), "unitPrice": field("number"), "amount": field("number"),
        "shipmentDate": field("string", format="date"),
    },
}  # fmt: skip
PROPERTIES = {
    "@odata.context": field("string"), "@odata.etag": field("string"), "lines@odata.navigationLink": field("string"),
    "id": field("string", format="uuid"), "number": field("string", maxLength=20),
    "orderDate": field("string", format="date"), "customerNumber": field("string", maxLength=20),
    "customerName": field("string", maxLength=100), "currencyCode": field("string", pattern="^[A-Z]{3}$"),
    "pricesIncludeTax": field("boolean"), "totalAmountIncludingTax": field("number"),
    "status": field("string", enum=["Draft", "In Review", "Open"]), "lines": field("array", items=LINE, maxItems=200),
}  # fmt: skip
ANSWER = {"type": "object", "required": ["id", "number", "lines"], "properties": PROPERTIES}
BODY = {
    "type": "object", "required": ["customerNumber", "lines"], "additionalProperties": False,
    "properties": {k: PROPERTIES[k] for k in ("customerNumber", "orderDate", "currencyCode", "lines")},
}  # fmt: skip


def content(schema: object) -> dict[str, object]:
    """A JSON body."""
    return {"content": {"application/json": {"schema": schema}}}


def contract() -> dict[str, object]:
    """Two operations, with a token's scope each."""
    key = {"name": "id", "in": "path", "required": True, "schema": field("string", format="uuid")}
    expand = {"name": "$expand", "in": "query", "schema": field("string", enum=["lines"])}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "1.0"},
        "security": [{"token": ["orders.read"]}],
        "paths": {
            "/salesOrders({id})": {
                "get": {
                    "operationId": "getOrder", "parameters": [key, expand],
                    "responses": {"200": {"description": "The order", **content(ANSWER)}},
                }
            },
            "/salesOrders": {
                "post": {
                    "operationId": "createOrder", "requestBody": {"required": True, **content(BODY)},
                    "responses": {"201": {"description": "Created", **content(ANSWER)},
                                  "200": {"description": "Created", **content(ANSWER)}},
                }
            },
        },
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "https://t.example/", "scopes": {"orders.read": "x"}}},
                }
            }
        },
    }  # fmt: skip


def write_workspace(folder: Path, gateway: int, health: int, upstream: int) -> None:
    """JSON is YAML, so no writer is needed."""
    issuer = f"http://127.0.0.1:{upstream}"
    plan = {"rates": [{"name": "burst", "requests": 5_000_000, "window_seconds": 60}], "concurrency": 10_000,
            "quotas": [{"name": "daily", "requests": 10**12, "window": "day"}]}  # fmt: skip
    files: dict[str, object] = {
        "tidewaiter.yaml": {
            "name": "bench", "public_url": f"http://127.0.0.1:{gateway}", "public": {"port": gateway},
            "health": {"port": health},
            "address_limit": {"requests": 5_000_000, "window_seconds": 60, "failures": 1000},
        },
        "contracts/orders/api.yaml": {"title": "Orders", "owner": "sales", "versions": {"1.0": {"stage": "active"}}},
        "contracts/orders/1.0.yaml": contract(),
        "systems/erp.yaml": {
            "owner": "it", "url": f"{issuer}/erp", "protocol": "odata-v4", "product": "business-central",
            "max_connections": 128,
            # Budgets that are kept and never used up: the bench measures what keeping them costs.
            "capacity": [
                {"name": "requests", "unit": "requests", "amount": 10**9, "at_once": 5 * 10**8, "window_seconds": 300},
                {"name": "at-work", "unit": "concurrent", "amount": 10_000},
            ],
        },
        "entities/one.yaml": {
            "name": "One", "country": "US", "owner": "sales", "stage": "onboarded",
            "offers": [{"contract": "orders@1.0", "system": "erp"}],
        },
        "consumers/shop.yaml": {
            "name": "Shop", "owner": "shop@example.com", "plan": "big", "entities": ["one"],
            "credentials": [{"type": "jwt", "issuer": "bench", "claim": "shop"}],
        },
        "policies/plans.yaml": {"plans": {"big": plan}},
        "policies/issuers.yaml": {
            "issuers": {"bench": {"issuer": issuer, "audience": "bench", "jwks_url": f"{issuer}/jwks.json"}}
        },
        "policies/modes.yaml": {"modes": [{"mode": "enforce", "reason": "the bench judges everything"}]},
    }  # fmt: skip
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, indent=1), encoding="utf-8")


def _sign(pem: bytes, issuer: str, start: int, count: int) -> list[str]:
    key = serialization.load_pem_private_key(pem, None)
    now = int(time.time())
    return [
        jwt.encode(
            {"iss": issuer, "aud": "bench", "sub": "shop", "azp": "shop", "client_id": "shop", "scope": "orders.read",
             "iat": now, "exp": now + 7200, "jti": f"{start + i}-{secrets.token_hex(4)}"},
            key, algorithm="RS256", headers={"kid": "bench-1", "typ": "at+jwt"},
        )
        for i in range(count)
    ]  # fmt: skip


def make_tokens(issuer: str, count: int) -> tuple[list[str], dict[str, object]]:
    """So many different tokens of one key, and the key set."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    share = count // 2 + 1
    with ProcessPoolExecutor(2) as pool:
        parts = list(pool.map(_sign, [pem] * 2, [issuer] * 2, [0, share], [share] * 2))
    numbers = key.public_key().public_numbers()

    def big(number: int) -> str:
        raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    jwk = {"kty": "RSA", "kid": "bench-1", "use": "sig", "alg": "RS256", "n": big(numbers.n), "e": big(numbers.e)}
    return [token for part in parts for token in part][:count], {"keys": [jwk]}


UPSTREAM_CONF = """
worker_processes 1; daemon off; pid {folder}/upstream.pid; error_log {folder}/upstream.log crit;
events {{ worker_connections 2048; }}
http {{ geo $dollar {{ default "$"; }}
  access_log off; keepalive_requests 1000000; keepalive_timeout 600s;
  client_body_temp_path {folder}/u1; proxy_temp_path {folder}/u2; fastcgi_temp_path {folder}/u3;
  uwsgi_temp_path {folder}/u4; scgi_temp_path {folder}/u5;
  server {{ listen 127.0.0.1:{upstream} backlog=4096;
    location = /jwks.json {{ default_type application/json; root {folder}; }}
    location /erp/ {{ default_type application/json; return 200 '{order}'; }}
    {larger}
  }} }}
"""
LARGER_CONF = """
    location /erp-{lines}/ {{ root {folder}; default_type application/json; try_files /order-{lines}.json =404;
      error_page 405 =200 /order-{lines}.json; }}
    location = /order-{lines}.json {{ root {folder}; default_type application/json; }}
"""
"""A file, since a literal of nginx is short; nginx answers a POST of it as the GET that it makes of the error."""
PROXY_CONF = """
worker_processes 1; daemon off; pid {folder}/proxy.pid; error_log {folder}/proxy.log crit;
events {{ worker_connections 2048; }}
http {{ access_log off; keepalive_requests 1000000; keepalive_timeout 600s;
  client_body_temp_path {folder}/p1; proxy_temp_path {folder}/p2; fastcgi_temp_path {folder}/p3;
  uwsgi_temp_path {folder}/p4; scgi_temp_path {folder}/p5;
  upstream erp {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000; }}
  server {{ listen 127.0.0.1:{proxy} backlog=4096;
    location /orders/v1/ {{ proxy_pass http://erp/erp/; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }} }}
"""


def larger(lines: int, *, new: bool = False) -> dict[str, object]:
    """An order of so many lines; `new`: as it is sent."""
    made = [{**LINES[i % len(LINES)], "sequence": i + 1, "itemNumber": f"1896-S-{i}"} for i in range(lines)]
    if new:
        return {**NEW_ORDER, "lines": [{k: v for k, v in line.items() if k not in ("id", "amount")} for line in made]}
    return {**ORDER, "lines": made}


def write_nginx(
    folder: Path, upstream: int, proxy: int, key_set: dict[str, object], sizes: tuple[int, ...] = ()
) -> None:
    """The upstream that answers with one order, and the plain proxy before it; below `/erp-N/` it has N lines."""
    for lines in sizes:
        text = json.dumps(larger(lines), separators=(",", ":")).replace("{upstream}/erp/", f"{upstream}/erp-{lines}/")
        (folder / f"order-{lines}.json").write_text(text, encoding="utf-8")
    more = "".join(LARGER_CONF.format(folder=folder, lines=lines) for lines in sizes)
    (folder / "jwks.json").write_text(json.dumps(key_set), encoding="utf-8")
    order = json.dumps(ORDER, separators=(",", ":")).replace("{upstream}", str(upstream))
    # In nginx a dollar sign starts a variable and a backslash escapes.
    literal = order.replace("\\", "\\\\").replace("$", "${dollar}")
    text = UPSTREAM_CONF.format(folder=folder, upstream=upstream, order="@order@", larger=more).replace(
        "@order@", literal
    )
    (folder / "upstream.conf").write_text(text, encoding="utf-8")
    (folder / "proxy.conf").write_text(
        PROXY_CONF.format(folder=folder, upstream=upstream, proxy=proxy), encoding="utf-8"
    )


@contextmanager
def pinned(
    core: int, *command: str, log: Path, env: dict[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process on one core, ended afterwards."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [shutil.which("taskset") or "taskset", "-c", str(core), *command], stdout=out, stderr=out,
            env={**os.environ, **(env or {})}, cwd=cwd,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def gateway_command(workspace: Path, log: Path) -> list[str]:
    """The gateway with access log and metrics on."""
    command = [sys.executable, "-m", "governance.cli.main", "serve", str(workspace)]
    return [*command, "--access-log", str(log), "--no-clients"]
