"""The document itself: its version, its components, what it says about itself."""

from typing import Final

from governance.diff.change import Area
from governance.diff.rules.documents import document, example
from governance.diff.rules.writing import ADDS, CHANGES, NONE, REMOVES, VALUE, B, I, W, documentation, extensions
from governance.diff.wording import says, valued
from governance.rules import Rule

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "number"}

RULES: Final = (
    Rule(
        "openapi-version-changed", Area.DOCUMENT, ("openapi",), CHANGES, NONE, I, I, I,
        exposes=False,
        reason="Which version of OpenAPI a contract is written in changes no message; what it changes in the meaning "
        "of schemas is found where it matters.",
        do="Nothing; your tools must read this version of OpenAPI.",
        example=example({**document(), "openapi": "3.0.3"}, {**document(), "openapi": "3.1.0"}),
        message=valued("openapi"),
    ),
    Rule(
        "contract-version-changed", Area.DOCUMENT, ("version",), CHANGES, NONE, I, I, I,
        exposes=False,
        reason="The number of a version is a statement about the change, no change of its own.",
        do="Nothing.",
        example=example(
            {**document(), "info": {"title": "Orders", "version": "1.0.0"}},
            {**document(), "info": {"title": "Orders", "version": "1.1.0"}},
        ),
        message=valued("info.version"),
    ),
    Rule(
        "component-added", Area.DOCUMENT, ("component",), ADDS, NONE, I, I, I,
        exposes=False,
        reason="A component is in no message until something refers to it.",
        do="Nothing.",
        example=example(document(), document(components={"schemas": {"Order": _TEXT}})),
        message=says("the component was added"),
    ),
    Rule(
        "component-removed", Area.DOCUMENT, ("component",), REMOVES, NONE, I, I, B,
        exposes=False,
        reason="What referred to it is judged where it did. A generated client loses the type of this name.",
        do="You must name the type otherwise where you generate code.",
        example=example(document(components={"schemas": {"Order": _TEXT}}), document()),
        message=says("the component was removed"),
    ),
    Rule(
        "component-changed", Area.DOCUMENT, ("component",), CHANGES, NONE, I, I, I,
        exposes=False,
        reason="No operation refers to the component: it is in no message.",
        do="Nothing.",
        example=example(
            document(components={"schemas": {"Order": _TEXT}}), document(components={"schemas": {"Order": _NUMBER}})
        ),
        message=says("the component, to which nothing refers, was changed"),
    ),
    Rule(
        "document-dialect-changed", Area.DOCUMENT, ("dialect",), VALUE, NONE, W, W, W,
        exposes=False,
        reason="`jsonSchemaDialect` says how every schema is to be read; what it changes in schemas is found where it "
        "matters, as far as the dialect is known.",
        do="You should see whether your tools read schemas in this dialect.",
        example=example(
            {**document(), "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base"},
            {**document(), "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema"},
        ),
        message=valued("jsonSchemaDialect"),
    ),
    documentation(
        Area.DOCUMENT, ("info", "externalDocs", "description"), NONE,
        example(
            {**document(), "info": {"title": "Orders", "version": "1.0.0"}},
            {**document(), "info": {"title": "Sales orders", "version": "1.0.0"}},
        ),
    ),
    extensions(Area.DOCUMENT, NONE, example(document(), document(**{"x-team": "sales"}))),
)  # fmt: skip
