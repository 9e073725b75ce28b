"""Pure functions: text in, findings out."""
