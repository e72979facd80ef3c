import { join } from 'node:path';
import Type from 'typebox';
import { readChecked, replaceFile } from './files.ts';

const Known = Type.Record(Type.String(), Type.Object({ public_key: Type.String(), first_seen: Type.String() }));

const NO_TRUST = 'is not a list of coordinators; move it away to trust at first contact again';

/** The coordinators' keys as they were at first contact. */
export interface TrustStore {
  knows(url: string): boolean;
  /** The public key of a coordinator that was met, standard base64. */
  keyOf(url: string): string | undefined;
  /**
   * Remembers the key of a coordinator that was never met.
   *
   * @throws {Error} when it had another key before, or the file cannot be written
   */
  check(url: string, publicKey: string): void;
}

/**
 * The keys kept in HOME/coordinators.json.
 *
 * @throws {Error} when the file is not what this program writes
 */
export async function loadTrust(home: string, clock: () => Date = () => new Date()): Promise<TrustStore> {
  const path = join(home, 'coordinators.json');
  let known = (await readChecked(path, Known, NO_TRUST)) ?? {};
  return {
    knows: (url) => Object.hasOwn(known, url),
    keyOf: (url) => (Object.hasOwn(known, url) ? known[url]?.public_key : undefined),
    check(url, publicKey) {
      const before = Object.hasOwn(known, url) ? known[url] : undefined;
      if (before?.public_key === publicKey) return;
      if (before) throw new Error(changedKey(url, before.first_seen, path));
      const next = { ...known, [url]: { public_key: publicKey, first_seen: clock().toISOString() } };
      replaceFile(path, `${JSON.stringify(next, undefined, 2)}\n`);
      known = next;
    },
  };
}

function changedKey(url: string, since: string, path: string): string {
  const reason = `The coordinator at ${url} has another key than at first contact (${since})`;
  return `${reason}: it was set up anew, or somebody stands in for it. If you know why, remove it from ${path}`;
}
