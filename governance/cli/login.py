"""Who sits at the terminal, as far as the machine knows: a word for readers that proves nothing."""


def login() -> str:
    """The login name; `unknown` where there is none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
