"""Attribution methods, one per module; `registry` names them."""
