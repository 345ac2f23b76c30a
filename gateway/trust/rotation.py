"""One trust root after another: a new one needs the people of the old one and its own, and the next version."""

from collections.abc import Iterator
from pathlib import Path

from contracts.counted import counted
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.written import read_entry
from gateway.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at, write_whole
from gateway.trust.keys import PrivateKey
from gateway.trust.root import ROOT_TYPE, Root, TrustRoot


def beside(root: Path) -> Path:
    """Where the signatures of a trust root lie: `trust.yaml` has them in `trust.dsse.json`."""
    return root.with_name(root.stem + ENVELOPE_ENDING)


def read_successor(path: Path) -> tuple[TrustRoot, Envelope | None]:
    """A new trust root and who signed it so far. Raises InvalidInputError where it was edited meanwhile."""
    entry = read_entry(path, str(path), Root)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    file, text = beside(path), entry.source.text
    envelope = envelope_at(file, str(file))
    if envelope is not None and (envelope.payload_type, envelope.payload) != (ROOT_TYPE, text):
        raise _edited(str(path), f"restore it, or take {file} away and let all sign again")
    return TrustRoot(str(path), entry.value, text, entry.source), envelope


def sign_successor(path: Path, key: PrivateKey, old: TrustRoot | None = None) -> tuple[str, ...]:
    """Add a signature over a new trust root, beside it; returns whose are still missing, in words.

    `old` is the root that it follows; None where that is not known, and only the new one's people may sign then.
    Signatures of nobody in the two are left out. Raises InvalidInputError where the key's owner is in the `root` role
    of neither, OSError.
    """
    new, before = read_successor(path)
    roots = [(old, "old"), (new, "new")] if old is not None else [(new, "new")]
    _judge_signer(key, [root for root, _ in roots], new.file)
    message = pre_authentication(ROOT_TYPE, new.text)
    # All keys of the old root stand in the new one as well, so nobody who counts is left out.
    publics = [public for root, _ in roots for _, public in root.keys().values()]
    kept = [
        one for one in (before.signatures if before is not None else ())
        if any(public.signed(one.value, message) for public in publics)
    ]  # fmt: skip
    if not any(key.public.signed(one.value, message) for one in kept):
        kept.append(Signature(key.public.id, key.sign(message)))
    envelope = Envelope(ROOT_TYPE, new.text, tuple(kept))
    write_whole(beside(path), write_envelope(envelope))
    return tuple(text for root, which in roots if (text := _lacking(root, which, envelope)))


def _judge_signer(key: PrivateKey, roots: list[TrustRoot], file: str) -> None:
    """Raises InvalidInputError where the key is of nobody who may sign a new trust root."""
    owners = [(root, found[0]) for root in roots if (found := root.keys().get(key.public.id)) is not None]
    for root, name in owners:
        if name in root.value.roles.root.members and root.value.members[name].removed is None:
            return
    named = f"the key {key.file}" if key.file else "the key"
    if owners:
        name = owners[-1][1]
        message = f"{named} is {name}'s, who is not in the role root"
    else:
        message = f"{named} is of no member"
    message += " of the old or the new trust root" if len(roots) > 1 else " of the new trust root"
    remedy = "somebody of the role root signs"
    remedy += "" if len(roots) > 1 else "; if that is so in the old root, name it: --old FILE"
    raise InvalidInputError([Diagnostic(file, "wrong-role" if owners else "unknown-signer", message, remedy)])


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
    known = {**old.keys(), **new.keys()}
    strangers = 0
    for number, one in enumerate(envelope.signatures, 1):
        if _signer(old, envelope, one) or _signer(new, envelope, one):
            continue
        if one.key_id in known:
            name = known[one.key_id][0]
            message = f"signature {number} bears the id of a key of {name} and is forged"
            again = f"{name} signs again, which leaves it out: tidewaiter board sign-root {new.file} --key FILE"
            raise InvalidInputError([Diagnostic(file, "forged-signature", message, again)])
        strangers += 1  # counts for nobody, and stops nobody: anybody could add one
    short = [text for root, which in ((old, "old"), (new, "new")) if (text := _lacking(root, which, envelope))]
    if short:
        message = f"the new trust root lacks signatures: {' and '.join(short)}"
        if strangers:
            message += f"; {counted(strangers, 'signature')} of no key of either root or forged, not counted"
        raise InvalidInputError([Diagnostic(file, "root-threshold", message, remedy)])


def _signer(root: TrustRoot, envelope: Envelope, signature: Signature) -> str:
    found = (m for m, key in root.keys().values() if key.signed(signature.value, envelope.signed_bytes))
    return next(found, "")


def _lacking(root: TrustRoot, which: str, envelope: Envelope) -> str:
    role, members = root.value.roles.root, root.value.members
    people = {_signer(root, envelope, one) for one in envelope.signatures} & set(role.members)
    present = {name for name in people if members[name].removed is None}
    if len(present) >= role.threshold:
        return ""
    absent = sorted({name for name in role.members if members[name].removed is None} - present)
    return f"{len(present)} of {role.threshold} of the {which} root's people (not yet: {', '.join(absent)})"


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
