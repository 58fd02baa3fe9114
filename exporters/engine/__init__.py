"""Output of containers, asked of their engine and written into files as Docker's driver json-file writes them.

The engine is any that speaks Docker's API. What it keeps of a container's output may be in a form of its own or in
another program; read through the API it is the same for all of them, and the collector reads one format.
"""
