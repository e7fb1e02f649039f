"""What `vitrine <command>` does."""
