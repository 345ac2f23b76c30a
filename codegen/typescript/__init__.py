"""The same clients in TypeScript: types by openapi-typescript, calls over openapi-fetch."""
