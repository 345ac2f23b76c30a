"""A number and what is counted, in words."""


def counted(number: int, what: str, plural: str = "") -> str:
    """`1 route`, `2 routes`; `plural` where it is not made with an s."""
    return f"{number} {what if number == 1 else plural or what + 's'}"
