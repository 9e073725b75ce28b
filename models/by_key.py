"""Rows of a batch are found by their keys, however small PostgreSQL believes the table to be."""

FEW = "{0} = {0} + 0"
"""A condition on a batch's column of integers that always holds.

PostgreSQL makes a plan by what was in the table when its statistics were made, and keeps it until
they are made again: a batch that was joined to all of a small table goes on to be as it grows. With
this it expects fewer rows of the batch, and looks each of them up.
"""


def keys(parameter: str) -> str:
    """The ids of an array parameter as a table `key (id)`, to be joined by an equality."""
    few = FEW.format("given.n")
    return (
        f"(SELECT given.id FROM unnest({parameter}::uuid[]) WITH ORDINALITY AS given (id, n)"
        f" WHERE {few}) AS key"
    )
