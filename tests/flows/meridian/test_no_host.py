"""No answer names a host of a system: whatever goes wrong there, however it writes its links, for reads and writes."""

import re
from urllib.parse import unquote

import pytest

NAMINGS = ("plain", "escaped", "unicode", "upper", "percent", "percent-host", "double", "mixed")
FAULTS = (
    "off", "wrong-type", "unknown-status", "200-with-error", "drift-type", "drift-missing", "drift-extra", "bad-json",
    "byte-order-mark", "double-encoded-links", "foreign-host-link", "leak-cookie", "500", "503", "504",
)  # fmt: skip
HOSTS = ("vhcala4hci", "dmz.example", "bc-internal.example")


def every_form(told):
    """Head and body, with all that a reader may undo undone."""
    said = f"{told.headers}{told.body.decode('utf-8', 'replace')}".lower()
    undone = unquote(unquote(said)).replace("\\/", "/")
    return said + re.sub(r"\\+u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), undone)


@pytest.mark.parametrize("naming", NAMINGS)
@pytest.mark.parametrize("name", ["s4", "bc"])
def test_no_answer_names_a_host(name, naming, request):
    system = request.getfixturevalue(name)
    found = []
    for fault in FAULTS:
        system.settle()
        system.control("settings", {"naming": naming})
        if fault != "off":
            system.misbehave(fault)
        for kind in ("read", "write"):
            told = getattr(system, kind)()
            found += [f"{kind} {fault}: {told.status} {host}" for host in HOSTS if host in every_form(told)]
    assert found == []
