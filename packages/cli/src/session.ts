import { ConnectionError, createPlexus, type Plexus } from '@plexus/sdk';
import type { Command } from 'commander';
import type { Io } from './io.ts';
import { coloursFor, type Colours } from './output/colours.ts';
import { type ConnectionFlags, readSettings, type Settings } from './settings.ts';
import { folderName } from './values.ts';

export interface JsonFlags {
  readonly json?: boolean;
}

/** What every command that talks to a network can be told. */
export interface SessionFlags extends ConnectionFlags, JsonFlags {}

/** A command's view of the network and of its output. */
export interface Session {
  readonly plexus: Plexus;
  readonly settings: Settings;
  readonly colours: Colours;
  /** Prints the value as one JSON document with --json, else as text. */
  readonly show: (value: unknown, text: () => string) => void;
  /** A remark beside the output; none with --json. */
  readonly note: (text: string) => void;
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON document on stdout');
}

export function withHome(command: Command): Command {
  return command.option('--home <dir>', "folder of the network's files (PLEXUS_HOME, else ~/.plexus)", folderName);
}

export function withSession(command: Command): Command {
  return withJson(
    withHome(
      command
        .option('--url <url>', 'address of the coordinator (PLEXUS_URL, else the one that runs in the home)')
        .option('--key <key>', "API key (PLEXUS_API_KEY, else the home's operator key)"),
    ),
  );
}

export async function openSession(io: Io, flags: SessionFlags): Promise<Session> {
  const settings = await readSettings(flags, io.env);
  return {
    settings,
    plexus: createPlexus({
      baseUrl: settings.url,
      apiKey: settings.key,
      ...(io.fetch && { fetch: io.fetch }),
    }),
    colours: coloursFor(io.stdout, io.env),
    show(value, text) {
      io.stdout.write(flags.json ? `${JSON.stringify(value, null, 2)}\n` : understood(text, settings.url));
    },
    note(text) {
      if (!flags.json) io.stderr.write(`${text}\n`);
    },
  };
}

/**
 * Reads an answer as what its type says that it is.
 *
 * @throws {ConnectionError} BAD_ANSWER where it is not: something else answers at the url, in JSON of its own
 */
export function understood<T>(read: () => T, url: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConnectionError('BAD_ANSWER', url, `${url} answers otherwise than Plexus does`, { cause: error });
  }
}

/** Examples under a command's help. */
export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}
