"""The pages: results as tables, charts and text in self-contained HTML."""
