"""What is never written down: credentials, cookies, the values of secrets."""

import base64

from governance.fuzz.recorder import Masks, Recorder


class Kept:
    count = 0


def recorder(masks=None):
    return Recorder(Kept(), masks or Masks(), ["X-Erp-Key"], lambda _: None, lambda _: None)


def test_headers_with_credentials_are_left_out():
    given = [(b"Authorization", b"Basic abc"), (b"x-erp-key", b"k"), (b"Cookie", b"a=b"), (b"x-csrf-token", b"t"),
             (b"accept", b"*/*"), (b"Set-Cookie", b"session=1")]  # fmt: skip

    assert recorder().headers(given) == (("accept", "*/*"), ("set-cookie", "[left out]"))


def test_values_of_secrets_are_told_by_name():
    masks = Masks()
    masks.secret("ERP_PASSWORD", "hunter2-hunter2")
    masks.add("credential", b"dXNlcjpodW50ZXIy")
    text = b"user=x&password=hunter2-hunter2 " + base64.b64encode(b"hunter2-hunter2") + b" dXNlcjpodW50ZXIy"

    masked = recorder(masks).masked(text)

    assert masked == b"user=x&password=[secret:ERP_PASSWORD] [secret:ERP_PASSWORD] [secret:credential]"


def test_short_secrets_would_be_found_everywhere():
    masks = Masks()
    masks.secret("PIN", "ab")

    assert recorder(masks).masked(b"cabbage") == b"cabbage"
