"""Seeds derived from names: no stage, instance or method shares a random stream with another."""

import hashlib


def derive(seed: int, *names: str | int) -> int:
    """Derive a 63-bit seed from a base seed and a path of names.

    Equal arguments give equal seeds on every machine and Python version; a change of any name
    gives an unrelated seed.

    Args:
        seed: the base seed of the run.
        *names: what the stream is for, such as ``"shap", "test", 17``.

    Returns:
        An integer in [0, 2**63).
    """
    text = "\x1f".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
