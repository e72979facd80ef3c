/** `npm run setup`: makes the repository ready to run, and no more. */
import { requireNode } from './node-version.mjs';

requireNode();
const { setUp } = await import('./setup.mjs');
await setUp();
console.log(`Ready, with Node.js ${process.version}.`);
