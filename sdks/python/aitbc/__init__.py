"""Client of AITBC's API. Needs nothing but the standard library."""

from .client import AITBCClient
from .errors import AITBCError, ConnectionFailed

__all__ = ["AITBCClient", "AITBCError", "ConnectionFailed"]
