"""Texts that are kept: without secrets, and not longer than needed."""

import os
import re

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s'\"]+@")
_QUERY_SECRETS = re.compile(
    r"([?&](?:\w*(?:token|password|passwd|secret|signature|api_?key|access_?key)\w*|sig|key)=)[^&\s'\"]+",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(
    r"TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.IGNORECASE
)
# Shorter values can occur in a text by chance.
_SECRET_LENGTH = 6
_LINES = 40
_CHARACTERS = 8000


def without_secrets(text: str) -> str:
    """Remove secrets from a text.

    Removed are user names and passwords inside URIs, tokens in their queries, and the values of
    environment variables whose names say that they are secret (``..._TOKEN``, ``..._PASSWORD``).
    """
    text = _QUERY_SECRETS.sub(r"\1***", _CREDENTIALS.sub("", text))
    for name, value in os.environ.items():
        if len(value) >= _SECRET_LENGTH and _SECRET_VARIABLE.search(name):
            text = text.replace(value, "***")
    return text


def last_lines(text: str) -> str:
    """The end of a text: at most 40 lines and 8,000 characters."""
    return "\n".join(text.rstrip().splitlines()[-_LINES:])[-_CHARACTERS:]
