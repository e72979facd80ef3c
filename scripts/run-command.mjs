import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM']);
const INTERRUPTED = 130;

/**
 * Runs a program in the repository, which sees what the user types and prints where the user reads. A signal
 * to this process ends the program first, so that it never stays behind.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeoutMs?: number, onOutput?: (text: string) => void }} [options]
 *   onOutput takes what the program prints, instead of the terminal
 * @returns {Promise<number>} its exit code
 */
export async function runCommand(command, args, { env = process.env, timeoutMs, onOutput } = {}) {
  const child = spawn(command, [...args], {
    cwd: ROOT,
    env,
    stdio: onOutput ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  if (onOutput) for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => onOutput(String(data)));
  let isInterrupted = false;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    isInterrupted = true;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  try {
    const code = await exitCodeOf(child);
    if (isInterrupted) process.exit(INTERRUPTED);
    return code;
  } finally {
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Runs npm: the one that started this script, else the one on PATH.
 *
 * @param {readonly string[]} args
 * @param {Parameters<typeof runCommand>[2]} [options]
 */
export function runNpm(args, options) {
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('.js')) return runCommand(process.execPath, [cli, ...args], options);
  return runCommand(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options);
}
