"""A list of header fields made single-valued: a repeat is joined where the field is a list, else refused."""

from collections.abc import Iterable
from typing import Final

from policies.step import Header, Problem, Refusal

REPEATED_HEADER = Problem(
    "repeated-header",
    400,
    "A header that has one value stands more than once",
    "Send the header that the detail names once. Often a proxy on the way adds it again.",
)

SINGLE: Final = frozenset(
    b"host content-length content-type content-encoding content-language content-location content-range date "
    b"authorization proxy-authorization x-api-key x-entity api-version x-correlation-id traceparent "
    b"if-match if-modified-since if-unmodified-since if-range range max-forwards from referer user-agent origin expect "
    b"idempotency-key x-csrf-token x-forwarded-proto x-forwarded-host x-forwarded-port x-real-ip "
    b"odata-version odata-maxversion dataserviceversion maxdataserviceversion "
    b"x-http-method x-http-method-override x-method-override slug upgrade "
    b"access-control-request-method".split()
)
"""Headers with one value. `if-match` is a list by its grammar; two of them in one request are a fault all the same."""


def single_valued(headers: Iterable[Header]) -> dict[bytes, bytes]:
    """The headers of a scope by name. Raises Refusal REPEATED_HEADER; the detail names the header, never a value.

    Any header that is not in `SINGLE` is a list or may be read as one (RFC 9110 5.3): its values are joined by a comma
    and a space in their order, those of Cookie by a semicolon (RFC 6265 5.4).
    """
    single: dict[bytes, bytes] = {}
    for name, value in headers:
        earlier = single.get(name)
        if earlier is None:
            single[name] = value
        elif name in SINGLE:
            raise Refusal(REPEATED_HEADER, f"The header {name.decode('latin-1')} may stand once.", fault="gateway")
        else:
            single[name] = earlier + (b"; " if name == b"cookie" else b", ") + value
    return single
