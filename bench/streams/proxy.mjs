/** The comparison: a proxy on undici that pipes requests to the engine and answers back, and does nothing else. */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';

const { engineUrl } = settingsOfChild();
const pool = new Pool(engineUrl);
/** Of one connection only. Source: RFC 9110, section 7.6.1. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

/** @param {import('node:http').IncomingHttpHeaders} headers */
function endToEnd(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

const server = createServer((request, response) => {
  const { url: path = '/', method = 'GET', headers } = request;
  const body = method === 'GET' ? null : request;
  const options = { path, method: /** @type {'GET'} */ (method), headers: endToEnd(headers), body };
  pool
    .stream(options, ({ statusCode, headers: answered }) => {
      response.writeHead(statusCode, endToEnd(answered));
      return response;
    })
    .catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  tellParent({ type: 'ready', url: `http://127.0.0.1:${port}` });
});

serveParent({
  async stop() {
    server.closeAllConnections();
    server.close();
    await pool.destroy();
  },
});
