"""All text of the pages: catalogues and how numbers are written."""
