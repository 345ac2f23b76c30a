"""What all files that people write have in common: frozen, and a misspelt key is an error."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Written(BaseModel):
    """A model of data that people write (DESIGN: frozen, `extra="forbid"`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=True)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", max_length=64)]
"""The name of a file without its ending: lower-case words joined by hyphens."""

VersionNumber = Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*))?$")]
"""An exact contract version, `1.2` or `1.2.3`."""

ApiVersion = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*@\d+\.\d+(\.\d+)?$")]
"""`api@version`."""

_SECRET = re.compile(r"^secret:[A-Z][A-Z0-9_]*$")


def _names_a_secret(value: str) -> str:
    if not _SECRET.match(value):
        # pydantic puts the input beside the message; the workspace loader leaves it out, so nothing leaks here.
        raise ValueError("a secret must not stand here in clear: write secret:NAME (capitals, digits, _)")
    return value


SecretName = Annotated[str, AfterValidator(_names_a_secret)]
"""`secret:NAME`; the node's own settings say where the value comes from and where it may be sent."""
