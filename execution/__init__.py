"""The compiled executor: a GraphQL operation becomes generated Python.

    executor = Executor(schema)
    result = executor.execute(document, context_value=context)
    if isawaitable(result):
        result = await result

The result is that of `graphql.execute`: the same data, errors, paths and locations. What cannot be
compiled is executed by graphql-core and counted in `executor.statistics`. The package knows
graphql-core and nothing else.
"""

from execution.cache import Sightings
from execution.executor import Executor, Statistics
from execution.loads import BatchLoader, Loaded, Selected
from execution.operation import CompiledOperation, compile_operation
from execution.plan import Unsupported
from execution.reading import Shortcuts
from execution.scalars import Inline

__all__ = [
    "BatchLoader",
    "CompiledOperation",
    "Executor",
    "Inline",
    "Loaded",
    "Selected",
    "Shortcuts",
    "Sightings",
    "Statistics",
    "Unsupported",
    "compile_operation",
]
