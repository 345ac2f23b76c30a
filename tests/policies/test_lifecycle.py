"""What an answer says of its version's life, in the exact wire forms."""

from datetime import date

import pytest
from pydantic import ValidationError

from contracts.apis import Version
from policies.lifecycle import lifecycle_headers


def test_an_active_version_says_only_which_it_is():
    assert lifecycle_headers("1.2", Version(stage="active"), "orders", "https://api.example") == (
        (b"api-version", b"1.2"),
    )


def test_a_deprecated_version_says_since_when_until_when_and_what_follows():
    life = Version(
        stage="deprecated", deprecated=date(2023, 7, 1), sunset=date(2027, 1, 31), successor="2.0",
        info="https://docs.example/orders",
    )  # fmt: skip

    assert dict(lifecycle_headers("1.2", life, "orders", "https://api.example")) == {
        b"api-version": b"1.2",
        b"deprecation": b"@1688169600",
        b"sunset": b"Sun, 31 Jan 2027 00:00:00 GMT",
        b"link": b'<https://docs.example/orders>; rel="deprecation"; type="text/html", '
        b'<https://docs.example/orders>; rel="sunset"; type="text/html", '
        b'<https://api.example/orders/v2>; rel="successor-version"',
    }


def test_a_sunset_before_the_deprecation_is_no_version():
    with pytest.raises(ValidationError, match="comes before deprecated"):
        Version(stage="deprecated", deprecated=date(2026, 2, 1), sunset=date(2026, 1, 1))
