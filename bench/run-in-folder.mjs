import { rmSync } from 'node:fs';
import { writeFiles } from './figures.mjs';
import { withStops } from './stops.mjs';

/**
 * @template {{ folder: string, out: string }} O
 * @template R
 * @typedef {object} Bench
 * @property {O | undefined} options undefined prints the usage instead
 * @property {string} usage
 * @property {string} name of the files of figures, without their endings
 * @property {(options: O, stops: import('./stops.mjs').Stops) => Promise<R>} measure
 * @property {(result: R) => string} markdownOf
 * @property {(result: R) => boolean} isMet whether everything was found to be as it should
 */

/**
 * Runs a benchmark in its folder, writes its figures down, and leaves neither folder nor process behind, however it ends.
 *
 * @template {{ folder: string, out: string }} O
 * @template R
 * @param {Bench<O, R>} bench
 * @returns {Promise<number>} the exit code
 */
export async function runInFolder({ options, usage, name, measure, markdownOf, isMet }) {
  if (!options) {
    console.log(usage);
    return 0;
  }
  try {
    return await withStops(async (stops) => {
      const result = await measure(options, stops);
      const markdown = markdownOf(result);
      const json = `${JSON.stringify(result, undefined, 2)}\n`;
      writeFiles(options.out, { [`${name}.md`]: markdown, [`${name}.json`]: json });
      console.log(`\n${markdown}`);
      return isMet(result) ? 0 : 1;
    });
  } finally {
    rmSync(options.folder, { recursive: true, force: true });
  }
}
