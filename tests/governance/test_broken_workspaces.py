"""Each row breaks a good workspace in one place: what `check` says, where, and with which exit code."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from governance.check import check


@dataclass
class Row:
    """`at` is text on the line of `file` where the fault is shown; empty where the fault has no line."""

    name: str
    breaks: Callable[[Any], Any]
    file: str
    at: str
    code: str
    message: str
    remedy: str = ""
    exit_code: int = 2
    nth: int = 1
    others: set[str] = field(default_factory=set)
    """Codes of faults that follow from the same break."""


SETTINGS, ORDERS, NORTH, SOUTH, WEST = (
    "tidewaiter.yaml",
    "contracts/orders/api.yaml",
    "entities/north.yaml",
    "entities/south.yaml",
    "entities/west.yaml",
)
ERP, SAP, SHOP, CARRIER = (
    "systems/erp-north.yaml",
    "systems/erp-south.yaml",
    "consumers/shop.yaml",
    "consumers/carrier.yaml",
)
PLANS, ISSUERS, MODES, TEST = (
    "policies/plans.yaml",
    "policies/issuers.yaml",
    "policies/modes.yaml",
    "environments/test.yaml",
)
DOC = "contracts/orders/2.0.yaml"
OVERLAY = "contracts/stock/2.0/overlay.yaml"
CLEAR = "hunter2-do-not-print"


def change(file, old, new):
    return lambda workspace: workspace.replace(file, old, new)


def unknown(entry):
    return lambda workspace: workspace.replace(MODES, "modes:", f"unknown:\n  - {{reason: a test, {entry}}}\nmodes:")


ROWS = [
    # keys and values
    Row("unknown key", change(SHOP, "plan:", "plann:"), SHOP, "plann:", "unknown-key", "`plann` is not a key here", "write `plan`", others={"missing-key"}),
    Row("unknown key in depth", change(ERP, "client_secret:", "clientsecret:"), ERP, "clientsecret:", "unknown-key", "`clientsecret` (in `credential`)", "write `client_secret`", others={"missing-key"}),
    Row("unknown key in a list", change(NORTH, "    path: /api/v2.0", "    pth: /api"), NORTH, "pth:", "unknown-key", "`pth` (in `offers[1]`)", "write `path`"),
    Row("unknown key of a credential", change(SHOP, "issuer: staff", "isuer: staff"), SHOP, "isuer:", "unknown-key", "`isuer` (in `credentials[0]`)", "write `issuer`", others={"missing-key"}),
    Row("unknown key far from any", change(NORTH, "country: US", "country: US\nzzz: 1"), NORTH, "zzz", "unknown-key", "`zzz` is not a key here", "one of `country`, `fuzzing`, `name`"),
    Row("missing key", change(NORTH, "owner: north@harbour.example\n", ""), NORTH, "name:", "missing-key", "`owner` is missing", "add `owner: ...`"),
    Row("missing key in a list", change(SOUTH, "    system: erp-south\n    path", "    path"), SOUTH, "- contract: orders@2.0", "missing-key", "`system` of `offers[0]` is missing"),
    Row("a number for a text", change(SAP, '"100"', "100"), SAP, "sap-client", "wrong-value", "`query.sap-client` is a number", "in quotes"),
    Row("a text for a number", change(SETTINGS, "port: 9090", "port: many"), SETTINGS, "health", "wrong-value", "`health.port`", "a whole number"),
    Row("a port too high", change(SETTINGS, "port: 9090", "port: 99999"), SETTINGS, "health", "wrong-value", "`health.port` is 99999", "a number up to 65535"),
    Row("a text for a list", change(SHOP, "entities: [north, south]", "entities: north"), SHOP, "entities", "wrong-value", "`entities` is a text that does not fit", "a list"),
    Row("a list for a mapping", change(SETTINGS, "public: {host: 127.0.0.1, port: 8080}", "public: [8080]"), SETTINGS, "public: [", "wrong-value", "`public` is a list", "a mapping"),
    Row("no value", change(ERP, "  ca: systems/north-ca.pem", ""), ERP, "tls:", "empty-value", "`tls` has no value", "take the line out"),
    Row("a word off the list", change(ORDERS, "stage: active", "stage: activ"), ORDERS, "activ", "wrong-value", "`versions.2.0.stage` is `activ`", "write `active`"),
    Row("a product off the list", change(SAP, "sap-s4hana", "sap-s4-hana"), SAP, "product", "wrong-value", "is `sap-s4-hana`", "write `sap-s4hana`"),
    Row("an unknown kind of credential", change(SHOP, "type: jwt", "type: jtw"), SHOP, "- type", "wrong-value", "has a `type` that is not known", "'jwt', 'api_key'"),
    Row("a credential without its kind", change(SAP, "  type: basic\n", ""), SAP, "credential", "wrong-value", "`credential` has no `type`", "`type: ...`"),
    Row("an empty list", change(SHOP, "entities: [north, south]", "entities: []"), SHOP, "entities", "too-few", "`entities` is empty"),
    Row("a country in words", change(NORTH, "country: US", "country: Usa"), NORTH, "country", "wrong-value", "`country`", "two capital letters"),
    Row("no address", change(ERP, "url: https://erp-north.example", "url: erp-north"), ERP, "url: erp", "wrong-value", "`url`", "an address such as"),
    Row("another scheme", change(ERP, "url: https://erp-north.example", "url: ftp://erp-north.example"), ERP, "url: ftp", "wrong-value", "`url`", "https://"),
    Row("a network that is none", change(SETTINGS, "10.0.0.0/8", "10.0.0.0.0/8"), SETTINGS, "trusted", "wrong-value", "`trusted_proxies[0]`", "10.0.0.0/8"),
    Row("a date that is none", change(ORDERS, "2026-01-31", "31.01.2026"), ORDERS, "deprecated: 31", "wrong-value", "`versions.1.1.deprecated`", "YYYY-MM-DD"),
    Row("a time without its zone", change(CARRIER, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00"), CARRIER, "expires", "wrong-value", "`credentials[0].expires`", "with its zone"),
    Row("a version name", change(ORDERS, "  1.0:\n", "  latest:\n"), ORDERS, "latest", "wrong-name", "`versions.latest`", "an exact version"),
    Row("an inexact offer", change(NORTH, "orders@2.0", "orders@2"), NORTH, "orders@2", "wrong-value", "`offers[1].contract`", "api@version"),
    # files
    Row("an empty file", lambda w: w.write(PLANS, ""), PLANS, "", "empty-file", "the file is empty", "`plans`"),
    Row("a file of comments", lambda w: w.write(NORTH, "# nothing\n"), NORTH, "", "empty-file", "the file is empty", "`name`, `country`, `owner`"),
    Row("not UTF-8", lambda w: w.write(SHOP, b"name: Caf\xe9\n"), SHOP, "", "not-utf-8", "byte 10 is not UTF-8", "save the file as UTF-8"),
    Row("not YAML", change(SHOP, "entities: [north, south]", "entities: [north, south"), SHOP, "default_entity", "yaml-syntax", "not YAML"),
    Row("a key twice", change(SHOP, "plan: standard", "plan: standard\nplan: small"), SHOP, "plan: small", "duplicate-key", "`plan` stands twice"),
    Row("a YAML tag", change(SHOP, "name: Web shop", "name: !!python/object:os.system x"), SHOP, "name:", "tag", "tag"),
    Row("a list for a file", lambda w: w.write(PLANS, "- standard\n"), PLANS, "- standard", "wrong-value", "the file is a list", "a mapping"),
    Row("settings missing", lambda w: w.remove(SETTINGS), SETTINGS, "", "missing-file", "not a workspace", "tidewaiter init"),
    Row("a misspelt policy file", lambda w: w.rename(PLANS, "policies/plan.yaml"), "policies/plan.yaml", "", "unknown-file", "would not be applied", "call it plans.yaml", others={"dangling-reference"}),
    Row("another ending", lambda w: w.rename(NORTH, "entities/north.yml"), "entities/north.yml", "", "unknown-file", "only files that end in .yaml", "call it north.yaml", others={"dangling-reference"}),
    Row("a misspelt folder", lambda w: w.rename("systems", "system"), "system", "", "unknown-file", "this folder is not read", "call it systems/", others={"dangling-reference", "missing-file"}),
    Row("a stray folder beside the right one", lambda w: w.write("systms/erp-west.yaml", "url: x\n"), "systms", "", "unknown-file", "this folder is not read, systems/ is", "move its files to systems/", exit_code=1),
    Row("no plans at all", lambda w: w.remove(PLANS), SHOP, "plan: standard", "dangling-reference", "there is no plan `standard`", "write it in policies/plans.yaml, which is missing"),
    Row("no issuers at all", lambda w: w.remove(ISSUERS), SHOP, "issuer:", "dangling-reference", "there is no issuer", "write it in policies/issuers.yaml, which is missing"),
    Row("a type of another language", change(DOC, "components:", "  /typed:\n    get:\n      operationId: typed\n      security: []\n      parameters:\n        - {name: n, in: query, schema: {type: int}}\n      responses:\n        '200':\n          description: One.\ncomponents:"), DOC, "type: int", "not-served", "`type` names `int`, which JSON Schema does not have: write `integer`", exit_code=1),
    Row("a pattern that is none", change(DOC, "components:", "  /typed:\n    get:\n      operationId: typed\n      security: []\n      parameters:\n        - {name: n, in: query, schema: {type: string, pattern: '^[a-z+$'}}\n      responses:\n        '200':\n          description: One.\ncomponents:"), DOC, "pattern:", "not-served", "the pattern `^[a-z+$` cannot be checked: it is no regular expression (unterminated character set, at its character 2)", exit_code=1),
    Row("settings misspelt", lambda w: w.rename(SETTINGS, "tidewater.yaml"), "tidewater.yaml", "", "unknown-file", "this file is not read", "call it tidewaiter.yaml", others={"missing-file"}),
    Row("a bad name", lambda w: w.write("entities/South_West.yaml", "name: x\n"), "entities/South_West.yaml", "", "unknown-file", "small letters, digits and hyphens", "south-west.yaml"),
    Row("an api without its file", lambda w: w.rename(ORDERS, "contracts/orders/api.yml"), ORDERS, "", "missing-file", "has no api.yaml", "call api.yml api.yaml"),
    Row("the reserved name", lambda w: w.rename("contracts/stock", "contracts/-"), "contracts/-", "", "unknown-file", "is reserved", others={"dangling-reference"}),
    Row("a loose contract", lambda w: w.write("contracts/loose.yaml", "openapi: 3.1.0\n"), "contracts/loose.yaml", "", "unknown-file", "outside the folder of an api", "contracts/<api>/loose.yaml"),
    Row("a contract that no version names", lambda w: w.write("contracts/orders/3.0.yaml", "openapi: 3.1.0\n"), "contracts/orders/3.0.yaml", "", "unknown-file", "it is not served", exit_code=1),
    Row("a stray file", lambda w: w.write("systems/notes.csv", "a,b\n"), "systems/notes.csv", "", "unknown-file", "not read", exit_code=1),
    # references
    Row("no such api", change(NORTH, "orders@2.0", "ordrs@2.0"), NORTH, "ordrs", "dangling-reference", "no api `ordrs`", "write `orders`"),
    Row("no such version", change(NORTH, "orders@2.0", "orders@2.1"), NORTH, "orders@2.1", "dangling-reference", "no version 2.1", "write `orders@2.0`"),
    Row("no such system", change(SOUTH, "system: erp-south", "system: erp-suoth"), SOUTH, "erp-suoth", "dangling-reference", "no system `erp-suoth`", "write `erp-south`"),
    Row("no such plan", change(SHOP, "plan: standard", "plan: standrad"), SHOP, "plan", "dangling-reference", "no plan `standrad`", "write `standard`"),
    Row("no such entity", change(SHOP, "[north, south]", "[north, souht]"), SHOP, "souht", "dangling-reference", "no entity `souht`", "write `south`"),
    Row("a default outside", change(SHOP, "default_entity: north", "default_entity: west"), SHOP, "default_entity", "dangling-reference", "not among the consumer's entities", "one of `north`, `south`"),
    Row("no such issuer", change(SHOP, "issuer: staff", "issuer: stuff"), SHOP, "issuer", "dangling-reference", "no issuer `stuff`", "write `staff`"),
    Row("no such api of a consumer", change(CARRIER, "apis: [orders]", "apis: [oders]"), CARRIER, "apis", "dangling-reference", "no api `oders`", "write `orders`"),
    Row("no such successor", change(ORDERS, 'successor: "2.0"', 'successor: "3.0"'), ORDERS, "successor", "dangling-reference", "no version of orders `3.0`", "2.0"),
    Row("an older successor", change(ORDERS, 'successor: "2.0"', 'successor: "1.0"'), ORDERS, "successor", "wrong-value", "not newer than 1.1"),
    Row("a mode for no api", change(MODES, "api: orders", "api: order"), MODES, "api: order", "dangling-reference", "no api `order`", "write `orders`"),
    Row("a mode for no version", change(MODES, 'version: "2"', 'version: "3"'), MODES, "version", "dangling-reference", "no version of orders `3`"),
    Row("a mode for no operation", change(MODES, "getOrder", "getOrders"), MODES, "operation", "dangling-reference", "no operation of orders `getOrders`", "write `getOrder`"),
    Row("a mode for no rule", change(MODES, "consumer: carrier", "consumer: carrier\n    rule: maxlength"), MODES, "rule:", "dangling-reference", "no rule `maxlength`", "write `maxLength`"),
    Row("a sample of requests", change(MODES, "consumer: carrier", "consumer: carrier\n    sample: 0.1"), MODES, "sample:", "wrong-value", "only answers are judged by samples", "add `direction: answer`"),
    Row("an answer's values shown", change(MODES, "consumer: carrier", "direction: answer\n    show_values: true"), MODES, "show_values:", "wrong-value", "only what the caller sent itself", "add `direction: request`"),
    Row("a sample of one rule", change(MODES, "consumer: carrier", "direction: answer\n    rule: type\n    sample: 0.1"), MODES, "sample:", "wrong-value", "`sample` is of the whole message", "in an entry without `rule`"),
    Row("a mode that no call meets", change(MODES, "consumer: carrier", "consumer: carrier\n    entity: north"), MODES, "- mode", "matches-nothing", "`carrier` may not call for `north`", "take the entry out", exit_code=1),
    Row("a mode for an api that is not offered", change(MODES, 'api: orders\n    version: "2"\n    operation: getOrder\n    consumer: carrier', "api: stock\n    entity: north"), MODES, "- mode", "matches-nothing", "`north` does not offer stock", "take the entry out", exit_code=1),
    Row("unknown things of no operation", unknown("operation: getOrders, members: strip"), MODES, "operation: getOrders", "dangling-reference", "no operation `getOrders`", "write `getOrder`"),
    Row("unknown things that set nothing", unknown("api: orders"), MODES, "- {reason", "missing-key", "it sets nothing", "add `members: report`"),
    Row("headers of no family", unknown("headers: report"), MODES, "- {reason", "missing-key", "does not say which headers", "add `families: [x-acme-]`"),
    Row("families of nothing", unknown("families: [x-acme-], members: strip"), MODES, "- {reason", "missing-key", "nothing of these families", "add `headers: report`"),
    Row("cookies of answers", unknown("direction: answer, cookies: report"), MODES, "- {reason", "wrong-value", "no cookie of a system", "take `cookies` out"),
    Row("a mode for no consumer", change(MODES, "consumer: carrier", "consumer: courier"), MODES, "consumer", "dangling-reference", "no consumer `courier`", "write `carrier`"),
    Row("a cost of no operation", change(PLANS, "orders:listOrders", "orders:listOrder"), PLANS, "listOrder", "dangling-reference", "no operation of orders `listOrder`", "write `listOrders`"),
    Row("an environment's system", change(TEST, "erp-north:", "erp-nort:"), TEST, "erp-nort", "dangling-reference", "no system `erp-nort`", "write `erp-north`"),
    # versions
    Row("sunset first", change(ORDERS, "sunset: 2099-07-31", "sunset: 2025-07-31"), ORDERS, "sunset", "sunset-before-deprecated", "sunset (2025-07-31) comes before deprecated (2026-01-31)", "same day or later"),
    Row("deprecated without a date", change(ORDERS, "    deprecated: 2026-01-31\n    sunset: 2099-07-31\n", ""), ORDERS, "stage: deprecated", "date-missing", "needs its date"),
    Row("a pinned version gone", lambda w: w.replace(SHOP, "orders@1.1", "orders@1.2"), SHOP, "pinned", "pinned-version-gone", "pinned to orders@1.2, which is gone", "orders@1.1"),
    Row("a pinned version retired", change(SHOP, "orders@1.1", "orders@1.0"), SHOP, "pinned", "pinned-version-gone", "orders@1.0, which is retired", "shop@harbour.example"),
    Row("a pin that nobody offers", change(SHOP, "entities: [north, south]\ndefault_entity: north", "entities: [south]"), SHOP, "pinned", "pin-not-offered", "none of its entities offers", exit_code=1),
    Row("the same version twice", change(ORDERS, "  2.0:", "  2.0.0:\n    stage: draft\n    file: 2.0.yaml\n  2.0:"), ORDERS, "  2.0:", "duplicate", "the same version"),
    Row("an offer twice", change(NORTH, "orders@1.1", "orders@2.0"), NORTH, "orders@2.0", "duplicate", "offers orders@2.0 twice", nth=2, others={"pin-not-offered"}),
    Row("a retired offer without its document", change(NORTH, "orders@1.1", "orders@1.0"), NORTH, "orders@1.0", "dangling-reference", "its document is gone", others={"pin-not-offered"}),
    Row("a document of another major", change(DOC, "version: 2.0.0", "version: 3.0.0"), ORDERS, "  2.0:", "major-differs", "says of itself that it is version 3.0.0", exit_code=1),
    Row("a limit's name twice", change(PLANS, "    costs:", "    quotas:\n      - {name: per-minute, requests: 1, window: day}\n    costs:"), PLANS, "standard:", "wrong-value", "two limits are named per-minute", "give each its own name"),
    # entities on one system
    Row("a second entity on a system", lambda w: w.write(WEST, (w.folder / SOUTH).read_text().replace("Harbour South", "Harbour West")), WEST, "- contract: orders@2.0", "not-told-apart", "west shares the system `erp-south` with south, and this offer of west pins nothing", "write what tells the entities apart there", exit_code=1),
    # credentials
    Row("one claim, two consumers", lambda w: w.replace(CARRIER, "credentials:\n", "credentials:\n  - {type: jwt, issuer: staff, claim: shop-prod}\n"), SHOP, "claim", "duplicate-credential", "already stands for the consumer `carrier`"),
    Row("one key, two consumers", lambda w: w.write("consumers/copy.yaml", (w.folder / CARRIER).read_text()), "consumers/copy.yaml", "id:", "duplicate-credential", "already stands for the consumer `carrier`"),
    Row("one issuer twice", lambda w: w.append(ISSUERS, "  other:\n    issuer: https://login.harbour.example/v2.0\n    audience: api://harbour\n    jwks_url: https://login.harbour.example/keys\n"), ISSUERS, "other", "duplicate", "one issuer with one audience"),
    Row("a secret in clear", change(SAP, "secret:SOUTH_PASSWORD", CLEAR), SAP, "password", "secret-in-clear", "`credential.password`", "write secret:NAME"),
    Row("a store's address in clear", change(SETTINGS, "secret:STORE_URL", f"redis://:{CLEAR}@redis"), SETTINGS, "url: redis", "secret-in-clear", "`store.url`", "secret:NAME"),
    Row("a password in an address", change(ERP, "https://erp-north.example", f"https://bob:{CLEAR}@erp-north.example"), ERP, "url: https://bob", "secret-in-clear", "a user name or a password"),
    Row("a secret in a query", change(SAP, 'sap-client: "100"', f"sap-password: {CLEAR}"), SAP, "sap-password", "secret-in-clear", "looks like a secret in clear", "credential"),
    Row("a key in clear", change(CARRIER, "hmac-sha256:0123456789abcdef", CLEAR), CARRIER, "hash", "wrong-value", "`credentials[0].hash`", "tidewaiter key new"),
    # exposure
    Row("a public address with a path", change(SETTINGS, "https://api.harbour.example", "https://api.harbour.example/erp"), SETTINGS, "public_url", "url-with-path", "has a path", "write https://api.harbour.example"),
    Row("a credential in clear", change(ERP, "https://erp-north.example", "http://erp-north.example"), ERP, "url: http:", "credential-in-clear", "over plain HTTP", "https://"),
    Row("an environment's credential in clear", change(TEST, "https://erp-north.test.example", "http://erp-north.test.example"), TEST, "url: http:", "credential-in-clear", "over plain HTTP"),
    Row("a token fetched in clear", change(ERP, "https://login.example", "http://login.example"), ERP, "token_url", "credential-in-clear", "the client secret"),
    Row("keys in clear", change(ISSUERS, "jwks_url: https", "jwks_url: http"), ISSUERS, "jwks_url", "keys-in-clear", "https only"),
    Row("TLS unchecked", change(ERP, "  ca: systems/north-ca.pem", "  verify: false"), ERP, "verify", "tls-not-verified", "is not checked", exit_code=1, others={"unknown-file"}),
    Row("no CA file", change(ERP, "north-ca.pem", "nort-ca.pem"), ERP, "ca:", "missing-file", "there is no file `systems/nort-ca.pem`", others={"unknown-file"}),
    Row("a CA file that is none", lambda w: w.write("systems/north-ca.pem", "hello\n"), ERP, "ca:", "wrong-file", "holds no certificate"),
    Row("a CA file outside", change(ERP, "systems/north-ca.pem", "../ca.pem"), ERP, "ca:", "file-outside", "out of the workspace", others={"unknown-file"}),
    Row("everybody a proxy", change(SETTINGS, "10.0.0.0/8", "0.0.0.0/0"), SETTINGS, "trusted", "everyone-trusted", "any caller may claim any address", exit_code=1),
    Row("a store without its address", change(SETTINGS, "  url: secret:STORE_URL\n", ""), SETTINGS, "store:", "missing-key", "needs its `url`"),
    Row("one port twice", change(SETTINGS, "health: {port: 9090}", "health: {port: 8080}"), SETTINGS, "health", "duplicate", "both listen on port 8080"),
    Row("no origin", change(SETTINGS, "https://app.harbour.example", "https://app.harbour.example/page"), SETTINGS, "origins", "wrong-value", "no origin"),
    # contracts
    Row("no document", lambda w: w.remove(DOC), ORDERS, "  2.0:", "missing-contract", "the document of version 2.0 is missing", "contracts/orders/2.0.yaml"),
    Row("a document named wrongly", change(ORDERS, "  2.0:\n    stage: active", "  2.0:\n    stage: active\n    file: 2.1.yaml"), ORDERS, "file:", "missing-contract", "no file `2.1.yaml`", "write `", others={"unknown-file"}),
    Row("a document outside", change(ORDERS, "  2.0:\n    stage: active", "  2.0:\n    stage: active\n    file: ../stock/2.0/vendor.yaml"), ORDERS, "file:", "file-outside", "leads out of", others={"unknown-file"}),
    Row("an overlay under another name", lambda w: w.rename("contracts/stock/2.0/overlay.yaml", "contracts/stock/2.0/vendor.overlay.yaml"), "contracts/stock/2.0/vendor.overlay.yaml", "", "unknown-file", "is not applied", "call it overlay.yaml", others={"security-not-provable", "undefined-scheme"}),
    Row("an overlay of another major version", change(OVERLAY, "overlay: 1.1.0", "overlay: 2.0.0"), OVERLAY, "overlay:", "overlay-version", "is not known here", "write `overlay: 1.1.0`"),
    Row("an overlay's misspelt key", change(OVERLAY, "    update:", "    updat:"), OVERLAY, "updat:", "unknown-key", "`updat`", "write `update`"),
    Row("an action that matches nothing", change(OVERLAY, "target: $", "target: $.compnents"), OVERLAY, "target:", "overlay-no-match", "selects nothing", "correct it"),
    Row("a path that is none", change(OVERLAY, "target: $", "target: paths"), OVERLAY, "target:", "jsonpath", "no JSONPath"),
    Row("an overlay outside the folder of a version", lambda w: w.write("contracts/orders/2.0.overlay.yaml", "overlay: 1.1.0\n"), "contracts/orders/2.0.overlay.yaml", "", "unknown-file", "is not applied", "put it into <version>/overlay.yaml"),
    Row("two overlays", lambda w: w.write("contracts/stock/2.0/overlay.json", "{}"), "contracts/stock/2.0/overlay.json", "", "two-overlays", "there are two overlays"),
    Row("Swagger 2", lambda w: w.write("contracts/stock/2.0/vendor.yaml", "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {}\n"), "contracts/stock/2.0/vendor.yaml", "swagger:", "swagger-2", "this is Swagger 2.0, not OpenAPI 3", "convert it"),
    Row("an operation without security", change(DOC, "security:\n  - staff: [orders.read]\n", ""), DOC, "get:", "no-security", "GET /orders (listOrders) of orders@2.0 is not served", "`security: []`", exit_code=1),
    Row("templates that collapse", change(DOC, "components:", "  /orders/{name}:\n    get:\n      operationId: byName\n      parameters:\n        - {name: name, in: path, required: true, schema: {type: string}}\n      responses:\n        '200':\n          description: One order.\ncomponents:"), DOC, "/orders/{name}", "paths-collapse", "are the same path"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))
def test_broken_workspace(row, workspace):
    row.breaks(workspace)
    line = workspace.line_of(row.file, row.at, row.nth) if row.at else None

    report = check(workspace.folder)

    found = [
        one.diagnostic for one in report.found if (one.diagnostic.file, one.diagnostic.code) == (row.file, row.code)
    ]
    assert found, [str(one.diagnostic) for one in report.found]
    hits = [fault for fault in found if row.message in fault.message and row.remedy in fault.remedy]
    assert hits, [str(fault) for fault in found]
    assert line is None or line in {fault.line for fault in hits}, (line, [str(fault) for fault in hits])
    assert {one.diagnostic.code for one in report.found} <= {row.code, *row.others}, [
        str(o.diagnostic) for o in report.found
    ]
    assert CLEAR not in "".join(str(one) for one in report.found)
    assert row.exit_code == report.exit_code


def test_the_unbroken_workspace_is_fine(workspace):
    report = check(workspace.folder)

    assert ([], 0) == ([str(one) for one in report.found], report.exit_code)
    assert ("", "prod", "test") == report.environments
    assert (3, 5, 0) == (report.contracts, report.operations, report.not_served)


def test_all_faults_at_once(workspace):
    """Faults of different files and of different kinds: none hides another."""
    rows = {row.name: row for row in ROWS}
    together = [
        "unknown key", "a country in words", "no such system", "sunset first", "a secret in clear", "keys in clear",
        "a misspelt policy file", "a bad name", "no document", "an environment's system", "a public address with a path",
    ]  # fmt: skip
    for name in together:
        rows[name].breaks(workspace)

    report = check(workspace.folder)

    told = {(one.diagnostic.file, one.diagnostic.code) for one in report.found}
    missing = [name for name in together if (rows[name].file, rows[name].code) not in told]
    assert missing == []
    assert report.exit_code == 2
    assert CLEAR not in "".join(str(one) for one in report.found)
