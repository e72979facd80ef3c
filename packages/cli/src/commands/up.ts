import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { examples, withHome, withJson } from '../session.ts';
import { runUp } from '../up/run-up.ts';
import { portNumber } from '../values.ts';
import { withDatabase } from './database.ts';
import { type UpFlags, withEgress, withEngines, withLogLevel, withPort, withRateLimits } from './serving.ts';

export function addUp(program: Command, io: Io): void {
  const up = program
    .command('up')
    .summary('start a whole network on this machine')
    .description('Start a coordinator and a node on this machine, and print how to use them. Ctrl-C stops both.');
  withPort(up, 'coordinator-port', 'coordinator');
  withPort(up, 'node-port', 'node');
  withPort(up, 'infernet-port', 'infernet');
  withEgress(withRateLimits(withDatabase(withEngines(up))));
  up.option('--stats-port <port>', "a listener of its own for the node's figures, GET /jsonstats", portNumber);
  withLogLevel(withHome(withJson(up)), 'warn');
  examples(up, [
    'plexus up',
    'plexus up --upstream http://127.0.0.1:11434/v1',
    'plexus up --model ~/models/qwen2.5-1.5b-instruct-q4_k_m.gguf',
    'plexus up --infernet-config config.json',
    'plexus up --coordinator-port 0 --node-port 0 --infernet-port 0 --json',
  ]).action((flags: UpFlags) => runUp(io, flags));
}
