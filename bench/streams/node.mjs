/** A node whose engine is another process, spoken to over HTTP, or sits inside it. */
import { createLogger } from '@plexus/coordinator';
import { launchNode } from '../../packages/node/dist/launch.js';
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';
import { createInsideRunner } from './inside-engine.mjs';
import { createSteps } from './steps.mjs';

/** More than any number of streams here, so that none waits for a place. */
const CONCURRENCY = 1000;

const { home, coordinatorUrl, engineUrl } = settingsOfChild();
const steps = createSteps();
const isInside = engineUrl === undefined;
const detect = async () => /** @type {const} */ ([{ available: true, runner: createInsideRunner(steps, CONCURRENCY) }]);
const node = await launchNode(
  {
    home,
    coordinatorUrl,
    host: '127.0.0.1',
    ports: [0],
    services: ['llm'],
    concurrency: { llm: CONCURRENCY },
    installLlama: false,
    logger: createLogger({ level: 'error' }),
    ...(!isInside && { upstream: { url: `${engineUrl}/v1` } }),
  },
  isInside ? { detect } : {},
);
await node.connected;

serveParent({
  pace({ tokensPerSecond }) {
    steps.setPace(tokensPerSecond);
    tellParent({ type: 'paced' });
  },
  stop: () => node.close(),
});
tellParent({ type: 'ready' });
