"""`make drift`: what differs between the program and the running stack."""
