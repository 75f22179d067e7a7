"""Whether a request comes from Slack: HMAC-SHA256 over the raw bytes, and a time that is not long ago. Pure, never raises.

The SDK's own verifier raises on a time that is no number and on signatures beyond ASCII, and so answers 500; and it is
asked after the body was parsed. This one is asked first. It is no protection against replays within five minutes: ids are.
Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
from datetime import datetime
from typing import Final

from adapters.door import same, whole_number

AGE: Final = 300  # seconds that a request may be old, or ahead of our clock


def signed(secret: str, stamp: bytes, body: bytes) -> bytes:
    """The signature of a body at that time (seconds since 1970, in digits)."""
    return b"v0=" + hmac.new(secret.encode(), b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest().encode()


def genuine(secret: str, stamp: bytes, signature: bytes, body: bytes, now: datetime) -> bool:
    """Whether it is Slack's, by what stands in the two headers. False without a secret."""
    at = whole_number(stamp)
    if not secret or at is None or abs(now.timestamp() - at) > AGE:
        return False
    return same(signature, signed(secret, stamp, body))
