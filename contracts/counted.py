"""A number and what is counted, in words."""


def counted(number: float, what: str, plural: str = "") -> str:
    """`1 route`, `2 routes`; `plural` where it is not made with an s."""
    shown = f"{number:g}" if isinstance(number, float) else number
    return f"{shown} {what if number == 1 else plural or what + 's'}"
