/** What makes answers: each of them may be missing, and the rest goes on without it. */
import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineExaminer, EnginePlaces } from '@plexus/node';
import type { Io } from '../io.ts';
import { type Examination, good, warning } from './check.ts';

const TIMEOUT_MS = 5000;
const ENGINE_TIMEOUT_MS = 120_000;
const EXAMINED = ['python', 'ffmpeg', 'whisper', 'blender', 'container', 'stable_diffusion'] as const;

/** @param cacheDir where the node keeps what it installs */
export function languageModel(cacheDir: string): Examination {
  return {
    name: 'llm',
    async run() {
      const names = await readdir(cacheDir).catch(() => []);
      for (const name of names.filter((entry) => /^llama-\d/.test(entry))) {
        const folder = join(cacheDir, name);
        if (await exists(join(folder, 'node_modules', 'node-llama-cpp', 'package.json'))) {
          return good(`llama.cpp is installed in ${folder}`);
        }
      }
      return warning(`llama.cpp is not installed in ${cacheDir}; it is about 85 MB, once`, 'plexus up');
    },
  };
}

/**
 * Kinds of work that are tried as this user, in one sandbox: programs, films, speech, scenes, containers, images.
 *
 * @param signal ends what is being tried
 */
export function engines(places: EnginePlaces, signal: AbortSignal): readonly Examination[] {
  let examiner: Promise<EngineExaminer> | undefined;
  const examine = async (service: Parameters<EngineExaminer>[0]) => {
    examiner ??= import('@plexus/node').then(({ createEngineExaminer }) => createEngineExaminer(places));
    return await (
      await examiner
    )(service, AbortSignal.any([signal, AbortSignal.timeout(ENGINE_TIMEOUT_MS)]));
  };
  return EXAMINED.map((name) => ({
    name,
    async run() {
      const found = await examine(name);
      return found.available ? good(found.detail) : warning(found.reason, found.remedy);
    },
  }));
}

export function translator(): Examination {
  return {
    name: 'translate',
    async run() {
      const install = 'apt-get install apertium apertium-eng-spa';
      const { stdout } = await promisify(execFile)('apertium', ['-l'], { timeout: TIMEOUT_MS }).catch(() => ({
        stdout: undefined,
      }));
      if (stdout === undefined) return warning('apertium is not installed', install);
      const pairs = stdout.split(/\s+/).filter(Boolean);
      if (pairs.length === 0) return warning('apertium is installed without a pair of languages', install);
      return good(`apertium with ${pairs.length} pairs of languages`);
    },
  };
}

/** Where programs of this user keep what can be fetched again. */
export function cacheFolder(env: Io['env']): string {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'plexus');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
