"""How a system writes the links to itself: under its own name, which nobody outside knows, in one of many forms."""

import re

NAMINGS = ("plain", "escaped", "unicode", "upper", "percent", "percent-host", "double", "mixed")
_MIXED = ("plain", "upper", "percent")


def dress(body: bytes, origin: str, naming: str) -> bytes:
    r"""A JSON body with its links to `origin` in that form.

    `escaped` writes each `/` of the whole body as `\/`, `unicode` each of a link as `\u002f`, `upper` scheme and host
    in capitals, `percent` brackets and quotes of the path percent-encoded, `percent-host` the dots of the host,
    `double` percent-encoding on top of percent-encoding; `mixed` takes turns, and escapes.
    """
    if naming == "plain":
        return body
    text = body.decode()
    turn = -1

    def link(found: re.Match[str]) -> str:
        nonlocal turn
        turn += 1
        return _form(found[0], origin, _MIXED[turn % len(_MIXED)] if naming == "mixed" else naming)

    text = re.sub(re.escape(origin) + r'[^"\\\s]*', link, text)
    if naming in ("escaped", "mixed"):
        text = text.replace("/", "\\/")
    return text.encode()


def dress_header(value: str, origin: str, naming: str) -> str:
    """A link in a header, which knows no escapes."""
    return _form(value, origin, naming) if value.startswith(origin) and naming != "unicode" else value


def _form(link: str, origin: str, naming: str) -> str:
    path = link.removeprefix(origin)
    match naming:
        case "upper":
            return origin.upper() + path
        case "percent":
            return origin + path.replace("(", "%28").replace(")", "%29").replace("'", "%27")
        case "percent-host":
            return origin.replace(".", "%2E") + path
        case "double":
            return origin + path.replace("%", "%25").replace("(", "%2528").replace(")", "%2529").replace("'", "%2527")
        case "unicode":
            return link.replace("/", "\\u002f")
        case _:
            return link
