"""Which security scheme of the new document is which of the old one: by name, or renamed with an equal definition."""

from typing import TYPE_CHECKING, Any

from contracts.written import pointer_to
from governance.diff.same import same
from governance.diff.walk.reading import Node, Reading

if TYPE_CHECKING:
    from governance.diff.walk.facts import Around


class SchemePairs:
    """The schemes that both documents define, and the operations that use each."""

    def __init__(self, old: Reading, new: Reading) -> None:
        self.old = _defined(old)
        self.new = _defined(new)
        self.names: dict[str, str] = {}
        """The old name of a scheme by its new one."""
        self.used: dict[str, list[Around]] = {}
        """By old name, the operations that both documents protect with it."""
        free = [name for name in sorted(self.old) if name not in self.new]
        for name in sorted(self.new):
            if name in self.old:
                self.names[name] = name
                continue
            before = next((one for one in free if _equal(self.old[one].value, self.new[name].value)), None)
            if before is not None:
                self.names[name] = before
                free.remove(before)


def _defined(reading: Reading) -> dict[str, Node]:
    components = reading.child(reading.root, "components")
    holder = reading.child(components, "securitySchemes")
    found = {}
    for name in holder.members:
        node = reading.follow(Node(holder.members[name], f"{holder.at}{pointer_to(name)}"))
        if isinstance(node.value, dict):
            found[str(name)] = node
    return found


def _equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return same(*({key: value for key, value in d.items() if key != "description"} for d in (one, other)))
