"""What pages are made of: tables, charts, the browser of instances."""
