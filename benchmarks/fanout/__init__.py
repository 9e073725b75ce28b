"""How fast one event reaches many sockets, beside other servers."""
