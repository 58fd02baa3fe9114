"""Does an alert reach somebody? `make drill` causes faults on the running stack and counts what arrives; see docs."""
