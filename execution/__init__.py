"""The compiled executor: a GraphQL operation becomes generated Python."""

from execution.operation import CompiledOperation, compile_operation
from execution.plan import Unsupported
from execution.reading import Shortcuts

__all__ = ["CompiledOperation", "Shortcuts", "Unsupported", "compile_operation"]
