/** The worker of a queue, which only echoes. */
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';
import { loadAdapter } from './adapters.mjs';

const { adapter, setting } = await loadAdapter(settingsOfChild());
const worker = await adapter.openWorker(setting);

serveParent({ stop: () => worker.close() });
tellParent({ type: 'ready' });
