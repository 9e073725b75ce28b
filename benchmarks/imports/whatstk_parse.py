"""Parses a chat with whatstk, in a Python that has it: prints what it took as JSON."""

import json
import resource
import sys
import time

from whatstk import df_from_whatsapp  # type: ignore[import-not-found]

started = time.perf_counter()
messages = len(df_from_whatsapp(sys.argv[1], max_size=None))
seconds = time.perf_counter() - started
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "messages": messages, "megabytes": megabytes}))
