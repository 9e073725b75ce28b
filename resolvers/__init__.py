"""One module a noun: plain async functions on a Context, with their loaders and policy."""
