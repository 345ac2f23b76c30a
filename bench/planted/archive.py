"""Files by name, one archive for all divisions."""

from asked import Answer, Asked, RefusedError
from books import Books, not_there

_MOST = 4 * 1024 * 1024
_MEDIA = ("application/octet-stream", "application/pdf")


def read_file(books: Books, _: Asked, name: str) -> Answer:
    """The bytes as they were stored."""
    found = books.store.file(name)
    if found is None:
        raise not_there()
    content, media, version = found
    return Answer(200, raw=content, media=media, headers=[books.etag(version)])


def store_file(books: Books, asked: Asked, name: str) -> Answer:
    """A new one, or in the place of the one of this name."""
    media = asked.media_type() if asked.body else _MEDIA[0]
    if media not in _MEDIA:
        raise RefusedError(415, "media_type", "The body must be application/octet-stream or application/pdf.")
    if len(asked.body) > _MOST:
        raise RefusedError(413, "too_large", "The file is larger than 4 MiB.")
    if books.faulty("empty-file-500") and not asked.body:
        raise RefusedError(500, "internal", "An unexpected error occurred.")
    version = books.store.put_file(name, asked.body, media)
    return Answer(201, headers=[("Location", f"/archive/{name}")]) if version == 1 else Answer(204)
