"""Parley beside other GraphQL servers, on one PostgreSQL with the same rows."""
