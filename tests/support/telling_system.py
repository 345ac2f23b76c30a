"""A system that tells what is nobody's business, in every form in which a text can travel."""

import base64
import gzip
import json

from fuzz_system import KEY, NoError, System

PERSON = "Annika Bergstroem-Canary"
ACCOUNT = "SE45-5000-0000-0583-9825-7466"
CANARIES = (PERSON, ACCOUNT, KEY)


def forms(text):
    """The text as it is, escaped for JSON and for URLs, in Base64, compressed, reversed, in hexadecimal digits."""
    raw = text.encode()
    return (
        text, "".join(f"\\u{ord(c):04x}" for c in text), base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="), base64.b64encode(gzip.compress(raw, mtime=0)).decode(),
        text[::-1], raw.hex(), "".join(f"%{byte:02X}" for byte in raw), json.dumps(json.dumps(f'"{text}"')),
    )  # fmt: skip


class TellingSystem(System):
    """Says them as values, in members that nobody declared, as names of members, in headers and in errors.

    Each third answer is compressed.
    """

    def shown(self, row):
        made = super().shown(row)
        if row["id"] % 2:
            made["name"] = PERSON
            made[PERSON] = ACCOUNT
            made["owner"] = {"first": PERSON[:9], "rest": PERSON[9:], "key": KEY}
            made |= {f"form_{'abcdefghi'[n]}": form for n, form in enumerate(forms(ACCOUNT))}
            made |= dict.fromkeys(forms(PERSON)[2:4], "yes")
        return made

    def work(self, method, url, headers, body, out):
        out["X-Owner"] = PERSON
        if self.calls % 3 == 0:
            out["content-encoding"] = "gzip"
        try:
            return super().work(method, url, headers, body, out)
        except NoError as error:
            told = {"error": f"{error.text}: {PERSON} ({ACCOUNT}) signed in with {KEY}", PERSON: forms(PERSON)}
            raise NoError(error.status, "", json.dumps(told)) from None
