"""What became of documents, in the caches and in the executor, for /metrics."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.graphql.documents import CacheStatistics
from execution import Statistics


class ExecutionMetrics(Collector):
    """Reads the statistics of one executor and one store of documents at each scrape."""

    def __init__(self, executor: Statistics, documents: CacheStatistics) -> None:
        self._executor = executor
        self._documents = documents

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        executor, documents = self._executor, self._documents
        yield _count("parley_operations_compiled", "Operations compiled.", executor.compiled)
        yield _count("parley_compile_seconds", "Time spent on compiling.", executor.compile_seconds)
        yield _count("parley_compiled_executions", "Executions by compiled code.", executor.hits)
        fallbacks = CounterMetricFamily(
            "parley_core_executions", "Executions by graphql-core, by why.", labels=["reason"]
        )
        for reason, count in executor.fallbacks.items():
            fallbacks.add_metric([reason], count)
        yield fallbacks
        yield _gauge("parley_compiled_bytes", "Estimated size of compiled code.", executor.bytes)
        yield _count("parley_compiled_evicted", "Compiled, and given up.", executor.evicted)
        yield _gauge("parley_document_bytes", "Estimated size of documents.", documents.bytes)
        yield _count("parley_document_hits", "Documents that were known.", documents.hits)
        yield _count("parley_document_misses", "Documents that were not.", documents.misses)
        yield _count("parley_documents_evicted", "Known ones, given up.", documents.evicted)


def _count(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
