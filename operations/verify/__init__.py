"""Does the running stack work? `python -m operations.verify` asks all of it; see docs/verify.md."""
