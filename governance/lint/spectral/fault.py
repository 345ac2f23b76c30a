"""What in a rule set of Spectral's form is wrong, or not run here."""


class RuleFaultError(Exception):
    """Part of a rule that cannot be used; `str()` is the message. The reader of the file adds the place."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        self.code = code
        self.remedy = remedy
        super().__init__(message)
