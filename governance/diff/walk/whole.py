"""The walk over two documents, whole."""

from contracts.document import Document
from governance.diff.digests import Digests
from governance.diff.sites import Walked
from governance.diff.walk import callbacks, documents, operations, path_items, schemes, servers, tags
from governance.diff.walk.facts import Comparison
from governance.diff.walk.paths import paths_of
from governance.diff.walk.reading import Reading


def walk(old: Document, new: Document, digests: tuple[Digests, Digests] | None = None) -> Walked:
    """Every fact outside schemas, and the places where schemas are to be compared. Raises nothing for odd documents.

    The result does not depend on the order of keys. `digests` are those of both documents where somebody has them.
    """
    before = Reading(old)
    after = before if old is new else Reading(new)
    comparison = Comparison(before, after, digests or (Digests(old), Digests(new)))
    documents.compare(comparison)
    tags.compare_definitions(comparison)
    pairing = paths_of(before, after, servers.bases(comparison))
    path_items.compare_all(comparison, pairing)
    if not pairing.matched:
        servers.compare_roots(comparison)
    callbacks.webhooks(comparison, operations.compare)
    schemes.compare(comparison)
    documents.unreferenced(comparison)
    return comparison.finish()
