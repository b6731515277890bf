"""The GraphQL side of the API: types, operations and what guards them."""
