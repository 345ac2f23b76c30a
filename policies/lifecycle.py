"""What an answer says of its version's life: API-Version, Deprecation (RFC 9745), Sunset (RFC 8594), Link."""

from datetime import UTC, date, datetime
from email.utils import format_datetime

from contracts.apis import Version
from policies.step import Header


def lifecycle_headers(version: str, life: Version, api: str, public_url: str) -> tuple[Header, ...]:
    """The header lines of every answer of this version, made once at load time."""
    headers: list[Header] = [(b"api-version", version.encode())]
    links: list[str] = []
    if life.deprecated is not None:
        headers.append((b"deprecation", f"@{int(_midnight(life.deprecated).timestamp())}".encode()))
        if life.info is not None:
            links.append(f'<{life.info}>; rel="deprecation"; type="text/html"')
    if life.sunset is not None:
        headers.append((b"sunset", format_datetime(_midnight(life.sunset), usegmt=True).encode()))
        if life.info is not None:
            links.append(f'<{life.info}>; rel="sunset"; type="text/html"')
    if life.successor is not None:
        links.append(f'<{public_url}/{api}/v{life.successor.split(".")[0]}>; rel="successor-version"')
    if links:
        headers.append((b"link", ", ".join(links).encode()))
    return tuple(headers)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
