"""Packages of the example's contracts: whole, typed, the same bytes each time."""

import pytest
from generated_client import MERIDIAN, generate, load, typed


@pytest.mark.parametrize("name", ["stock@1.1", "sales-orders@1.1", "business-central@2.0", "directory@1.0"])
def test_a_package_imports_and_is_typed_strictly(name, tmp_path):
    out, description = generate(name, tmp_path, MERIDIAN)

    package = load(out)
    client = package.Client("http://127.0.0.1:9")
    for resource in description.resources:
        for operation in resource.operations:
            assert callable(getattr(getattr(client, resource.name), operation.name))
    assert typed(out) == ""
    assert description.left_out == ()
