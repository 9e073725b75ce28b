"""structlog for our own log and for that of the libraries, in one form."""

import logging
import sys

import structlog


def configure(log_format: str, level: str) -> None:
    """Write lines for people ("console") or JSON objects ("json") to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # The default shows the values of variables: messages and tokens among them.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Requests are counted in /metrics; a line for each would drown the rest.
    logging.getLogger("uvicorn.access").disabled = True
    # It writes two lines a socket.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # It warns of each malformed body, which the client is told of.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
