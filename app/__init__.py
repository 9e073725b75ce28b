"""Wires everything: settings, the application, sign-in, health, worker, embedded servers, CLI."""
