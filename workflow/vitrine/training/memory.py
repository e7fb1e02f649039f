"""Memory that one batch frees and the next takes again."""

import ctypes

# Parameters of glibc's mallopt: what is kept when it is freed, what is asked of the system alone.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 1 << 30
_LARGEST_BYTES = 1 << 25


def keep_freed() -> None:
    """Let the C library keep what is freed, instead of giving it back and asking for it again.

    The scores of a vocabulary are tens of megabytes in every batch; the system clears each page
    that it hands out, which took a third of the time of training a recommender. Where the C library
    has no such setting nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)
