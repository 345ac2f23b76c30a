"""Where the example workspace is: in the checkout, or carried by the wheel."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


class ExampleMissingError(Exception):
    """The example is not where an installation or a checkout has it."""


def example_folder(name: str = "meridian") -> Path:
    """The folder of an example workspace; raises ExampleMissingError."""
    carried = _HERE.parent / "examples" / name
    checkout = _HERE.parent.parent / "examples" / name
    for folder in (carried, checkout):
        if (folder / "tidewaiter.yaml").is_file():
            return folder
    raise ExampleMissingError(f"the example {name} is in neither {carried} nor {checkout}: install tidewaiter anew")
