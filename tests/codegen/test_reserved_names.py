"""Schemas that are called as types of the generated modules are: each is a class of its own, with an underscore."""

import pytest

from codegen.models import objects_source
from codegen.shapes.shape import Member, ObjectShape, Scalar


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("kind", ["string", "number", "decimal", "moment", "uuid"])
def test_a_schema_called_as_a_type(kind, sent):
    """Tryton calls its decimals `Decimal`; whether the type itself is used beside it makes no difference."""
    shapes = [
        ObjectShape(name, "", (Member("value", "value", Scalar(kind), True, ""),), False)
        for name in ("Decimal_", "Any_", "UUID_", "Order")
    ]
    source = objects_source(shapes, (), "acme_orders", sent=sent)
    assert all(f"class {one.name}(" in source for one in shapes)
