import { PassThrough, Writable } from 'node:stream';
import { runCli } from '@plexus/cli';
import { onTestFinished } from 'vitest';
import { type ScriptedNetwork, scriptedNetwork } from './scripted-network.ts';

export interface LiveTerminal {
  readonly network: ScriptedNetwork;
  /** Keys as a terminal in raw mode sends them. */
  press(keys: string): void;
  /** Resolves when this stands on the screen, in what came since the last call. */
  until(text: string): Promise<string>;
  readonly exitCode: Promise<number>;
  /** What SIGTERM does. */
  terminate(): void;
}

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

/** A command that talks with a person at a terminal. */
export function startAtTerminal(argv: readonly string[], home: string): LiveTerminal {
  const network = scriptedNetwork();
  const ending = new AbortController();
  const screen = createScreen();
  const input = new PassThrough();
  const output = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      screen.write(text);
      done();
    },
  });
  const sink = { isTTY: true, write: screen.write };
  const exitCode = runCli(argv, {
    stdout: sink,
    stderr: sink,
    stdin: input,
    terminal: { input, output },
    env: { PLEXUS_HOME: home, NO_COLOR: '1' },
    signal: ending.signal,
    fetch: network.fetch,
  });
  onTestFinished(async () => {
    ending.abort();
    await exitCode;
  });
  return {
    network,
    exitCode,
    until: screen.until,
    press: (keys) => void input.write(keys),
    terminate: () => ending.abort(new Error('Interrupted')),
  };
}

function createScreen() {
  let unseen = '';
  let looking: (() => void) | undefined;
  return {
    write: (text: string): void => {
      unseen += text;
      looking?.();
    },
    until: (text: string): Promise<string> =>
      new Promise((resolve) => {
        looking = () => {
          const at = unseen.indexOf(text);
          if (at === -1) return;
          const end = at + text.length;
          looking = undefined;
          resolve(unseen.slice(0, end));
          unseen = unseen.slice(end);
        };
        looking();
      }),
  };
}
