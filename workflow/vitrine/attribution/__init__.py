"""Attribution methods, one package each below `methods`; `registry` finds them."""
