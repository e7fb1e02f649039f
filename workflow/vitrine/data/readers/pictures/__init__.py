"""Images of a user: files in class folders, arrays in an .npz file, or a column of files."""
