"""Where the Hugging Face Hub is looked for, in words for messages."""

from urllib.parse import urlsplit

from huggingface_hub import constants


def endpoint() -> str:
    """The address of the Hub or of the mirror in ``HF_ENDPOINT``, without a user or a password."""
    parts = urlsplit(constants.ENDPOINT)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def looked_in() -> str:
    """Where a name on the Hub is looked for, with ``HF_HUB_OFFLINE`` in the cache alone."""
    where = f"in the cache {constants.HF_HUB_CACHE}"
    if constants.HF_HUB_OFFLINE:
        return f"{where} alone, since HF_HUB_OFFLINE is set"
    return f"{where} and on {endpoint()}"
