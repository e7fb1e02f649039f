"""Configuration: keys, defaults and checks, one module per section."""
