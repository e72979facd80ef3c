"""Asks a network, by the Python client, for a little of everything; test/aitbc-python.test.ts runs it."""

import json
import os

from aitbc import AITBCClient, AITBCError, ConnectionFailed
client = AITBCClient(os.environ["AITBC_KEY"])

def code_of(call):
    try:
        call()
    except AITBCError as error:
        return [error.status, error.code, error.request_id is not None]

job_id = "JOB_ID"
receipt = client.receipts.get(job_id)
waiting = client.jobs.create({"type": "container", "input": {"data": "é"}})["job_id"]
facts = {
    "listed": client.jobs.list(status="completed", type="ai-inference", limit=1)["total"] > 0,
    "status": client.jobs.get(job_id)["status"],
    "early": code_of(lambda: client.jobs.get_results(waiting, wait=0.2)),
    "cancelled": client.jobs.cancel(waiting)["status"],
    "ended": code_of(lambda: client.jobs.get_results(waiting)),
    "none": code_of(lambda: client.jobs.get("a/b?c")),
    "key": code_of(lambda: AITBCClient(api_key="your_key").jobs.list()),
    "valid": client.receipts.verify(receipt)["valid"],
    "wrapped": client.receipts.verify({"receipt": receipt})["valid"],
    "forged": client.receipts.verify({**receipt, "price": "9"})["miner_signature_valid"],
    "found": [service["id"] for service in client.registry.list(search="speech")],
    "schema": client.registry.schema("whisper")["required"],
    "unit": client.registry.requirements("ffmpeg")["requirements"][0]["unit"],
    "name": client.registry.get("blender")["name"],
    "checked": client.registry.validate("llm_inference", {})["errors"],
    "miners": client.marketplace.stats()["active_miners"],
    "miner": client.miners.stats("MINER_ID")["miner_id"],
    "health": client.health()["status"],
}
try:
    AITBCClient("x", base_url="http://127.0.0.1:1", max_retries=0).health()
except ConnectionFailed as error:
    facts["unreachable"] = "127.0.0.1:1" in str(error)
print(json.dumps(facts))
