"""The data sets that come with Python packages: each module here states a `DataSource`."""
