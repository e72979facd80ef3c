/** What a queue's own code is joined by: one file for each, with a producer and a worker in processes of their own. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * @typedef {object} Setting
 * @property {(name: string) => any} load a package of those that `npm run bench:peers` has installed
 * @property {string} name of the contender, and of its queue
 * @property {string} url of Redis or PostgreSQL
 * @property {number} concurrency tasks that the worker takes at once
 * @typedef {{ submit: (content: string) => Promise<string>, close: () => Promise<void> }} Producer `submit` answers with the result
 * @typedef {{ close: () => Promise<void> }} Worker answers a content with `Echo: ` and it
 * @typedef {object} Adapter
 * @property {(setting: Setting) => Promise<Producer>} openProducer
 * @property {(setting: Setting) => Promise<Worker>} openWorker
 */

/**
 * @param {{ name: string, packages: string, url: string, concurrency: number }} settings `packages`: the folder they are in
 * @returns {Promise<{ adapter: Adapter, setting: Setting }>}
 */
export async function loadAdapter({ name, packages, url, concurrency }) {
  const load = createRequire(join(packages, 'from-here.js'));
  return { adapter: await import(`./${name}.mjs`), setting: { load, name, url, concurrency } };
}
