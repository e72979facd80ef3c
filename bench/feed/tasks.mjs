import { Agent, request } from 'node:http';

const CONNECTIONS = 64;

/**
 * Tasks at an even pace, each an `echo` of one of the accounts in turn.
 *
 * @param {{ url: string, keys: readonly string[], perSecond: number, milliseconds: number }} how
 * @returns {Promise<number>} how many were answered
 */
export async function runTasks({ url, keys, perSecond, milliseconds }) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const begunAt = performance.now();
  /** @type {Promise<boolean>[]} */
  const tasks = [];
  for (;;) {
    const elapsedMs = performance.now() - begunAt;
    if (elapsedMs >= milliseconds) break;
    while (tasks.length < (elapsedMs / 1000) * perSecond)
      tasks.push(runTask(url, keys[tasks.length % keys.length] ?? '', agent));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const answers = await Promise.all(tasks);
  agent.destroy();
  return answers.filter(Boolean).length;
}

/** @param {string} url @param {string} key @param {Agent} agent @returns {Promise<boolean>} */
function runTask(url, key, agent) {
  const body = JSON.stringify({ task_type: 'echo', content: 'x', api_key: key });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/api/v1/request`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
