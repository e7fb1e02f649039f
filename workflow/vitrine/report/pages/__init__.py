"""The pages of the report, a package each; `registry` finds them."""
