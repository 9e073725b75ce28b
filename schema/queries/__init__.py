"""Queries, one module a noun: filters and fields."""
