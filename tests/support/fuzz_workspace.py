"""A workspace around `fuzz_system`, and short runs on it."""

import json

from fuzz_system import KEY, contract
from gateway_thread import write

SECRETS = {"TIDEWAITER_SECRET_ERP_KEY": KEY, "TIDEWAITER_SECRET_KEY_PEPPER": "pepper" * 8}


def workspace(folder, port, *, document=None, entity=None, system=None, beside=False):
    """The files; returns the folder. `beside`: a second entity, `inland`, shares all with the first."""
    offer = {"contract": "parties@1.0", "system": "erp", **({"shared": True} if beside else {})}
    if beside:
        write(folder, {"entities/inland.yaml": {"name": "Inland", "country": "DE", "owner": "o@harbour.example",
                                                "stage": "onboarded", "offers": [offer]}})  # fmt: skip
    write(folder, {
        "tidewaiter.yaml": {"name": "fuzzed", "public_url": "http://127.0.0.1:8080"},
        "environments/test.yaml": {"purpose": "test"},
        "environments/prod.yaml": {"purpose": "production"},
        "contracts/parties/api.yaml": {"title": "Parties", "owner": "o@harbour.example", "layer": "system",
                                       "visibility": "internal", "versions": {"1.0": {"stage": "active"}}},
        "systems/erp.yaml": {"product": "generic", "owner": "o@harbour.example", "url": f"http://127.0.0.1:{port}",
                             "credential": {"type": "api_key", "header": "X-Erp-Key", "key": "secret:ERP_KEY"},
                             "timeouts": {"connect_seconds": 1, "first_byte_seconds": 1, "total_seconds": 2,
                                          "operation_seconds": 3}, **(system or {})},
        "entities/harbour.yaml": {"name": "Harbour", "country": "DE", "owner": "o@harbour.example",
                                  "stage": "candidate", "offers": [offer],
                                  **(entity or {})},
    })  # fmt: skip
    (folder / "contracts/parties/1.0.yaml").write_text(json.dumps(document or contract()))
    return folder
