"""The transformer core and how instances become its input."""
