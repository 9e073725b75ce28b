"""Statistics: counted now and then, and read as they were counted last."""
