"""A network of several organisations on this machine: homes, processes, status."""
