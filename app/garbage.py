"""When Python's garbage collector looks at what."""

import gc

# Objects that were made and are still there: a few large responses in flight, some megabytes.
COLLECT_AFTER = 50_000


def spare_collections() -> None:
    """Let the garbage collector look only at what is made from now on, and less often.

    Modules and the schema stay for good, and are hundreds of thousands of objects: to visit them
    again and again took a third of the time of a page of messages, or of a delivery, and an eighth
    of that in which a chat becomes rows.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)
