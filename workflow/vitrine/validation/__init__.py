"""Is an attribution true to the model? Measures by property; `registry` finds them."""
