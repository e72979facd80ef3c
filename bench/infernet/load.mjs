/** Clients that send a job, wait for its end and send the next. Every answer is checked. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * @param {string} url
 * @param {{ clients: number, seconds: number }} plan
 * @returns {Promise<{ jobs: number, seconds: number, latenciesMs: number[] }>}
 */
export async function loadWith(url, { clients, seconds }) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const began = performance.now();
  const until = began + seconds * 1000;
  /** @type {number[]} */
  const latenciesMs = [];
  async function client(/** @type {number} */ number) {
    for (let count = 0; performance.now() < until; count++) {
      const at = performance.now();
      await oneJob(url, agent, { n: count, client: number });
      latenciesMs.push(performance.now() - at);
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  agent.destroy();
  return { jobs: latenciesMs.length, seconds: (performance.now() - began) / 1000, latenciesMs };
}

async function oneJob(url, agent, data) {
  const { id } = JSON.parse(await call(`${url}/api/jobs`, agent, { containers: ['box'], data }));
  const events = await call(`${url}/api/jobs/${id}/events`, agent);
  const last = JSON.parse(
    events
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^data: /, '') ?? '{}',
  );
  const came = last.result?.output?.data;
  if (last.status === 'success' && came?.n === data.n && came.client === data.client) return;
  throw new Error(`The job ${id} came out wrong: ${JSON.stringify(last)}`);
}

async function call(url, agent, body) {
  const headers = body ? { 'content-type': 'application/json' } : {};
  const sent = request(url, { method: body ? 'POST' : 'GET', agent, headers });
  sent.end(body && JSON.stringify(body));
  const [answer] = await once(sent, 'response');
  const said = await text(answer);
  if (answer.statusCode === 200) return said;
  throw new Error(`${url} was answered ${answer.statusCode}: ${said}`);
}
