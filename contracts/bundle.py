"""Files that refer to each other -> one tree whose references all begin with `#`."""

import hashlib
import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urldefrag, urljoin

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.json_text import JsonPlaces, parse_json
from contracts.references import BASE, UnresolvedError, walk_to
from contracts.sites import Site, sites
from contracts.wording import nearest
from contracts.written import pointer_to

FILE_BYTES: Final = 33_554_432
"""The largest file of a contract that is read."""

FILES: Final = 1_000
"""How many files one contract may be spread over."""

MEMBER: Final = "x-files"
"""The member of the root under which the other files stand, by name."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FRAGMENT: Final = "/~!$&'()*+,;=:@"
_LIKE_A_FILE: Final = re.compile(r"[/#]|\.(?:ya?ml|json)$")


@dataclass(slots=True)
class File:
    """One file of a document. `name` is relative to the document's folder; `under` the pointer of its tree."""

    name: str
    text: bytes = field(repr=False)
    tree: Any = field(repr=False)
    under: str = ""
    named: bool = False
    """Whether any schema in it has an `$id`."""
    _places: Mapping[str, tuple[int, int]] | JsonPlaces | None = field(default=None, repr=False)

    def place(self, pointer: str) -> tuple[int, int]:
        """Line and column of a pointer into this file, or of the nearest place around it."""
        if self._places is None:
            self._places = JsonPlaces(self.text) if _is_json(self.text, self.name) else yaml12.positions(self.text)
        if isinstance(self._places, JsonPlaces):
            return self._places.place(pointer)
        while pointer and pointer not in self._places:
            pointer = pointer.rpartition("/")[0]
        return self._places.get(pointer, (0, 0))

    def fault(self, pointer: str, code: str, message: str, remedy: str) -> Diagnostic:
        """An error at a place of this file."""
        line, column = self.place(pointer)
        return Diagnostic(self.name, code, message, remedy, line, column, self.under + pointer)


def load(folder: Path, name: str, *, flat: bool) -> tuple[File, ...]:
    """The entry and every file that it leads to, with references rewritten. Raises InvalidInputError."""
    return _Bundle(folder, flat=flat).run(name, None)


def load_corrected(folder: Path, name: str, correct: Callable[[dict[str, Any], str], None]) -> tuple[File, ...]:
    """The same, changed before any reference is followed for good. Raises InvalidInputError.

    `correct` changes the tree in place; it is also told under which member the other files stand. References in it
    are as the files have them, and those that it puts in are read as if its part of the file had been written so.
    """
    first = _Bundle(folder, flat=False, rewrite=False)
    files = first.run(name, None)
    tree = unshared(files[0].tree)
    correct(tree, first.member)
    others = tree.pop(first.member, {})
    known = {file.name: File(file.name, file.text, others[file.name]) for file in files[1:]}
    known[name] = File(name, files[0].text, tree)
    return _Bundle(folder, flat=False, known=known).run(name, None)


def read_file(folder: Path, name: str) -> File:
    """One file inside the folder, over no symbolic link. Raises InvalidInputError."""
    return _Bundle(folder, flat=True).read(name)


def unshared(tree: Any) -> Any:
    """A copy in which nothing stands twice: what YAML aliases share would else be changed at every place."""
    if isinstance(tree, dict):
        return {key: unshared(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [unshared(value) for value in tree]
    return tree


def load_text(text: bytes, name: str) -> tuple[File, ...]:
    """The same for a text that may refer to no file."""
    return _Bundle(None, flat=True).run(name, text)


def digest(files: Sequence[File]) -> str:
    """The digest of the files' names and bytes; the entry goes without a name."""
    named = {"": files[0].text} | {file.name: file.text for file in files[1:]}
    whole = hashlib.sha256()
    for name in sorted(named):
        content = hashlib.sha256(named[name]).hexdigest()
        whole.update(f"{len(name.encode())}:{name}:{content}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def origin(files: Sequence[File], pointer: str) -> tuple[File, str]:
    """The file in which a pointer of the whole tree lies, and the pointer inside that file."""
    for file in files[1:]:
        if pointer == file.under or pointer.startswith(file.under + "/"):
            return file, pointer[len(file.under) :]
    return files[0], pointer


def references(tree: Any) -> Iterator[tuple[str, str]]:
    """Every `$ref` with the pointer where it stands; an operationRef or a mapping is none."""
    files = tree.get(MEMBER) if isinstance(tree, dict) else None
    for site in sites(tree):
        if site.kind == "ref":
            yield site.pointer, site.value
    for name, inner in files.items() if isinstance(files, dict) else ():
        for site in sites(inner):
            if site.kind == "ref":
                yield pointer_to(MEMBER, name) + site.pointer, site.value


def _is_json(text: bytes, name: str) -> bool:
    """A `.json` file, or one that holds JSON under another name: JSON's escapes are not all YAML's."""
    if name.endswith(".json"):
        return True
    if text[:64].lstrip()[:1] != b"{":
        return False
    try:
        parse_json(text, name)
    except InvalidInputError as error:
        return error.diagnostics[0].code != "json-syntax"
    return True


class _Bundle:
    """One loading of one document."""

    def __init__(
        self, folder: Path | None, *, flat: bool, rewrite: bool = True, known: Mapping[str, File] | None = None
    ) -> None:
        self.folder = folder
        self.flat = flat
        self.rewrite = rewrite
        """Without it files are only found: references stay as they are, and what is wrong with them is not told."""
        self.known = known or {}
        """Files by name that need not be read."""
        self.member = MEMBER
        self.files: dict[str, File] = {}
        self.faults: list[Diagnostic] = []
        self.ids: set[str] = set()
        self.absolute: list[tuple[File, Site]] = []
        self.missing: set[str] = set()

    def run(self, name: str, text: bytes | None) -> tuple[File, ...]:
        """Read the entry, then whatever is found to be referred to."""
        entry = self.known.get(name) or (self.read(name) if text is None else self._parse(name, text))
        if not isinstance(entry.tree, dict):
            remedy = "begin with `openapi: 3.1.0`"
            raise InvalidInputError([Diagnostic(name, "not-openapi", "the file holds no OpenAPI document", remedy)])
        self.files[name] = entry
        if isinstance(entry.tree.get("$self"), str):
            self.ids.add(urldefrag(urljoin(BASE, entry.tree["$self"]))[0])
        while self.member in entry.tree:
            self.member += "-"
        waiting = [entry]
        seen: set[tuple[int, str]] = set()
        while waiting:
            file = waiting.pop()
            met = list(sites(file.tree))
            file.named = any(site.kind == "id" for site in met)
            self.ids.update(self._resource(file, site)[0] for site in met if site.kind == "id")
            for site in met:
                mark = (id(site.holder), site.key)  # what YAML aliases share is rewritten once
                if mark not in seen:
                    seen.add(mark)
                    waiting += self._site(file, site)
        for file, site in self.absolute:
            if self._leads_to(file, site) not in self.ids:
                message = f"`{yaml12.shown(site.value)}` lies outside the document"
                remedy = "no reference is fetched from a network: save the file beside this one and refer to it there"
                self._fault(file, site, "reference-outside", message, remedy)
        if self.faults and self.rewrite:
            raise InvalidInputError(self.faults)
        others = [file for file in self.files.values() if file is not entry]
        if others:
            entry.tree[self.member] = {file.name: file.tree for file in others}
        return (entry, *others)

    def _fault(self, file: File, site: Site, code: str, message: str, remedy: str) -> None:
        self.faults.append(file.fault(site.pointer, code, message, remedy))

    def _site(self, file: File, site: Site) -> list[File]:
        """Rewrite one site; files met for the first time come back."""
        if site.kind == "directive":
            if self.rewrite:
                del site.holder[site.key]
            return []
        if site.kind in ("id", "anchor"):
            return []
        value: str = site.value
        if site.kind == "mapping" and not _LIKE_A_FILE.search(value):
            return []  # the name of a schema
        path, _, fragment = value.partition("#")
        if not path:
            if file.under and not _holds(self._resource(file, site)[1], fragment):
                site.holder[site.key] = _target(file, fragment)
            return []
        if self.ids and self._leads_to(file, site) in self.ids:
            return []  # a schema inside the document has that name
        if _SCHEME.match(path) or path.startswith("//"):
            if site.kind != "operation":
                self.absolute.append((file, site))
            return []
        name = self._inside(file, site, path)
        if name is None:
            return []
        fresh: list[File] = []
        if name not in self.files:
            found = self._other(file, site, name)
            if found is None:
                return []
            fresh.append(found)
        if self.rewrite:
            site.holder[site.key] = _target(self.files[name], fragment)
        return fresh

    def _resource(self, file: File, site: Site) -> tuple[str, Any]:
        """The name of the schema with an `$id` that a site stands in, and that schema; None where there is none."""
        stated = next(iter(self.files.values())).tree.get("$self")
        name = urldefrag(urljoin(BASE, stated))[0] if isinstance(stated, str) else BASE
        if not file.named:
            return name, None
        holder, node = None, file.tree
        for step in (*site.way, None):
            own = node.get("$id") if isinstance(node, dict) else None
            if isinstance(own, str):
                name, holder = urldefrag(urljoin(name, own))[0], node
            if step is not None:
                node = node[step]
        return name, holder

    def _leads_to(self, file: File, site: Site) -> str:
        """The name that a reference asks for, without its fragment."""
        reference: str = site.value
        return urldefrag(urljoin(self._resource(file, site)[0], reference))[0]

    def _inside(self, file: File, site: Site, path: str) -> str | None:
        """The name of the file that a relative path leads to; None where it may not be read."""
        decoded = unquote(path)
        remedy = "refer by a relative path to a file inside the folder of this version"
        if decoded.startswith("/") or "\\" in decoded or "?" in path or not decoded.isprintable():
            self._fault(file, site, "reference-outside", f"`{yaml12.shown(site.value)}` is no relative path", remedy)
            return None
        name = posixpath.normpath(posixpath.join(posixpath.dirname(file.name), decoded))
        if name in self.files:
            return name
        if self.flat:
            message = f"`{yaml12.shown(site.value)}` is another file, and a flat document has only itself"
            remedy = "make a folder <version>/ of it with openapi.yaml as its entry, and put both there"
            self._fault(file, site, "reference-outside", message, remedy)
            return None
        if name == ".." or name.startswith("../"):
            message = f"`{yaml12.shown(site.value)}` leaves the folder of this version"
            self._fault(file, site, "reference-outside", message, remedy)
            return None
        return name

    def _other(self, file: File, site: Site, name: str) -> File | None:
        if name in self.missing:
            return None
        if len(self.files) >= FILES:
            self.missing.add(name)
            message = f"the contract is spread over more than {FILES} files"
            self._fault(file, site, "too-many-files", message, "join some of them")
            return None
        try:
            found = self.known.get(name) or self._parse(name, self._read(name, file, site))
        except InvalidInputError as error:
            self.missing.add(name)
            self.faults += error.diagnostics
            return None
        found.under = pointer_to(self.member, name)
        self.files[name] = found
        return found

    def read(self, name: str) -> File:
        """One file, parsed. Raises InvalidInputError."""
        return self._parse(name, self._read(name))

    def _read(self, name: str, file: File | None = None, site: Site | None = None) -> bytes:
        """The bytes of a file inside the folder. Raises InvalidInputError at the place that refers to it."""

        def refuse(code: str, message: str, remedy: str) -> InvalidInputError:
            if file is None or site is None:
                return InvalidInputError([Diagnostic(name, code, message, remedy)])
            return InvalidInputError([file.fault(site.pointer, code, message, remedy)])

        assert self.folder is not None
        path = self.folder
        for step in name.split("/"):
            path = path / step
            if path.is_symlink():
                raise refuse(
                    "symlink", f"`{yaml12.shown(name)}` leads over a symbolic link", "put the file itself there"
                )
        try:
            # Not blocking: opening a pipe would wait for its writer.
            opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            close = nearest(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else None
            remedy = f"write `{close}`" if close else "put the file there, or correct the name"
            reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
            raise refuse("missing-file", f"the file `{yaml12.shown(name)}` {reason}", remedy) from None
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise refuse("missing-file", f"`{yaml12.shown(name)}` is no file", "refer to a file")
        with os.fdopen(opened, "rb") as stream:
            text = stream.read(FILE_BYTES + 1)
        if len(text) > FILE_BYTES:
            message = f"the file `{yaml12.shown(name)}` is larger than {FILE_BYTES} bytes"
            raise refuse("too-large", message, "split it")
        return text

    def _parse(self, name: str, text: bytes) -> File:
        tree = parse_json(text, name) if _is_json(text, name) else yaml12.parse(text, name)
        return File(name, text, tree)


def _holds(resource: Any, fragment: str) -> bool:
    """Whether a fragment is read from the schema with an `$id` around it, and not from the file."""
    if resource is None:
        return False
    if fragment and not fragment.startswith("/"):
        return True
    try:
        walk_to(resource, unquote(fragment))
    except UnresolvedError:
        return False
    return True


def _target(file: File, fragment: str) -> str:
    """The reference to a place of a file (RFC 6901 chapter 6). An anchor becomes a pointer: names may be met twice."""
    if fragment and not fragment.startswith("/"):
        anchors = {site.value: site for site in sites(file.tree) if site.kind == "anchor"}
        if fragment in anchors:
            fragment = quote(anchors[fragment].pointer.removesuffix("/$anchor"), safe=_FRAGMENT)
        else:
            fragment = "/" + fragment
    return f"#{quote(file.under, safe=_FRAGMENT)}{fragment}"
