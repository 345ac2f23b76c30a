"""DSSE: the published test vector, envelopes that are none, and what a signature is over."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given
from hypothesis import strategies as st

from contracts.diagnostic import InvalidInputError
from gateway.trust.envelope import Envelope, Signature, pre_authentication, read_envelope, write_envelope

KIND, BODY = "http://example.com/HelloWorld", b"hello world"
X = 46950820868899156662930047687818585632848591499744589407958293238635476079160
Y = 5640078356564379163099075877009565129882514886557779369047442380624545832820
PUBLISHED = {
    "payload": "aGVsbG8gd29ybGQ=",
    "payloadType": KIND,
    "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}],
}
"""The test vector of DSSE's protocol.md (ECDSA over P-256, SHA-256)."""


def test_the_published_vector():
    envelope = read_envelope(json.dumps(PUBLISHED).encode(), "e")

    assert (KIND, BODY) == (envelope.payload_type, envelope.payload)
    assert envelope.signed_bytes == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    (signature,) = envelope.signatures
    r, s = int.from_bytes(signature.value[:32], "big"), int.from_bytes(signature.value[32:], "big")
    key = ec.EllipticCurvePublicNumbers(X, Y, ec.SECP256R1()).public_key()
    key.verify(utils.encode_dss_signature(r, s), envelope.signed_bytes, ec.ECDSA(hashes.SHA256()))


@given(st.text(max_size=12), st.binary(max_size=12), st.text(max_size=12), st.binary(max_size=12))
def test_no_two_pairs_have_the_same_signed_bytes(kind, body, other_kind, other_body):
    same = pre_authentication(kind, body) == pre_authentication(other_kind, other_body)

    assert same == ((kind, body) == (other_kind, other_body))


@given(
    st.text(max_size=20), st.binary(max_size=50), st.lists(st.tuples(st.text(), st.binary()), min_size=1, max_size=3)
)
def test_what_is_written_is_read(kind, body, signatures):
    envelope = Envelope(kind, body, tuple(Signature(*one) for one in signatures))

    assert envelope == read_envelope(write_envelope(envelope), "e")


def test_the_other_alphabet_of_base64_is_read():
    body = bytes(range(256))
    tree = {**PUBLISHED, "payload": base64.urlsafe_b64encode(body).decode()}

    assert body == read_envelope(json.dumps(tree).encode(), "e").payload


BROKEN = {
    "no JSON": ("{", "this is not JSON"),
    "a list": ("[]", "no DSSE envelope"),
    "no signatures": (json.dumps({**PUBLISHED, "signatures": []}), "1 to 64 signatures"),
    "65 signatures": (json.dumps({**PUBLISHED, "signatures": PUBLISHED["signatures"] * 65}), "1 to 64 signatures"),
    "payload of no base64": (json.dumps({**PUBLISHED, "payload": "a"}), "the payload is not base64"),
    "payload with a line end": (json.dumps({**PUBLISHED, "payload": "aGVs\nbG8="}), "the payload is not base64"),
    "payload a number": (json.dumps({**PUBLISHED, "payload": 1}), "the payload is not base64"),
    "type a number": (json.dumps({**PUBLISHED, "payloadType": 1}), "payloadType is a text"),
    "signature a text": (json.dumps({**PUBLISHED, "signatures": ["x"]}), "a signature has `sig`"),
    "key id a number": (json.dumps({**PUBLISHED, "signatures": [{"keyid": 1, "sig": ""}]}), "a signature has `sig`"),
    "no sig": (json.dumps({**PUBLISHED, "signatures": [{}]}), "a signature is not base64"),
    "two payloads": ('{"payload":"","payload":"","payloadType":"","signatures":[]}', "twice"),
    "too large": (" " * 1_048_577, "larger than"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_envelope(text, message):
    with pytest.raises(InvalidInputError, match=message):
        read_envelope(text.encode(), "decisions/x.dsse.json")
