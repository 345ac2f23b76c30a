"""What every JUnit report of ours has in common (the form of Jenkins' junit-10.xsd): its frame and its escaping."""

import re
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

# What no XML 1.0 document may hold, however it is escaped.
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def page(suites: Iterable[str]) -> str:
    """The whole file, of suites that are XML."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n' + "".join(suites) + "</testsuites>\n"


def text(value: str) -> str:
    """A text between tags."""
    return escape(_NO_XML.sub("\ufffd", value))


def attributes(**values: object) -> str:
    """Attributes of a tag, each with a space before it."""
    return "".join(f" {name}={quoteattr(_NO_XML.sub(chr(0xFFFD), str(value)))}" for name, value in values.items())
