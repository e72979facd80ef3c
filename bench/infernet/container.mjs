/** A container that answers with the data that it was given. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const server = createServer(async (request, response) => {
  const { data } = await json(request);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ data }));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
