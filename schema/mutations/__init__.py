"""Mutations, one module a noun: inputs, payloads and fields. Each takes one `input`."""
