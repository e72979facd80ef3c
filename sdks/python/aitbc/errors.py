"""What can go wrong with a call."""

from typing import Any, Dict, Optional


class AITBCError(Exception):
    """The coordinator refused. `code` is one of the page's table, for example JOB_NOT_FOUND."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Optional[Dict[str, Any]] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}
        #: Seconds until it makes sense to ask again, where the coordinator says so.
        self.retry_after = retry_after

    @property
    def request_id(self) -> Optional[str]:
        return self.details.get("request_id")


class ConnectionFailed(Exception):
    """No usable answer came, so what became of the request is unknown."""
