"""Who may sign in, how, and with what rights; and the record of it."""
