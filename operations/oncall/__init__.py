"""Commands for whoever is on call: what fires, who was told, silences, a test message."""
