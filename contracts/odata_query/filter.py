"""`$filter` of OData V2 and V4 by recursive descent (OData 4.01 URL conventions, section 5.1.1; ABNF `boolCommonExpr`).

Where readers of OData disagree the text is refused, not guessed: `not a eq b` must be written with brackets.
"""

from typing import Final, cast
from typing import Literal as Choice

from contracts.odata_query.tokens import Dialect, ODataSyntaxError, Token, tokenize
from contracts.odata_query.tree import (
    Alias,
    Binary,
    Compare,
    FunctionCall,
    In,
    Lambda,
    Literal,
    LiteralKind,
    Logic,
    Node,
    Path,
    TypeName,
    Unary,
)

MOST_DEPTH: Final = 32
"""How deep brackets, functions and lambdas may stand in one another."""
MOST_HEIGHT: Final = 64
"""How high a tree may grow; a chain of `add` grows with each, one of `and` or `or` does not."""

_LEVELS: Final = {
    "or": 1, "and": 2, "eq": 3, "ne": 3, "gt": 4, "ge": 4, "lt": 4, "le": 4,
    "add": 5, "sub": 5, "mul": 6, "div": 6, "divby": 6, "mod": 6, "has": 7, "in": 7,
}  # fmt: skip
_V4_ONLY: Final = frozenset({"has", "in", "divby"})
_RESERVED: Final = frozenset({*_LEVELS, "not"})
_WORDS: Final = {"true": "boolean", "false": "boolean", "null": "null"}
_LITERALS: Final = frozenset({"string", "number", "guid", "date", "time", "typed"})
_ONE: Final = frozenset({1})
_SHARED: Final = {
    **dict.fromkeys(
        ("length", "tolower", "toupper", "trim", "year", "month", "day", "hour", "minute", "second", "round", "floor",
         "ceiling"), _ONE),
    **dict.fromkeys(("startswith", "endswith", "indexof", "concat"), frozenset({2})),
    "substring": frozenset({2, 3}),
    "isof": frozenset({1, 2}),
}  # fmt: skip
FUNCTIONS: Final = {
    "v2": {**_SHARED, "substringof": frozenset({2}), "replace": frozenset({3})},
    "v4": {
        **_SHARED,
        "contains": frozenset({2}), "cast": frozenset({1, 2}), "hassubset": frozenset({2}),
        "hassubsequence": frozenset({2}), "geo.distance": frozenset({2}), "geo.intersects": frozenset({2}),
        "geo.length": _ONE, "date": _ONE, "time": _ONE, "fractionalseconds": _ONE, "totaloffsetminutes": _ONE,
        "totalseconds": _ONE, "now": frozenset({0}), "mindatetime": frozenset({0}), "maxdatetime": frozenset({0}),
    },
}  # fmt: skip
"""Built-in functions and how many arguments each takes. `matchesPattern` and `case` are not among them."""


def parse_filter(text: str, dialect: Dialect, option: str = "$filter") -> Node:
    """The tree of a decoded text. Raises ODataSyntaxError."""
    parser = Parser(tokenize(text, option, dialect), option, dialect)
    node = parser.expression()
    parser.end()
    return node


def parse_literal(text: str, dialect: Dialect, option: str = "literal") -> Literal:
    """One literal and nothing else. Raises ODataSyntaxError."""
    node = parse_filter(text, dialect, option)
    if not isinstance(node, Literal):
        raise ODataSyntaxError(option, 0, "expected a literal")
    return node


class Parser:
    """Reads expressions off a list of tokens; options with expressions inside them go on with the same one."""

    def __init__(self, tokens: list[Token], option: str, dialect: Dialect) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._height = 0
        self.option = option
        self.dialect: Dialect = dialect

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._place]

    def advance(self) -> Token:
        """Take the next token."""
        token = self._tokens[self._place]
        if token.kind != "end":
            self._place += 1
        return token

    def is_sign(self, sign: str) -> bool:
        """Whether that sign comes next."""
        return self.token.kind == "sign" and self.token.text == sign

    def take(self, sign: str) -> bool:
        """Take that sign if it comes next."""
        found = self.is_sign(sign)
        if found:
            self._place += 1
        return found

    def expect(self, sign: str) -> None:
        """Take that sign. Raises ODataSyntaxError."""
        if not self.take(sign):
            raise self.error(f"expected `{sign}`")

    def end(self) -> None:
        """Raises ODataSyntaxError where anything is left."""
        if self.token.kind != "end":
            raise self.error("expected an operator or the end")

    def error(self, message: str, at: Token | None = None) -> ODataSyntaxError:
        """An error at a token, else at the next one."""
        return ODataSyntaxError(self.option, (at or self.token).position, message)

    def deeper(self) -> None:
        """One level down. Raises ODataSyntaxError where that is too deep."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise self.error(f"more than {MOST_DEPTH} levels stand in one another")

    def higher(self) -> None:
        """One level up again."""
        self._depth -= 1

    def expression(self) -> Node:
        """An expression as far as it goes."""
        return self._climb(1)

    def _climb(self, least: int) -> Node:
        """Precedence climbing; `_height` is that of the node given back."""
        left = self._operand()
        height = self._height
        while (level := self._level()) >= least:
            token = self._operator()
            if level <= 2:
                operands = [left]
                while True:
                    operands.append(self._climb(level + 1))
                    height = max(height, self._height)
                    if self._level() != level:
                        break
                    self._operator()
                left = Logic("or" if level == 1 else "and", tuple(operands))
            elif token.text == "in":
                left = In(left, self._members())
            else:
                right = self._climb(level + 1)
                height = max(height, self._height)
                left = Binary(cast("Compare", token.text), left, right)
            height = self._grown(height)
        self._height = height
        return left

    def _grown(self, height: int) -> int:
        if height >= MOST_HEIGHT:
            raise self.error(f"more than {MOST_HEIGHT} operators hang on one another; use brackets less")
        return height + 1

    def _level(self) -> int:
        token = self.token
        level = _LEVELS.get(token.text, 0) if token.kind == "name" else 0
        return 0 if self.dialect == "v2" and token.text in _V4_ONLY else level

    def _operator(self) -> Token:
        """An operator word stands apart from what is around it."""
        before = self._tokens[self._place - 1]
        token = self.advance()
        if not token.spaced and before.text != ")":
            raise self.error("expected white space before an operator", token)
        if not self.token.spaced and not self.is_sign("("):
            raise self.error("expected white space after an operator")
        return token

    def _operand(self) -> Node:
        token = self.token
        self._height = 0
        if token.kind in _LITERALS:
            self.advance()
            return Literal(cast("LiteralKind", token.kind), token.text)
        if token.kind == "alias":
            self.advance()
            return Alias(token.text[1:], token.position)
        if self.take("("):
            self.deeper()
            node = self._climb(1)
            self.higher()
            self.expect(")")
            return node
        if self.take("-"):
            return self._unary("-")
        if token.kind == "name":
            following = self._tokens[self._place + 1]
            if token.text == "not" and following.text != "/" and (following.spaced or following.text == "("):
                self.advance()
                return self._unary("not")
            if following.text == "(" and not following.spaced and following.kind == "sign":
                return self._call()
            if token.text in _WORDS and following.text != "/":
                self.advance()
                return Literal(cast("LiteralKind", _WORDS[token.text]), token.text)
            return self._path()
        if token.kind == "dollar" and self.dialect == "v4" and token.text in ("$it", "$root", "$this"):
            return self._path()
        raise self.error("expected a value, a property, a function or `(`")

    def _unary(self, operator: str) -> Node:
        self.deeper()
        if operator == "not":
            node = Unary("not", self._climb(7))
            if 3 <= self._level() <= 6:
                raise self.error("put what `not` negates in brackets: `not (a eq b)`")
        else:
            node = Unary("-", self._operand())
        self.higher()
        self._height = self._grown(self._height)
        return node

    def _call(self) -> Node:
        token = self.advance()
        arities = FUNCTIONS[self.dialect].get(token.text)
        if arities is None:
            raise self.error(f"OData {self.dialect.upper()} has no function of this name that is taken here", token)
        self.expect("(")
        self.deeper()
        arguments: list[Node] = []
        tallest = 0
        if not self.is_sign(")"):
            while True:
                arguments.append(self._argument(token.text))
                tallest = max(tallest, self._height)
                if not self.take(","):
                    break
        self.higher()
        self.expect(")")
        if len(arguments) not in arities:
            wanted = " or ".join(str(arity) for arity in sorted(arities))
            raise self.error(f"the function takes {wanted} argument(s)", token)
        self._height = self._grown(tallest)
        return FunctionCall(token.text, tuple(arguments))

    def _argument(self, function: str) -> Node:
        token = self.token
        if function in ("cast", "isof") and token.kind == "name" and "." in token.text:
            following = self._tokens[self._place + 1]
            if following.text in (")", ","):
                self.advance()
                self._height = 0
                return TypeName(token.text, token.position)
        return self._climb(1)

    def _members(self) -> tuple[Node, ...]:
        self.expect("(")
        members: list[Node] = []
        while True:
            token = self.token
            node = self._operand() if token.kind in ("name", "alias", *_LITERALS) else None
            if not isinstance(node, Literal | Alias):
                raise self.error("expected values in the list of `in`, no expressions", token)
            members.append(node)
            if not self.take(","):
                break
        self.expect(")")
        return tuple(members)

    def _path(self) -> Node:
        first = self.advance()
        if first.text in _RESERVED and not (self.dialect == "v2" and first.text in _V4_ONLY):
            raise self.error("expected a value or a property before an operator", first)
        segments = [first.text]
        while self.is_sign("/"):
            if self.token.spaced:
                raise self.error("no white space may stand around `/`")
            self.advance()
            token = self.advance()
            if token.spaced:
                raise self.error("no white space may stand around `/`", token)
            if token.kind == "dollar" and token.text == "$count" and self.dialect == "v4":
                segments.append(token.text)
                break
            if token.kind != "name":
                raise self.error("expected a name after `/`", token)
            if self.is_sign("(") and not self.token.spaced:
                return self._lambda(token, Path(tuple(segments), first.position))
            segments.append(token.text)
        self._height = 0
        return Path(tuple(segments), first.position)

    def _lambda(self, token: Token, path: Path) -> Node:
        if token.text not in ("any", "all") or self.dialect == "v2":
            raise self.error("functions of the service are not taken here", token)
        quantifier: Choice["any", "all"] = "any" if token.text == "any" else "all"
        self.expect("(")
        if quantifier == "any" and self.take(")"):
            self._height = 1
            return Lambda(path, "any")
        variable = self.advance()
        if variable.kind != "name" or "." in variable.text or variable.text in _RESERVED or variable.text in _WORDS:
            raise self.error("expected the name of the lambda's variable", variable)
        self.expect(":")
        self.deeper()
        body = self._climb(1)
        self.higher()
        self.expect(")")
        self._height = self._grown(self._height)
        return Lambda(path, quantifier, variable.text, body)
