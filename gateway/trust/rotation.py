"""One trust root after another: a new one needs the people of the old one and its own, and the next version."""

from collections.abc import Iterator
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.written import read_entry
from gateway.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at, write_whole
from gateway.trust.keys import PrivateKey
from gateway.trust.root import ROOT_TYPE, Root, TrustRoot


def beside(root: Path) -> Path:
    """Where the signatures of a trust root lie: `trust.yaml` has them in `trust.dsse.json`."""
    return root.with_name(root.stem + ENVELOPE_ENDING)


def sign_successor(path: Path, key: PrivateKey) -> Path:
    """Add a signature over a new trust root; returns the envelope's file. Raises InvalidInputError, OSError."""
    entry = read_entry(path, str(path), Root)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    file, text = beside(path), entry.source.text
    old = envelope_at(file, str(file))
    if old is not None and (old.payload_type, old.payload) != (ROOT_TYPE, text):
        raise _edited(str(path), f"restore it, or take {file} away and let all sign again")
    signatures = old.signatures if old is not None else ()
    message = pre_authentication(ROOT_TYPE, text)
    if not any(key.public.signed(one.value, message) for one in signatures):
        signatures = (*signatures, Signature(key.public.id, key.sign(message)))
    write_whole(file, write_envelope(Envelope(ROOT_TYPE, text, signatures)))
    return file


def judge_successor(old: TrustRoot, new: TrustRoot, envelope: Envelope | None, file: str) -> None:
    """Raises InvalidInputError where the new root may not take the place of the old one.

    The `root` role of both is counted, each by its own members and threshold. The register has no part in it: it is
    judged by the root. `file` is the envelope's.
    """
    faults = [*_steps(old, new), *_kept(old, new)]
    if faults:
        raise InvalidInputError(faults)
    remedy = f"people of both root roles sign it: tidewaiter board sign-root {new.file} --key FILE"
    if envelope is None:
        message = f"version {new.value.version} of the trust root is signed by nobody"
        raise InvalidInputError([Diagnostic(file, "root-unsigned", message, remedy)])
    if (envelope.payload_type, envelope.payload) != (ROOT_TYPE, new.text):
        raise _edited(new.file, "restore it, or let all sign it again")
    for number, one in enumerate(envelope.signatures, 1):
        if not _signer(old, envelope, one) and not _signer(new, envelope, one):
            message = f"signature {number} is of no key of the old or the new root, or it is forged"
            raise InvalidInputError([Diagnostic(file, "forged-signature", message, "take it out, or sign again")])
    short = [text for root, which in ((old, "old"), (new, "new")) if (text := _lacking(root, which, envelope))]
    if short:
        message = f"the new trust root lacks signatures: {' and '.join(short)}"
        raise InvalidInputError([Diagnostic(file, "root-threshold", message, remedy)])


def _signer(root: TrustRoot, envelope: Envelope, signature: Signature) -> str:
    found = (m for m, key in root.keys().values() if key.signed(signature.value, envelope.signed_bytes))
    return next(found, "")


def _lacking(root: TrustRoot, which: str, envelope: Envelope) -> str:
    role, members = root.value.roles.root, root.value.members
    people = {_signer(root, envelope, one) for one in envelope.signatures} & set(role.members)
    present = {name for name in people if members[name].removed is None}
    return f"{len(present)} of {role.threshold} of the {which} root's people" if len(present) < role.threshold else ""


def _steps(old: TrustRoot, new: TrustRoot) -> Iterator[Diagnostic]:
    was, now = old.value.version, new.value.version
    if now == was + 1:
        return
    if now == was:
        message = f"this is another trust root of version {now} than the one that this node has"
        remedy = f"a new one has version {was + 1}"
    else:
        message = f"this trust root has version {now}, and this node has version {was}"
        remedy = "older ones are refused" if now < was else f"give the node version {was + 1} first, then the next"
    yield new.source.fault("/version", "root-version", message, remedy)


def _kept(old: TrustRoot, new: TrustRoot) -> Iterator[Diagnostic]:
    """Members stay in the file: what they signed before they left is proven by it."""
    for name, member in old.value.members.items():
        now = new.value.members.get(name)
        if now is None or not set(member.keys) <= set(now.keys):
            message = f"{name} or a key of {name} is gone: what was signed with it could not be proven any more"
            remedy = "leave the member and its keys, and say `removed: {length, head}`"
            yield new.source.fault(f"/members/{name}" if now else "/members", "member-gone", message, remedy)
        elif member.removed is not None and now.removed != member.removed:
            message = f"{name} was removed, and this changes since when, or takes it back"
            remedy = "leave `removed` as it was; a person who comes back gets a new id"
            yield new.source.fault(f"/members/{name}/removed", "member-back", message, remedy)


def _edited(file: str, remedy: str) -> InvalidInputError:
    message = "it was edited after it was signed"
    return InvalidInputError([Diagnostic(file, "edited-file", message, remedy)])
