"""Keys: where they may lie, who may read them, which are none."""

import base64
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from contracts.diagnostic import InvalidInputError
from gateway.trust.keys import (
    _SMALL_ORDER,
    PassphraseNeededError,
    PublicKey,
    create_private,
    new_private,
    parse_public,
    read_private,
    write_private,
)


def test_a_key_signs_and_its_public_half_knows():
    key = new_private()
    value = key.sign(b"message")

    public = parse_public(key.public.text)
    assert public.signed(value, b"message")
    assert not public.signed(value, b"messagf")
    assert not new_private().public.signed(value, b"message")
    assert not public.signed(b"", b"message")


def test_the_file_is_its_owners_alone(tmp_path):
    key = new_private()
    write_private(key, tmp_path / "keys" / "k.key")

    assert stat.S_IMODE((tmp_path / "keys" / "k.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert key.public.id == read_private(tmp_path / "keys" / "k.key").public.id


def test_a_passphrase_is_asked_for(tmp_path):
    write_private(new_private(), tmp_path / "k.key", b"open sesame")

    with pytest.raises(PassphraseNeededError):
        read_private(tmp_path / "k.key")
    with pytest.raises(InvalidInputError, match="the passphrase is wrong"):
        read_private(tmp_path / "k.key", b"close sesame")
    assert read_private(tmp_path / "k.key", b"open sesame")


def test_a_passphrase_that_is_not_needed_does_no_harm(tmp_path):
    write_private(new_private(), tmp_path / "k.key")

    assert read_private(tmp_path / "k.key", b"anything")


@pytest.mark.parametrize("place", ["k.key", "deep/down/k.key", "link/k.key"])
def test_no_key_goes_into_a_workspace(tmp_path, place):
    ws = tmp_path / "ws"
    ws.mkdir()
    (ws / "tidewaiter.yaml").touch()
    (ws / "deep").mkdir()
    (ws / "link").symlink_to(ws / "deep")
    (tmp_path / "outside").symlink_to(ws)

    for path in (ws / place, tmp_path / "outside" / place):
        with pytest.raises(InvalidInputError, match="key-inside"):
            write_private(new_private(), path)
    assert list(ws.rglob("k.key")) == []


def test_no_key_is_written_over(tmp_path):
    (tmp_path / "k.key").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")

    for name in ("k.key", "dangling"):
        with pytest.raises(InvalidInputError, match="key-exists"):
            write_private(new_private(), tmp_path / name)
    assert (tmp_path / "k.key").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_no_key(tmp_path):
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, text in {"text": b"hello", "kind": pem}.items():
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_bytes(text)
    create_private(new_private(), tmp_path / "open")
    (tmp_path / "open").chmod(0o640)

    table = {
        "text": "no private key in PEM",
        "kind": "another kind than Ed25519",
        "open": "others may read this key .mode 0640.",
        "gone": "cannot be read: no such file",
    }
    for name, message in table.items():
        with pytest.raises(InvalidInputError, match=message):
            read_private(tmp_path / name)


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("point", sorted(_SMALL_ORDER))
def test_a_key_by_which_anybody_could_sign_is_none(point, sign):
    raw = bytes.fromhex(point)
    raw = raw[:-1] + bytes([raw[-1] | sign])

    with pytest.raises(ValueError, match="small order"):
        PublicKey(raw)


def test_the_library_would_take_such_a_signature():
    """The reason for the list: this signature was made with no private key at all."""
    one = bytes([1]) + bytes(31)

    Ed25519PublicKey.from_public_bytes(one).verify(one + bytes(32), b"whatever is wanted")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AAAA", "is written ed25519:"),
        ("ed25519:?", "not base64"),
        ("ed25519:" + base64.b64encode(b"short").decode(), "a key has 32 bytes"),
        ("rsa:AAAA", "is written ed25519:"),
    ],
)
def test_what_is_no_public_key(text, message):
    with pytest.raises(ValueError, match=message):
        parse_public(text)
