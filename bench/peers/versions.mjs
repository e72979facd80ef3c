/** Which versions were measured. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTENDERS } from './contenders.mjs';

/**
 * @param {readonly import('./contenders.mjs').Name[]} names
 * @param {{ packages: string, programs: ReadonlyMap<import('./programs.mjs').Database, string> }} place
 * @returns {Readonly<Record<string, string>>}
 */
export function versionsOf(names, { packages, programs }) {
  const used = new Set(names.flatMap((name) => CONTENDERS[name].queue?.package ?? []));
  const redis = programs.get('redis');
  const postgres = programs.get('postgres');
  const queues = [...used].map((name) => {
    const manifest = readFileSync(join(packages, 'node_modules', name, 'package.json'), 'utf8');
    return [name, String(JSON.parse(manifest).version)];
  });
  return {
    ...Object.fromEntries(queues),
    ...(redis && { redis: numberIn(redis) }),
    ...(postgres && { postgres: numberIn(join(postgres, 'postgres')) }),
  };
}

/** @param {string} program */
function numberIn(program) {
  return /\d+\.\d+(\.\d+)?/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown';
}
