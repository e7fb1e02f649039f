"""The configuration: its keys, defaults and checks, one module per section."""
