"""What the model attends to."""
