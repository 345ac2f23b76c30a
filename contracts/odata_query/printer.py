"""Trees printed again, in one form only: what is printed parses to the same tree.

Every operand that is an operation itself stands in brackets, so no reader's own order of operators matters.
"""

from contracts.odata_query.options import Expanded, Options, Ordered, Selected
from contracts.odata_query.tree import (
    Alias,
    Binary,
    FunctionCall,
    In,
    Lambda,
    Literal,
    Logic,
    Node,
    Path,
    TypeName,
    Unary,
)


def print_filter(node: Node) -> str:
    """The text of a tree, not percent-encoded. Recursive: a parsed tree is never higher than `filter.MOST_HEIGHT`."""
    match node:
        case Literal():
            return node.text
        case Path():
            return "/".join(node.segments)
        case Alias():
            return f"@{node.name}"
        case TypeName():
            return node.name
        case FunctionCall():
            return f"{node.name}({','.join(print_filter(argument) for argument in node.arguments)})"
        case Unary(operator="not"):
            return f"not {_bound(node.operand)}"
        case Unary():
            inside = print_filter(node.operand)
            return f"-{inside}" if isinstance(node.operand, Path | FunctionCall) else f"-({inside})"
        case Binary():
            return f"{_bound(node.left)} {node.operator} {_bound(node.right)}"
        case In():
            return f"{_bound(node.operand)} in ({','.join(print_filter(member) for member in node.members)})"
        case Logic():
            return f" {node.operator} ".join(_operand(operand) for operand in node.operands)
        case Lambda():
            start = f"{'/'.join(node.path.segments)}/{node.quantifier}"
            return f"{start}()" if node.body is None else f"{start}({node.variable}:{print_filter(node.body)})"


def conjoin(pin: Node, caller: Node | None) -> str:
    """`(pin) and (caller)`, or the pin alone. From trees, so no text of a caller can leave its brackets."""
    if caller is None:
        return print_filter(pin)
    return f"({print_filter(pin)}) and ({print_filter(caller)})"


def _bound(node: Node) -> str:
    """In brackets unless nothing can come between its parts."""
    text = print_filter(node)
    return f"({text})" if isinstance(node, Unary | Binary | In | Logic) else text


def _operand(node: Node) -> str:
    """Of `and` and `or`: comparisons bind tighter in every reading, `not` does not in all."""
    text = print_filter(node)
    return f"({text})" if isinstance(node, Logic | Unary) else text


def print_select(items: tuple[Selected, ...]) -> str:
    """The text of `$select`."""
    return ",".join("/".join(item.segments) for item in items)


def print_orderby(items: tuple[Ordered, ...]) -> str:
    """The text of `$orderby`."""
    return ",".join(_bound(item.expression) + (" desc" if item.descending else "") for item in items)


def print_expand(items: tuple[Expanded, ...]) -> str:
    """The text of `$expand`, its options in one order."""
    return ",".join(_expanded(item) for item in items)


def _expanded(item: Expanded) -> str:
    path = "/".join((*item.segments, item.tail) if item.tail else item.segments)
    inside = _inside(item.options) if item.options is not None else []
    if item.levels:
        inside.append("$levels=" + ("max" if item.levels < 0 else str(item.levels)))
    return f"{path}({';'.join(inside)})" if inside else path


def _inside(options: Options) -> list[str]:
    found: list[str] = []
    if options.filter is not None:
        found.append("$filter=" + print_filter(options.filter))
    if options.select is not None:
        found.append("$select=" + print_select(options.select))
    if options.expand is not None:
        found.append("$expand=" + print_expand(options.expand))
    if options.orderby is not None:
        found.append("$orderby=" + print_orderby(options.orderby))
    if options.top is not None:
        found.append(f"$top={options.top}")
    if options.skip is not None:
        found.append(f"$skip={options.skip}")
    if options.count is not None:
        found.append("$count=" + ("true" if options.count else "false"))
    return found
