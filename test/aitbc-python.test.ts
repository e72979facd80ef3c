/** The Python client of AITBC's page, run by this machine's python3 against a real network. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AitbcWorld, MINER_ID, PRINTED_JOB, PRINTED_RESULTS } from './support/aitbc-world.ts';

const isHere = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;
/** Said in the name of what is skipped. */
const WHY = isHere ? '' : ' (skipped: there is no python3 of 3.8 or later)';
const pythonIt = it.skipIf(!isHere);
const TIMEOUT_MS = 15_000;
const TOUR = readFileSync(new URL('support/aitbc-tour.py', import.meta.url), 'utf8');
const run = promisify(execFile);

/** As the page prints it, with a key and a job in the places of the placeholders, and what came of it printed. */
const PRINTED = `
from aitbc import AITBCClient

client = AITBCClient(api_key="your_key")

# Create a job
job = client.jobs.create({
    "name": "my-job",
    "type": "ai-inference",
    ...
})

# Get results
results = client.jobs.get_results(job["job_id"])
`;

let world: AitbcWorld;
beforeAll(async () => {
  world = await AitbcWorld.create();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Runs a program whose last line prints JSON. */
async function python(program: string, url = world.network.url): Promise<unknown> {
  const env = {
    PATH: process.env['PATH'],
    PYTHONPATH: 'sdks/python',
    PYTHONDONTWRITEBYTECODE: '1',
    AITBC_BASE_URL: url,
    AITBC_KEY: world.key,
    no_proxy: '*',
  };
  const text = `import json, os\n${program}`;
  const { stdout } = await run('python3', ['-c', text], { env, timeout: TIMEOUT_MS });
  return JSON.parse(stdout);
}

pythonIt(`does what the page prints: creates a job, and gets its results once they are there${WHY}`, async () => {
  const { name: _name, type: _type, ...rest } = PRINTED_JOB;
  const program = PRINTED.replace('"your_key"', 'os.environ["AITBC_KEY"]').replace(
    '    ...\n',
    `    **json.loads('${JSON.stringify(rest)}')\n`,
  );
  const printed = python(`${program}\nprint(json.dumps([job, results]))`);
  world.miner.complete(await world.miner.task(), { output: JSON.stringify(PRINTED_RESULTS), units: 1 });
  expect(await printed).toMatchObject([
    { job_id: expect.any(String), status: 'submitted' },
    { status: 'completed', results: PRINTED_RESULTS },
  ]);
});

pythonIt(`lists, gets, cancels and verifies, and raises what it was refused with${WHY}`, async () => {
  const jobId = await world.completeJob();
  const program = TOUR.replace('JOB_ID', jobId).replace('MINER_ID', MINER_ID);
  expect(await python(program)).toEqual({
    listed: true,
    status: 'completed',
    early: [425, 'JOB_NOT_READY', true],
    cancelled: 'cancelled',
    ended: [409, 'CONFLICT_STATE', true],
    none: [404, 'JOB_NOT_FOUND', true],
    key: [401, 'INVALID_API_KEY', true],
    valid: true,
    wrapped: true,
    forged: false,
    found: ['whisper'],
    schema: ['audio_url'],
    unit: 'cores',
    name: '3D rendering',
    checked: ['Missing required parameter: prompt'],
    miners: 2,
    miner: MINER_ID,
    health: 'ok',
    unreachable: true,
  });
});

pythonIt(`raises the refusal of a body that is too large to be read to its end${WHY}`, async () => {
  const program = `
from aitbc import AITBCClient, AITBCError
try:
    AITBCClient(os.environ["AITBC_KEY"]).jobs.create({"type": "echo", "input": {"text": "x" * 30_000_000}})
except AITBCError as refusal:
    print(json.dumps([refusal.status, refusal.code]))
`;
  expect(await python(program)).toEqual([413, 'BODY_TOO_LARGE']);
});

pythonIt(`tries again under the same Idempotency-Key, and follows no redirect with its key${WHY}`, async () => {
  const heard: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    heard.push(request);
    if (request.url === '/v1/health') response.writeHead(302, { location: `${world.network.url}/v1/health` }).end();
    else if (heard.length === 1) response.writeHead(503, { 'retry-after': '0' }).end();
    else response.writeHead(201, { 'content-type': 'application/json' }).end('{"job_id":"x"}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const program = `
from aitbc import AITBCClient, AITBCError
client = AITBCClient(os.environ["AITBC_KEY"])
job = client.jobs.create({"type": "echo"})
try:
  client.health()
except AITBCError as error:
  print(json.dumps([job["job_id"], error.code]))`;
  expect(await python(program, `http://127.0.0.1:${port}`)).toEqual(['x', 'HTTP_302']);
  const keys = heard.slice(0, 2).map(({ headers }) => headers['idempotency-key']);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(heard).toHaveLength(3);
  server.close();
});

pythonIt(`asks each of the services${WHY}`, async () => {
  const program = `
from aitbc import AITBCClient
services = AITBCClient(os.environ["AITBC_KEY"]).services
jobs = [
  services.transcribe({"audio_url": "https://example.com/audio.mp3"}),
  services.generate({"prompt": "x"}),
  services.inference({"prompt": "x", "model": "llama-7b"}),
  services.transcode({"input_url": "https://example.com/video.mp4"}),
  services.render({"blend_file_url": "https://example.com/s.blend"}),
]
print(json.dumps([job["service_type"] for job in jobs]))`;
  expect(await python(program)).toEqual(['whisper', 'stable_diffusion', 'llm_inference', 'ffmpeg', 'blender']);
  for (let i = 0; i < 5; i++) await world.miner.task();
});

pythonIt(`offers and bids, polls for the job that was given to it, and is paid for it${WHY}`, async () => {
  const { api_key: minerKey } = await world.network.register();
  const program = `
from aitbc import AITBCClient
client, provider = AITBCClient(os.environ["AITBC_KEY"]), AITBCClient(${JSON.stringify(minerKey)})
provider.miners.register({"capabilities": {"gpu": "none"}})
offer = provider.marketplace.create_offer({"job_type": "by-python", "price": "0.006"})
listed = client.marketplace.list_offers(job_type="by-python")["offers"]
job = client.jobs.create({"name": "by-python", "type": "echo", "input": {"text": "x"}, "pricing": {"by_offer": True}})
accepted = client.marketplace.accept_offer(offer["offer_id"], job["job_id"], "0.006")
task = provider.miners.poll(5)
beat = provider.miners.heartbeat()
told = provider.miners.result(task["job_id"], {"text": "x"})
print(json.dumps([
  [one["offer_id"] == offer["offer_id"] for one in listed],
  accepted["status"], task["job_id"] == job["job_id"], beat["cancelled"], told["job_status"],
  client.jobs.get_results(job["job_id"])["results"],
  client.marketplace.get_transaction(accepted["transaction_id"])["status"],
  client.marketplace.get_offer(offer["offer_id"])["status"],
  client.receipts.get(job["job_id"])["price"],
  provider.miners.poll(0),
]))`;
  expect(await python(program)).toEqual([
    [true],
    'pending',
    true,
    [],
    'completed',
    { text: 'x' },
    'settled',
    'used_up',
    '0.006',
    null,
  ]);
});

pythonIt(`raises its own errors for answers that break off or are nested too deeply${WHY}`, async () => {
  const server = createServer((request, response) => {
    const refuse = (headers: Record<string, string>) => response.writeHead(404, headers);
    if (request.url === '/v1/jobs/cut') refuse({}).write('{"err', () => request.socket.destroy());
    else if (request.url === '/v1/jobs/late') refuse({ 'retry-after': '\u00b2' }).end('{}');
    else if (request.url === '/v1/jobs/deep') refuse({}).end('['.repeat(200_000));
    else response.end('['.repeat(200_000));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const program = `
from aitbc import AITBCClient, AITBCError
from aitbc.errors import ConnectionFailed
client, raised = AITBCClient("gn_1", max_retries=0), []
for name in ["cut", "late", "deep", "answer"]:
  try:
    client.jobs.get(name)
  except (AITBCError, ConnectionFailed) as error:
    raised.append(getattr(error, "code", "none"))
print(json.dumps(raised))`;
  expect(await python(program, `http://127.0.0.1:${port}`)).toEqual(['HTTP_404', 'HTTP_404', 'HTTP_404', 'none']);
  server.close();
});

pythonIt(`takes no key with the newline of its file, and does not print it${WHY}`, async () => {
  const program = `
from aitbc import AITBCClient
raised = []
for end in ["\\n", "\u2026"]:
  try:
    AITBCClient(os.environ["AITBC_KEY"] + end).health()
  except ValueError as error:
    raised.append(str(error))
print(json.dumps(raised))`;
  const said = 'The API key has characters that no key has';
  expect(await python(program)).toEqual([said, said]);
});
