"""Is the attribution true to the model? Measures, one per module; `registry` names them."""
