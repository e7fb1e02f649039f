"""The measures of faithfulness, one module each, which describes the measure in ``MEASURE``."""
