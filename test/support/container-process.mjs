/** A container of its own process: adds what it is told to the data's `n`. Prints its port. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const added = Number(process.argv[2]);

const server = createServer(async (request, response) => {
  const { data } = await json(request);
  if (data.exit) process.exit(1);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ n: data.n + added, pid: process.pid }));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
