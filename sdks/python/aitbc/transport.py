"""Requests and their answers, over urllib."""

import http.client
import json
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Dict, Mapping, Optional

from .errors import AITBCError, ConnectionFailed

#: The coordinator did not begin with these, or can be asked again under the same Idempotency-Key.
RETRIABLE_STATUS = (408, 429, 502, 503, 504)
#: The server did not begin with these.
UNTOUCHED_STATUS = (429, 503)
FIRST_PAUSE_SECONDS = 0.25
MAX_PAUSE_SECONDS = 8.0
#: Longer advice than this is the caller's to follow.
MAX_ADVISED_SECONDS = 60.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect could carry the key to another host."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class _HTTPConnection(http.client.HTTPConnection):
    """Hears a refusal that comes before the whole body was sent."""

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().endheaders(*args, **kwargs)
        except (BrokenPipeError, ConnectionResetError):
            # The server reads no further, mostly because it has answered already: that is read next.
            if self.sock is None:
                raise


class _HTTPHandler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_HTTPConnection, request)


class Transport:
    def __init__(self, api_key: str, base_url: str, timeout: float, max_retries: int) -> None:
        # urllib would refuse it, too, and print it: a key that was read from a file with its newline.
        if not re.fullmatch("[!-~]*", api_key):
            raise ValueError("The API key has characters that no key has")
        self._headers = {"accept": "application/json", "authorization": "Bearer " + api_key}
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._max_retries = max_retries
        self._opener = urllib.request.build_opener(_NoRedirects, _HTTPHandler)

    def get(self, path: str, query: Optional[Mapping[str, Any]] = None) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        return self._send("GET", path + ("?" + urllib.parse.urlencode(given) if given else ""))

    def delete(self, path: str) -> Any:
        return self._send("DELETE", path)

    def post(self, path: str, body: Any) -> Any:
        """Sends a body under a key of its own: however often it is tried, it is done once."""
        headers = {"content-type": "application/json", "idempotency-key": str(uuid.uuid4())}
        return self._send("POST", path, json.dumps(body).encode("utf-8"), headers)

    def post_once(self, path: str, body: Any) -> Any:
        """Sends a body that may be done once for each time it arrives: again only when it was turned away untouched."""
        headers = {"content-type": "application/json"}
        return self._send("POST", path, json.dumps(body).encode("utf-8"), headers, repeatable=False)

    def _send(
        self,
        method: str,
        path: str,
        data: Optional[bytes] = None,
        headers: Optional[Dict[str, str]] = None,
        repeatable: bool = True,
    ) -> Any:
        for attempt in range(self._max_retries + 1):
            request = urllib.request.Request(
                self._base_url + path, data=data, method=method, headers={**self._headers, **(headers or {})}
            )
            try:
                return self._send_once(request)
            except AITBCError as error:
                if attempt == self._max_retries or not _may_retry(error, repeatable):
                    raise
                _pause(attempt, error.retry_after)
            except ConnectionFailed:
                if attempt == self._max_retries or not repeatable:
                    raise
                _pause(attempt, None)

    def _send_once(self, request: urllib.request.Request) -> Any:
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                if response.status == 204:
                    return None
                return _read_json(response.read(MAX_ANSWER_BYTES + 1), request.full_url)
        except urllib.error.HTTPError as refusal:
            raise _refusal(refusal) from None
        except (OSError, http.client.HTTPException) as cause:
            raise ConnectionFailed("%s: %s" % (request.full_url, cause)) from cause


def part(text: str) -> str:
    """An id as a part of a path."""
    if text in ("", ".", ".."):
        raise ValueError('"%s" cannot be a part of a path' % text)
    return urllib.parse.quote(text, safe="")


def _read_json(data: bytes, url: str) -> Any:
    if len(data) > MAX_ANSWER_BYTES:
        raise ConnectionFailed("%s answered more than %d bytes" % (url, MAX_ANSWER_BYTES))
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as cause:
        raise ConnectionFailed("%s answered something else than JSON" % url) from cause


def _refusal(answer: urllib.error.HTTPError) -> AITBCError:
    try:
        error = json.loads(answer.read(MAX_ANSWER_BYTES))["error"]
        code, message, details = error["code"], error["message"], error.get("details")
    except (ValueError, KeyError, TypeError, RecursionError, OSError, http.client.HTTPException):
        code, message, details = "HTTP_%d" % answer.code, "The server answered HTTP %d" % answer.code, None
    advice = answer.headers.get("retry-after", "")
    return AITBCError(answer.code, code, message, details, float(advice) if re.fullmatch("[0-9]{1,9}", advice) else None)


def _may_retry(error: AITBCError, repeatable: bool) -> bool:
    statuses = RETRIABLE_STATUS if repeatable else UNTOUCHED_STATUS
    return error.status in statuses and (error.retry_after or 0) <= MAX_ADVISED_SECONDS


def _pause(attempt: int, advised: Optional[float]) -> None:
    longest = min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
    time.sleep(advised if advised is not None else longest * (0.5 + random.random() / 2))
