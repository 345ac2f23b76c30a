"""States of a workspace made by hand: one api, its versions, who offers and who calls them."""

from datetime import date

from contracts.apis import Api
from contracts.consumers import Consumer
from contracts.entities import Entity
from contracts.written import Source
from governance.landscape import Landscape
from governance.lifecycle.terms import FILE, Terms
from governance.lifecycle.usage import Usage

AT = date(2026, 6, 1)
COUNTED = Usage(counted_since=date(2020, 1, 1), counted_until=date(2030, 1, 1))
"""Every call is counted, and there was none."""
SUCCESSOR = {"stage": "active"}
"""What the api's file says of 1.1."""


def consumer(name, *, pinned=(), audience="partner", apis=None, entities=("north",), **more):
    return Consumer.model_validate({
        "name": name.capitalize(), "owner": f"{name}@b.example", "plan": "p", "audience": audience,
        "entities": list(entities), "apis": apis, "pinned": list(pinned),
        "credentials": [{"type": "jwt", "issuer": "i", "claim": name}], **more,
    })  # fmt: skip


def entity(name, *offers, stage="onboarded"):
    return Entity.model_validate({
        "name": name, "country": "DE", "owner": f"{name}@b.example", "stage": stage,
        "offers": [{"contract": offer, "system": "erp"} for offer in offers],
    })  # fmt: skip


def landscape(versions, *, consumers=None, entities=None, visibility="partner", terms=None, api="orders"):
    """One api with these versions; without `versions` none. `north` offers 1.0 and 1.1, `shop` may call."""
    apis = {}
    if versions:
        described = {"title": "Orders", "owner": "o@b.example", "visibility": visibility, "versions": versions}
        apis[api] = (Api.model_validate(described), Source(f"contracts/{api}/api.yaml"))
    people = consumers if consumers is not None else {"shop": consumer("shop")}
    firms = entities if entities is not None else {"north": entity("north", f"{api}@1.0", f"{api}@1.1")}
    return Landscape(
        apis,
        {name: (one, Source(f"entities/{name}.yaml")) for name, one in firms.items()},
        {name: (one, Source(f"consumers/{name}.yaml")) for name, one in people.items()},
        Terms.model_validate(terms or {}),
        Source(FILE),
    )
