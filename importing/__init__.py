"""Chat archives become conversations."""
