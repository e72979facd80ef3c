/** The load of a queue: callers that each submit a task, wait for its result and check it. */
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';
import { measure } from '../course.mjs';
import { loadAdapter } from './adapters.mjs';

const { adapter, setting } = await loadAdapter(settingsOfChild());
const producer = await adapter.openProducer(setting);

serveParent({ run: (message) => measure(/** @type {any} */ (message), openCaller), stop: () => producer.close() });
tellParent({ type: 'ready' });

/** @param {number} number @param {import('../course.mjs').Course} course */
function openCaller(number, { mayGo, succeed, fail, leave }) {
  const call = async () => {
    for (let sequence = 1; mayGo(); sequence++) {
      const content = `client ${number} task ${String(sequence).padStart(8, '0')}`;
      const begunAt = performance.now();
      const result = await producer.submit(content);
      if (result !== `Echo: ${content}`) return fail(`${content}: ${JSON.stringify(result)}`);
      succeed(begunAt);
    }
    return undefined;
  };
  call()
    .catch((error) => fail(String(error)))
    .finally(leave);
}
