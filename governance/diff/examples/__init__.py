"""Examples and patterns of plain JSON Schemas: values that keep to one and fail another."""
