"""The compiled executor: a GraphQL operation becomes generated Python."""
