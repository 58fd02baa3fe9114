"""What is deployed: one component per file, and the stack that wires them."""
