import { requestUnits } from '@plexus/protocol';
import { deliver, reasonOf } from '../interruption.ts';
import { runProcess } from '../process.ts';
import { RunError, type Runner } from '../runner.ts';
import { createRuns } from '../runs.ts';
import { chooseMode, languagesOf, type Mode, parseModes } from './modes.ts';
import { translationRequest } from './request.ts';

const COMMAND = 'apertium';
const LIST_TIMEOUT_MS = 10_000;
const RUN_TIMEOUT_MS = 120_000;
const MAX_LIST_BYTES = 1024 * 1024;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Nothing of the node's own environment, where keys may be, except how to find programs. */
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'TMPDIR', 'APERTIUM_PATH', 'APERTIUM_DATADIR'];
  const entries = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(entries), LANG: 'C.UTF-8' };
}

/**
 * The directions that are installed on this machine.
 *
 * @throws {RunError} ENGINE_FAILED when Apertium is not there
 */
export async function listApertiumModes(signal: AbortSignal): Promise<readonly Mode[]> {
  const limits = { timeoutMs: LIST_TIMEOUT_MS, maxOutputBytes: MAX_LIST_BYTES };
  const { stdout } = await runProcess({ command: COMMAND, args: ['-l'], env: environment(), ...limits, signal });
  return parseModes(stdout);
}

/** Translates by rules, without a network, in a process of its own. */
export function createApertiumRunner(modes: readonly Mode[], concurrency: number): Runner {
  const runs = createRuns();
  return {
    service: 'translate',
    concurrency,
    models: [],
    languages: languagesOf(modes),
    close: () => runs.close(),
    run: (request, context) =>
      runs.follow(context.signal, async (signal) => {
        const asked = translationRequest(request);
        const mode = chooseMode(modes, asked);
        const output = await translate(mode, asked.content, signal);
        await deliver(context, { text: output, tokens: 0 });
        context.progress(100);
        const languages = { source_language: mode.source.code, target_language: mode.target.code };
        return {
          output,
          units: requestUnits(asked.content),
          metadata: { engine: COMMAND, mode: mode.name, ...languages },
        };
      }),
  };
}

async function translate(mode: Mode, content: string, signal: AbortSignal): Promise<string> {
  if (content.includes('\0')) throw new RunError('INVALID_INPUT', 'U+0000 cannot be translated');
  const { exitCode, stdout, stderr } = await runProcess({
    command: COMMAND,
    args: ['-u', mode.name],
    input: content,
    env: environment(),
    timeoutMs: RUN_TIMEOUT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    signal,
  });
  // A part of Apertium's pipeline may fail while the whole ends well.
  const isLost = stdout === '' && content.trim() !== '';
  if (exitCode === 0 && !isLost) return stdout;
  throw new RunError('ENGINE_FAILED', `Apertium failed: ${reasonOf(stderr)}`);
}
