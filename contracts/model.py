"""What all files that people write have in common: frozen, and a misspelt key is an error."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from contracts.meanings import describe


class Written(BaseModel):
    """A model of data that people write (DESIGN: frozen, `extra="forbid"`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        """With what each field means: its docstring."""
        made = handler(core)
        aliases = {name: field.alias for name, field in cls.model_fields.items() if field.alias is not None}
        describe(cls, aliases, handler.resolve_ref_schema(made))
        return made


ID_PATTERN = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=64)]
"""The name of a file without its ending: lower-case words joined by hyphens."""

VERSION_PATTERN = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*))?$"
VersionNumber = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
"""An exact contract version, `1.2` or `1.2.3`."""

ApiVersion = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*@\d+\.\d+(\.\d+)?$")]
"""`api@version`."""

SECRET_IN_CLEAR = "secret_in_clear"  # noqa: S105 - a kind of error
"""The kind of error where a value stands in the place of a secret's name."""

_SECRET = re.compile(r"^secret:[A-Z][A-Z0-9_]*$")


def _names_a_secret(value: str) -> str:
    if not _SECRET.match(value):
        # pydantic puts the input beside the message; the workspace loader leaves it out, so nothing leaks here.
        raise PydanticCustomError(SECRET_IN_CLEAR, "a secret must not stand in clear in the workspace")
    return value


def fault(code: str, message: str, remedy: str, key: str = "") -> PydanticCustomError:
    """What a model's own validator raises; `key` is the key at fault inside the model."""
    # Braces would be taken for fields of a template.
    text = message.replace("{", "(").replace("}", ")")
    return PydanticCustomError("written", "{text}", {"text": text, "code": code, "remedy": remedy, "key": key})


SecretName = Annotated[str, AfterValidator(_names_a_secret)]
"""`secret:NAME`; the node's own settings say where the value comes from and where it may be sent."""
