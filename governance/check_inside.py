"""What is wrong inside the document of one version and keeps nothing of it from being served."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts.answers.maker import AnswerMaker, NoAnswerError
from contracts.contract import Contract, MediaType
from contracts.dead_keywords import dead_keywords
from contracts.diagnostic import Diagnostic
from contracts.document import Document, UnresolvedReferenceError
from contracts.files import Files
from contracts.media import essence_of, is_json
from contracts.satisfiable import unsatisfied
from contracts.unknown_keys import unknown_keys
from contracts.vendor_faults import vendor_faults
from contracts.written import pointer_to


def inside(files: Files, key: tuple[str, str]) -> Iterator[Diagnostic]:
    """Warnings, each at its line of the document or of the overlay on it."""
    contract = files.contracts[key]
    answered: Mapping[str, str] | None = None
    found = (vendor_faults(contract), dead_keywords(contract), unsatisfied(contract), unknown_keys(contract))
    for faults in found:
        for fault in faults:
            told = replace(fault, file=f"{files.document_folders[key]}/{fault.file}")
            if fault.code == "example-not-valid":
                if answered is None:
                    answered = _answered(files, key)
                if fault.pointer in answered:
                    told = replace(told, message=f"{fault.message}; {answered[fault.pointer]}")
            yield told


def _answered(files: Files, key: tuple[str, str]) -> Mapping[str, str]:
    """By the place of an example, who answers what with it: systems of product `example` do, with the first one."""
    contract = files.contracts[key]
    systems = files.values(files.systems)
    offers = (offer for entity in files.values(files.entities).values() for offer in entity.offers)
    names = {offer.system for offer in offers if offer.contract == "@".join(key)}
    found: dict[str, str] = {}
    for name in sorted(name for name in names if name in systems and systems[name].product == "example"):
        for operation in contract.operations:
            place = _first(contract, AnswerMaker(contract, operation))
            words = f"the system {name} answers {operation.method} {operation.path} with it"
            found.setdefault(place, f"{words}, which is refused (502) where answers are enforced")
    return found


def _first(contract: Contract, maker: AnswerMaker) -> str:
    """The place of the example that an operation is answered with; empty where its answer is made another way."""
    response = maker.response(maker.default)
    if response is None or not 200 <= maker.default < 300:
        return ""
    try:
        if next(maker.tries(maker.default)).source != "example":
            return ""
    except NoAnswerError:
        return ""
    name = min(response.content, key=lambda name: not is_json(essence_of(name)))
    return _stated(contract.document, response.content[name])


def _stated(document: Document, media: MediaType) -> str:
    """Where the first example stands: beside the schema, among the named ones, or in the schema."""
    try:
        raw = document.resolve(media.pointer)
        if "example" in raw:
            return f"{media.pointer}/example"
        named = raw.get("examples")
        for name, example in named.items() if isinstance(named, dict) else ():
            return document.follow(example, f"{media.pointer}/examples{pointer_to(name)}")[1]
        schema, at = media.schema, f"{media.pointer}/schema"
        while isinstance(schema, dict):
            if "example" in schema:
                return f"{at}/example"
            if schema.get("examples"):
                return f"{at}/examples/0"
            schema, at = document.step(schema["$ref"])
    except (UnresolvedReferenceError, KeyError):
        pass
    return ""
