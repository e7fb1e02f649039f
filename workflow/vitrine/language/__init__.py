"""Language models: how likely they find texts, what they learn from the context, and export."""
