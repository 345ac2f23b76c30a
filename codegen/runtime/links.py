"""Addresses in the header Link."""


def link(header: str, relation: str) -> str:
    """The address that the header Link gives for a relation (RFC 8288); empty where it gives none."""
    for part in _links(header):
        address, _, parameters = part.partition(">")
        for parameter in parameters.split(";"):
            name, _, value = parameter.strip().partition("=")
            if name.strip().lower() == "rel" and relation in value.strip(" ,").strip('"').lower().split():
                return address
    return ""


def _links(header: str) -> list[str]:
    return [part.strip() for part in header.split("<")[1:]]
