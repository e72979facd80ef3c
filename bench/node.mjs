/** A node that only echoes, for the floor and for ours alike. */
import { createLogger } from '@plexus/coordinator';
import { startNode } from '@plexus/node';
import { serveParent, settingsOfChild, tellParent } from './child.mjs';

/** More than any number of clients here, so that no task waits for a place. */
const CONCURRENCY = 4000;

const { home, coordinatorUrl } = settingsOfChild();
const node = await startNode({
  home,
  coordinatorUrl,
  host: '127.0.0.1',
  ports: [0],
  services: ['echo'],
  concurrency: { echo: CONCURRENCY },
  installLlama: false,
  logger: createLogger({ level: 'error' }),
});
await node.connected;

serveParent({ stop: () => node.close() });
tellParent({ type: 'ready' });
