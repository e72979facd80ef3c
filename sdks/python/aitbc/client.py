"""AITBC's endpoints as methods. Requests and answers are dictionaries, as the page prints them."""

import os
import time
from typing import Any, Dict, List, Optional

from .errors import AITBCError
from .transport import Transport, part

#: Where `plexus up` serves a network.
LOCAL_URL = "http://127.0.0.1:8800"
FIRST_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 2.0

Json = Dict[str, Any]


class AITBCClient:
    """A coordinator: the one of `base_url`, of the environment's AITBC_BASE_URL, or else of this machine.

    Methods raise AITBCError when the coordinator refuses, and ConnectionFailed when no usable answer comes.
    """

    def __init__(
        self, api_key: str, base_url: Optional[str] = None, timeout: float = 75.0, max_retries: int = 2
    ) -> None:
        url = base_url or os.environ.get("AITBC_BASE_URL") or LOCAL_URL
        transport = Transport(api_key, url, timeout, max_retries)
        self._transport = transport
        self.jobs = Jobs(transport)
        self.receipts = Receipts(transport)
        self.services = Services(transport)
        self.registry = Registry(transport)
        self.marketplace = Marketplace(transport)
        self.miners = Miners(transport)

    def health(self) -> Json:
        """Whether the coordinator can do its work."""
        return self._transport.get("/v1/health")


class _Part:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport


class Jobs(_Part):
    def create(self, job: Json) -> Json:
        """Creates a job; it is not created twice by a call that is tried again."""
        return self._transport.post("/v1/jobs", job)

    def get(self, job_id: str) -> Json:
        return self._transport.get("/v1/jobs/" + part(job_id))

    def list(
        self,
        status: Optional[str] = None,
        type: Optional[str] = None,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
    ) -> Json:
        """Newest first, with the true total."""
        return self._transport.get("/v1/jobs", {"status": status, "type": type, "limit": limit, "offset": offset})

    def cancel(self, job_id: str) -> Json:
        return self._transport.delete("/v1/jobs/" + part(job_id))

    def get_results(self, job_id: str, wait: float = 600.0) -> Json:
        """Waits for the job's end, but at most so many seconds; then it raises JOB_NOT_READY.

        A job that ended without results raises CONFLICT_STATE, which says why.
        """
        give_up_at = time.monotonic() + wait
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return self._transport.get("/v1/jobs/%s/results" % part(job_id))
            except AITBCError as error:
                left = give_up_at - time.monotonic()
                if error.code != "JOB_NOT_READY" or left <= 0:
                    raise
                time.sleep(min(pause, left))
                pause = min(MAX_PAUSE_SECONDS, pause * 2)


class Receipts(_Part):
    def get(self, job_id: str) -> Json:
        return self._transport.get("/v1/receipts/" + part(job_id))

    def verify(self, receipt: Json) -> Json:
        """Has the coordinator check a receipt, bare or as {"receipt": ...}; its id and signature are enough."""
        return self._transport.post("/v1/receipts/verify", {"receipt": receipt.get("receipt", receipt)})


class Services(_Part):
    def transcribe(self, request: Json) -> Json:
        """Whisper."""
        return self._transport.post("/v1/services/whisper/transcribe", request)

    def generate(self, request: Json) -> Json:
        """Stable Diffusion."""
        return self._transport.post("/v1/services/stable-diffusion/generate", request)

    def inference(self, request: Json) -> Json:
        """A language model."""
        return self._transport.post("/v1/services/llm/inference", request)

    def transcode(self, request: Json) -> Json:
        """FFmpeg."""
        return self._transport.post("/v1/services/ffmpeg/transcode", request)

    def render(self, request: Json) -> Json:
        """Blender."""
        return self._transport.post("/v1/services/blender/render", request)


class Registry(_Part):
    def list(self, category: Optional[str] = None, search: Optional[str] = None) -> List[Json]:
        return self._transport.get("/v1/registry/services", {"category": category, "search": search})

    def get(self, service_id: str) -> Json:
        return self._transport.get("/v1/registry/services/" + part(service_id))

    def schema(self, service_id: str) -> Json:
        return self._transport.get("/v1/registry/services/%s/schema" % part(service_id))

    def requirements(self, service_id: str) -> Json:
        return self._transport.get("/v1/registry/services/%s/requirements" % part(service_id))

    def validate(self, service_id: str, request_data: Json) -> Json:
        body = {"service_id": service_id, "request_data": request_data}
        return self._transport.post("/v1/registry/services/validate", body)


class Marketplace(_Part):
    def stats(self) -> Json:
        return self._transport.get("/v1/marketplace/stats")

    def create_offer(self, offer: Json) -> Json:
        return self._transport.post("/v1/marketplace/offers", offer)

    def list_offers(
        self, job_type: Optional[str] = None, max_price: Optional[str] = None, limit: Optional[int] = None
    ) -> Json:
        """The cheapest first."""
        query = {"job_type": job_type, "max_price": max_price, "limit": limit}
        return self._transport.get("/v1/marketplace/offers", query)

    def get_offer(self, offer_id: str) -> Json:
        return self._transport.get("/v1/marketplace/offers/" + part(offer_id))

    def withdraw_offer(self, offer_id: str) -> Json:
        return self._transport.delete("/v1/marketplace/offers/" + part(offer_id))

    def accept_offer(self, offer_id: str, job_id: str, bid_price: Optional[str] = None) -> Json:
        """Gives a submitted job of yours to an offer."""
        bid = {"job_id": job_id} if bid_price is None else {"job_id": job_id, "bid_price": bid_price}
        return self._transport.post("/v1/marketplace/offers/%s/accept" % part(offer_id), bid)

    def get_transaction(self, transaction_id: str) -> Json:
        return self._transport.get("/v1/marketplace/transactions/" + part(transaction_id))


class Miners(_Part):
    def stats(self, miner_id: str) -> Json:
        return self._transport.get("/v1/miners/%s/stats" % part(miner_id))

    def register(self, miner: Json) -> Json:
        """Joins as a miner that polls; the key stands for it."""
        return self._transport.post_once("/v1/miners/register", miner)

    def heartbeat(self, news: Optional[Json] = None) -> Json:
        return self._transport.post_once("/v1/miners/heartbeat", news or {})

    def poll(self, max_wait_seconds: float = 30.0) -> Optional[Json]:
        """Waits for a job; None when none came in that time."""
        return self._transport.post_once("/v1/miners/poll", {"max_wait_seconds": max_wait_seconds})

    def result(self, job_id: str, result: Any, metrics: Optional[Json] = None) -> Json:
        told = {"result": result, "metrics": metrics or {}}
        return self._transport.post_once("/v1/miners/%s/result" % part(job_id), told)

    def fail(self, job_id: str, error_code: str, error_message: str = "", metrics: Optional[Json] = None) -> Json:
        told = {"error_code": error_code, "error_message": error_message or error_code, "metrics": metrics or {}}
        return self._transport.post_once("/v1/miners/%s/fail" % part(job_id), told)
