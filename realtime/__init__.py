"""The bus, the hub, events, presence and the unit of work."""
