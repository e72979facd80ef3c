/** `npm start`: makes the repository ready, then runs `plexus up` in this very process. */
import { fileURLToPath } from 'node:url';
import { requireNode } from './node-version.mjs';

/** Two signals closer than this are one Ctrl-C: the terminal tells the whole group, and npm tells it again. */
const SAME_MS = 500;

requireNode();
const { setUp } = await import('./setup.mjs');
await setUp();
mergeSignals();
const bin = new URL('../packages/cli/bin/plexus.js', import.meta.url);
process.argv = [process.execPath, fileURLToPath(bin), 'up', ...process.argv.slice(2)];
await import(bin.href);

/** Without this, one Ctrl-C under npm would count as two, and the second one of a user ends without waiting. */
function mergeSignals() {
  const emit = process.emit.bind(process);
  let lastAt = -Infinity;
  /** @param {string} name @param {unknown[]} rest */
  const emitOnce = (name, ...rest) => {
    if (name === 'SIGINT' || name === 'SIGTERM') {
      const isSame = performance.now() - lastAt < SAME_MS;
      lastAt = performance.now();
      if (isSame) return true;
    }
    return Reflect.apply(emit, process, [name, ...rest]);
  };
  process.emit = /** @type {typeof process.emit} */ (emitOnce);
}
