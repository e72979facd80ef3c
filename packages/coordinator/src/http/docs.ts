import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const ICON = 'favicon-32x32.png';

/** The files of the API browser that are served, and nothing else of its folder. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  [ICON]: 'image/png',
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plexus API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>body{margin:0}.topbar{display:none}</style>
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, persistAuthorization: false });
`;

const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

/** OpenAPI documents: of this listener, and of a node's own, which hands the question on. */
interface Documents {
  readonly coordinator: object;
  readonly node: object;
}

/** The OpenAPI documents, and a page to browse and try the coordinator's. */
export function serveDocs(app: FastifyInstance, documents: Documents): void {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  app.get('/openapi.json', (_request, reply) => reply.send(documents.coordinator));
  app.get('/plexus/node/openapi.json', (_request, reply) => reply.send(documents.node));
  app.get('/docs', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', CONTENT_POLICY).send(PAGE),
  );
  app.get('/docs/', (_request, reply) => reply.redirect('/docs'));
  app.get('/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(START));
  const serveFile = (path: string, name: string, type: string): void =>
    void app.get(path, (_request, reply) =>
      reply
        .type(type)
        .header('cache-control', 'public, max-age=3600')
        .send(createReadStream(join(folder, name))),
    );
  for (const [name, type] of Object.entries(ASSETS)) serveFile(`/docs/${name}`, name, type);
  // Browsers ask for it beside every page that names none.
  serveFile('/favicon.ico', ICON, 'image/png');
}
