"""The measures of localisation, one module each, which describes the measure in ``MEASURE``."""
