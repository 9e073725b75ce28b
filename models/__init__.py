"""Tables, enums, transitions and the sessions that read and write them."""
