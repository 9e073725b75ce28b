"""One Protocol, one file per outlet, and the loopback gateway."""
