"""The steps of the workflow: files in, files out, progress and numbers to the run record."""
