/** A bare Node.js server of the same shape: takes jobs, hands them to the container, tells of their end. Keeps nothing. */
import { randomUUID } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';
import { json, text } from 'node:stream/consumers';

const [, , container] = process.argv;
const agent = new Agent({ keepAlive: true });
/** @type {Map<string, Promise<unknown>>} */
const jobs = new Map();

function ask(data) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request(`${container}/service_output`, { method: 'POST', agent, headers }, (answer) =>
      json(answer).then(resolve, reject),
    );
    sent.once('error', reject);
    sent.end(JSON.stringify({ source: 1, destination: 1, data, requires_proof: false }));
  });
}

const server = createServer(async (asked, response) => {
  if (asked.method === 'POST') {
    const { data, containers } = JSON.parse(await text(asked));
    const id = randomUUID();
    jobs.set(
      id,
      ask(data).then((output) => ({ id, status: 'success', result: { container: containers[0], output } })),
    );
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify({ id }));
  }
  const [, , , id] = asked.url.split('/');
  const done = await jobs.get(id);
  jobs.delete(id);
  response.setHeader('content-type', 'text/event-stream');
  return response.end(`event: status\ndata: ${JSON.stringify(done)}\n\n`);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
