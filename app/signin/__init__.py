"""How requests are signed in: our tokens, outside issuers' tokens and API keys become viewers."""
