/** Puts what was measured into a page: each result stands between two marks, and replaces what stood there. */

const END = '<!-- end of results -->';

/** @param {string} name */
const begin = (name) => `<!-- results: ${name} -->`;

/**
 * @param {string} page
 * @param {string} name of the result
 * @param {string} markdown whose first heading is left out: the page has its own
 * @returns {string}
 * @throws {Error} when the page has no place for it
 */
export function embed(page, name, markdown) {
  const start = page.indexOf(begin(name));
  const end = page.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error(`The page has no place between "${begin(name)}" and "${END}"`);
  const body = markdown
    .replace(/^# .*\n+/, '')
    .replaceAll(/^## /gm, '### ')
    .trim();
  return `${page.slice(0, start)}${begin(name)}\n\n${body}\n\n${page.slice(end)}`;
}
