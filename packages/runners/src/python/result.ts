import type { KeptOutput } from '@plexus/protocol';
import { RunError } from '../runner.ts';

/** The member under which a result names the files that were kept. */
const FILES = 'output_files';

/**
 * A job's result: what the program said, with the files that it made as `output_files`. A result that is no object
 * becomes the member `result` of one. The program's own text is not written anew, so no number in it changes.
 *
 * @param said JSON; absent when the program said nothing
 * @throws {RunError} PROGRAM_FAILED when there is neither, or the program has such a member of its own
 */
export function resultOf(said: string | undefined, files: readonly KeptOutput[]): string {
  if (files.length === 0) {
    if (said !== undefined) return said;
    throw new RunError('PROGRAM_FAILED', 'The program ended well, but printed no result and made no file');
  }
  const list = `"${FILES}":${JSON.stringify(files)}`;
  if (said === undefined) return `{${list}}`;
  const value: unknown = JSON.parse(said);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `{"result":${said},${list}}`;
  if (FILES in value) {
    throw new RunError('PROGRAM_FAILED', `The program made files, and its result has a member "${FILES}" of its own`);
  }
  const members = said.slice(said.indexOf('{') + 1, said.lastIndexOf('}'));
  return members.trim() === '' ? `{${list}}` : `{${members},${list}}`;
}
