import { requestUnits } from '@plexus/protocol';
import { asRunError, closedError, deliver, linkSignals, reasonOf } from '../interruption.ts';
import { runProcess } from '../process.ts';
import { RunError, type RunContext, type RunRequest, type RunResult, type Runner } from '../runner.ts';
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
  const closing = new AbortController();

  async function run(request: RunRequest, context: RunContext): Promise<RunResult> {
    const either = linkSignals([context.signal, closing.signal]);
    try {
      const asked = translationRequest(request);
      const mode = chooseMode(modes, asked);
      const output = await translate(mode, asked.content, either.signal);
      await deliver(context, { text: output, tokens: 0 });
      context.progress(100);
      const languages = { source_language: mode.source.code, target_language: mode.target.code };
      return {
        output,
        units: requestUnits(asked.content),
        metadata: { engine: COMMAND, mode: mode.name, ...languages },
      };
    } catch (error) {
      throw asRunError(error, either.signal);
    } finally {
      either.unlink();
    }
  }

  return {
    service: 'translate',
    concurrency,
    models: [],
    languages: languagesOf(modes),
    run,
    async close() {
      closing.abort(closedError());
    },
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
