"""Rules that write a document in another way and keep its meaning, and their composition at random."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import rewriting_components as components
import rewriting_documents as documents
import rewriting_schemas as schemas
from document_places import SECTIONS, copied
from rewriting_draft import Draft


@dataclass(frozen=True)
class Rewriting:
    """One rule: applied at a random place that fits; where none fits the document stays as it is."""

    name: str
    reason: str
    apply: Callable[[Draft], bool]
    """Changes the draft; False where no place fits."""

    def __call__(self, tree: dict[str, Any], random: Random) -> dict[str, Any]:
        """The document rewritten once, as a tree of its own."""
        return rewritten(tree, [self], random)[0]

    def __repr__(self) -> str:
        return self.name


def _rule(function: Callable[[Draft], bool]) -> Rewriting:
    return Rewriting(function.__name__.replace("_", "-"), (function.__doc__ or "").splitlines()[0], function)


RULES: tuple[Rewriting, ...] = tuple(
    _rule(function)
    for function in (
        components.inline_schema,
        components.extract_schema,
        components.inline_part,
        components.extract_part,
        components.extract_path_item,
        components.alias,
        components.rename_component,
        components.rename_security_scheme,
        schemas.wrap_in_all_of,
        schemas.wrap_in_any_of,
        schemas.wrap_in_one_of,
        schemas.unwrap,
        schemas.flatten_all_of,
        schemas.split_object,
        schemas.keyword_into_all_of,
        schemas.enum_and_const,
        schemas.enum_as_alternatives,
        schemas.type_and_list_of_one,
        schemas.types_as_alternatives,
        schemas.null_as_alternative,
        schemas.one_of_and_any_of,
        schemas.repeat_branch,
        schemas.not_not,
        schemas.exclusive_bound,
        schemas.inclusive_bound,
        schemas.numbers_with_point,
        schemas.anything,
        schemas.tautology,
        schemas.if_as_alternatives,
        schemas.dependent_required,
        schemas.comment,
        schemas.schema_defaults,
        schemas.state_mapping,
        documents.shuffle_keys,
        documents.reorder_in_schema,
        documents.reorder_parameters,
        documents.reorder_security,
        documents.reorder_tags,
        documents.parameter_to_operations,
        documents.parameter_to_path,
        documents.servers_to_operations,
        documents.servers_to_paths,
        documents.default_server,
        documents.security_to_operations,
        documents.security_to_document,
        documents.default_said,
        documents.header_case,
        documents.media_type_case,
        documents.as_3_1,
    )
)


def rewritten(
    tree: dict[str, Any], rules: Sequence[Rewriting], random: Random
) -> tuple[dict[str, Any], tuple[Rewriting, ...]]:
    """A document after the rules, one after the other, and those of them that found a place."""
    draft = Draft(copied(tree), random)
    unused = frozenset((s, name) for s in SECTIONS for name in tree.get("components", {}).get(s, {})) - draft.used
    used = []
    for rule in rules:
        if rule.apply(draft):
            used.append(rule)
        draft.tidy(unused)
    return draft.tree, tuple(used)
