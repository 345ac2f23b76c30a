"""The rows of the refusal table that need entities which share a system."""

SALES = "/sales/v1/Sales"
ROWS = {}


def row(fn):
    def fresh(group):
        gateway = group.pinned()
        gateway.system.reset()
        return fn(gateway)

    ROWS[fn.__name__.replace("_", "-")] = fresh
    return fn


@row
def entity_selector_refused(gateway):
    return gateway.call("GET", f"{SALES}?Org=1720")


@row
def option_not_proven(gateway):
    return gateway.call("GET", f"{SALES}?$expand=to_Partner")


@row
def option_unreadable(gateway):
    return gateway.call("GET", f"{SALES}?$filter=1%20eq%201)%20or%20(1%20eq%201")


@row
def body_not_proven(gateway):
    return gateway.call("POST", SALES, body=b'{"Note": 1, "Note": 2}', consumer="loose")


@row
def reference_not_proven(gateway):
    return gateway.call("POST", SALES, body={"Note": "n", "to_Partner@odata.bind": "Partners(1)"})


@row
def continuation_refused(gateway):
    return gateway.call("GET", f"{SALES}?$skiptoken=20")


@row
def record_not_there(gateway):
    return gateway.call("GET", f"{SALES}('2')")


@row
def answer_not_proven(gateway):
    gateway.system.rows = list(gateway.system.sales.values())
    return gateway.call("GET", SALES)


@row
def proof_failed(gateway):
    gateway.system.tagless = True
    return gateway.call("PATCH", f"{SALES}('1')", body={"Note": "n"})


@row
def condition_needed(gateway):
    return gateway.call("DELETE", f"{SALES}('1')")


@row
def condition_unreadable(gateway):
    return gateway.call("PATCH", f"{SALES}('1')", body={"Note": "n"}, If_Match="abc")


@row
def record_changed(gateway):
    return gateway.call("PATCH", f"{SALES}('1')", body={"Note": "n"}, If_Match='"another"')
