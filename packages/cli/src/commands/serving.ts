/** Options that `up`, `coordinator` and `node` share. */
import { hasCode } from '@plexus/protocol';
import { type Command, Option } from 'commander';
import { CliError, usageError } from '../failure.ts';
import type { DatabaseFlags } from './database.ts';
import type { JsonFlags } from '../session.ts';
import { checkUrl, type HomeFlags } from '../settings.ts';
import { collectNames, collectText, portNumber, wholeNumber } from '../values.ts';

export const DEFAULT_PORTS = { coordinator: 8800, node: 8000, infernet: 4000 } as const;
const MAX_CONCURRENCY = 10_000;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogFlags {
  readonly logLevel?: LogLevel;
}

/** What a node can be told about its engines. */
export interface EngineFlags {
  readonly model?: string;
  readonly upstream?: string;
  readonly upstreamKey?: string;
  readonly imageUpstream?: string;
  readonly whisperUpstream?: string;
  readonly whisperModel?: string;
  readonly whisperWeights?: string;
  readonly egressAllow?: readonly string[];
  readonly llmInstall: boolean;
  readonly echoConcurrency?: number;
  readonly llmConcurrency?: number;
  readonly allow?: readonly string[];
  readonly python?: string;
  readonly pythonPackages?: readonly string[];
  readonly name?: string;
  readonly infernetConfig?: string;
  readonly infernetCompat?: '1.x';
}

export interface UpFlags extends EngineFlags, DatabaseFlags, LogFlags, HomeFlags, JsonFlags {
  readonly coordinatorPort: number;
  readonly nodePort: number;
  readonly infernetPort: number;
  readonly rateLimits: 'on' | 'off';
  readonly statsPort?: number;
}

export function withRateLimits(command: Command): Command {
  return command.addOption(
    new Option('--rate-limits <on|off>', 'limit calls per key').choices(['on', 'off']).default('on'),
  );
}

export function withEgress(command: Command): Command {
  const description =
    'a network, address or name that clients may name in URLs although it is not public, such as 127.0.0.1:3000; repeatable';
  return command.option('--egress-allow <place>', description, collectText);
}

/** A wrong `--egress-allow`, said in words; any other error as it is. */
export function egressError(error: unknown): unknown {
  return error instanceof RangeError ? usageError(`--egress-allow: ${error.message}`) : error;
}

export function withLogLevel(command: Command, level: LogLevel): Command {
  const levels: LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];
  return command.addOption(
    new Option('--log-level <level>', 'log to stderr from this level on').choices(levels).default(level),
  );
}

export function withEngines(command: Command): Command {
  const count = wholeNumber(1, MAX_CONCURRENCY);
  return command
    .option('--model <file.gguf>', 'language model to load instead of the small one that is built in')
    .option('--upstream <url>', 'OpenAI-compatible server to use as the language model, for example Ollama', checkUrl)
    .option('--upstream-key <key>', 'its API key (PLEXUS_UPSTREAM_KEY)')
    .option(
      '--image-upstream <url>',
      'server for images: AUTOMATIC1111, stable-diffusion.cpp, or OpenAI with /v1',
      checkUrl,
    )
    .option(
      '--whisper-upstream <url>',
      "server for speech with OpenAI's API, for example http://127.0.0.1:8000/v1",
      checkUrl,
    )
    .option('--whisper-model <name>', 'its model, where it does not list them')
    .addOption(
      new Option('--whisper-weights <file.bin>', "Whisper's weights (ggml), for whisper.cpp on this machine").conflicts(
        ['whisperUpstream', 'whisperModel'],
      ),
    )
    .option('--no-llm-install', 'do not install llama.cpp (85 MB, once) when it is missing')
    .option('--echo-concurrency <n>', 'echo tasks at once', count)
    .option('--llm-concurrency <n>', 'language model tasks at once', count)
    .option('--allow <service>', 'run programs that clients send, in a sandbox: python', collectNames)
    .option('--python <path>', "interpreter for them, for example a virtual environment's (python3)")
    .option('--python-packages <list>', 'packages that they may require (all that are installed)', collectNames)
    .option('--infernet-config <file>', "containers for Infernet's clients: the config.json of the original's node")
    .addOption(
      new Option(
        '--infernet-compat <version>',
        "refuse with 405, as the original's clients of that version expect",
      ).choices(['1.x']),
    )
    .option('--name <name>', "the node's name");
}

export function withPort(command: Command, name: string, whose: keyof typeof DEFAULT_PORTS): Command {
  const description = `port of the ${whose === 'infernet' ? "node's Infernet listener" : whose}; 0 takes any free one`;
  return command.option(`--${name} <port>`, description, portNumber, DEFAULT_PORTS[whose]);
}

/** A port that is in use, said in words; any other error as it is. */
export function portError(error: unknown, flags: Readonly<Record<number, string>>): unknown {
  // A file may be refused, too.
  if (!(error instanceof Error && 'port' in error)) return error;
  if (!hasCode(error, 'EADDRINUSE') && !hasCode(error, 'EACCES')) return error;
  return portInUse(Number(error.port), flags, hasCode(error, 'EACCES') ? 'may not be used' : 'is in use', error);
}

function portInUse(port: number, flags: Readonly<Record<number, string>>, problem: string, cause: unknown): CliError {
  const flag = flags[port] ?? '--port';
  return new CliError(`Port ${port} ${problem}`, {
    hint: `Choose another with ${flag} N (0 takes any free port), or end what uses it: \`plexus doctor\` says what answers there.`,
    cause,
  });
}
