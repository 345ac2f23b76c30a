"""Messages made from a raw OpenAPI document, known good and known bad; shares no code with the compiler."""
