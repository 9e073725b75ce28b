"""What became of documents, in the caches and in the executor, for /metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from app.graphql.documents import CacheStatistics
from app.metric_families import counter, counters, gauge
from execution import Statistics


class ExecutionMetrics(Collector):
    """Reads the statistics of one executor and one store of documents at each scrape."""

    def __init__(self, executor: Statistics, documents: CacheStatistics) -> None:
        self._executor = executor
        self._documents = documents

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        executor, documents = self._executor, self._documents
        yield counter("parley_operations_compiled", "Operations compiled.", executor.compiled)
        yield counter("parley_compile_seconds", "Time spent compiling.", executor.compile_seconds)
        yield counter("parley_compiled_executions", "Executions by compiled code.", executor.hits)
        yield counters(
            "parley_core_executions",
            "Executions by graphql-core, by why.",
            "reason",
            executor.fallbacks,
        )
        yield gauge("parley_compiled_bytes", "Estimated size of compiled code.", executor.bytes)
        yield counter("parley_compiled_evicted", "Compiled, and given up.", executor.evicted)
        yield gauge("parley_document_bytes", "Estimated size of documents.", documents.bytes)
        yield counter("parley_document_hits", "Documents that were known.", documents.hits)
        yield counter("parley_document_misses", "Documents that were not.", documents.misses)
        yield counter("parley_documents_evicted", "Known ones, given up.", documents.evicted)
