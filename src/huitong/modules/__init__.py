"""Built-in modules of the state machine. Each is a package of the same files; `identity` is the model."""
