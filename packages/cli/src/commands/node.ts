import type { NodeOptions } from '@plexus/node';
import type { Command } from 'commander';
import { readEndpointFile } from '../endpoint-file.ts';
import { CliError, usageError } from '../failure.ts';
import type { Io, NetworkToJoin, Parent } from '../io.ts';
import { examples, type JsonFlags, withHome, withJson } from '../session.ts';
import {
  checkKey,
  coordinatorAddress,
  DEFAULT_URL,
  homeOf,
  type HomeFlags,
  isLoopback,
  readOperatorKey,
} from '../settings.ts';
import { FROM_PARENT } from '../up/node-args.ts';
import { runNode } from '../up/run-node.ts';
import { collectHosts, hostName, portNumber } from '../values.ts';
import { mediaOptions } from './media-options.ts';
import {
  type EngineFlags,
  type LogFlags,
  withEgress,
  withEngines,
  withLogLevel,
  withPort,
  withRateLimits,
} from './serving.ts';

interface NodeFlags extends EngineFlags, LogFlags, HomeFlags, JsonFlags {
  readonly coordinator?: string;
  readonly token?: string;
  readonly host: string;
  readonly port: number;
  readonly infernetPort?: number;
  readonly services?: string;
  readonly statsPort?: number;
  readonly statsHost?: string;
  readonly allowedHost?: readonly string[];
  readonly rateLimits: 'on' | 'off';
}

export function addNode(program: Command, io: Io): void {
  const node = program
    .command('node')
    .summary('run a node alone')
    .description('Offer this machine to a network. Ctrl-C ends it; what runs then goes to another node.')
    .option('--coordinator <url>', `the network to join (PLEXUS_URL, else ${DEFAULT_URL})`)
    .option('--token <key>', "the account's key or a node token (PLEXUS_NODE_TOKEN, else the home's operator key)")
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--infernet-port <port>', 'a second listener for Infernet clients', portNumber)
    .option('--stats-port <port>', 'a listener of its own for GET /jsonstats', portNumber)
    .option('--stats-host <name>', 'where the coordinator reaches those figures, if not at --host', hostName)
    .option('--allowed-host <name>', 'a Host header to accept besides its own addresses, repeatable', collectHosts)
    .option('--services <list>', 'offer only these, for example echo,llm');
  withRateLimits(withEgress(withEngines(withPort(node, 'port', 'node'))));
  examples(withLogLevel(withHome(withJson(node)), 'info'), [
    'plexus node --coordinator https://plexus.example --token gn_…',
    'plexus node --allow python --python /opt/venv/bin/python --python-packages numpy,torch',
    'plexus node --port 8001 --home ~/.plexus-second --upstream http://127.0.0.1:11434/v1',
  ]).action((flags: NodeFlags) => joinNetwork(io, flags));
}

async function joinNetwork(io: Io, flags: NodeFlags): Promise<void> {
  if (!io.parent) await refuseSecond(homeOf(flags, io.env));
  const options = await nodeOptions(flags, io);
  const ports = {
    // The user has given it to the program that started this one.
    ...(flags.statsPort !== undefined && { [flags.statsPort]: '--stats-port' }),
    [flags.port]: io.parent ? '--node-port' : '--port',
    ...(flags.infernetPort !== undefined && { [flags.infernetPort]: '--infernet-port' }),
  };
  await runNode(io, options, { asJson: flags.json === true, level: flags.logLevel ?? 'info', portFlags: ports });
}

/** Two nodes of one home have one key: each would take the other's place, again and again. */
async function refuseSecond(home: string): Promise<void> {
  const running = await readEndpointFile(home);
  if (running?.node === undefined) return;
  throw new CliError(`A network runs in ${home}, with a node: ${running.node} (process ${running.pid})`, {
    hint: `Give another node a home of its own: plexus node --coordinator ${running.coordinator} --home DIR --port 0`,
  });
}

async function nodeOptions(flags: NodeFlags, io: Io): Promise<Omit<NodeOptions, 'logger'>> {
  const { env } = io;
  const home = homeOf(flags, env);
  return {
    home,
    ...(await networkToJoin(flags, io, home)),
    host: flags.host,
    ports: [flags.port, ...(flags.infernetPort === undefined ? [] : [flags.infernetPort])],
    ...(flags.statsPort !== undefined && { statsPort: flags.statsPort }),
    ...(flags.statsHost !== undefined && { statsHost: flags.statsHost }),
    ...(flags.allowedHost && { allowedHosts: flags.allowedHost }),
    installLlama: flags.llmInstall,
    rateLimits: flags.rateLimits,
    ...(flags.name !== undefined && { name: flags.name }),
    ...(flags.services !== undefined && { services: serviceList(flags.services) }),
    ...engineOptions(flags, env),
    ...mediaOptions(flags, env),
  };
}

async function networkToJoin(
  { coordinator, token }: NodeFlags,
  { env, parent }: Io,
  home: string,
): Promise<Pick<NodeOptions, 'coordinatorUrl' | 'token'>> {
  if (parent && coordinator === FROM_PARENT) return toldBy(parent);
  const coordinatorUrl = coordinatorAddress(coordinator ?? (env['PLEXUS_URL'] || DEFAULT_URL));
  const named = token ?? (env['PLEXUS_NODE_TOKEN'] || undefined);
  const key = checkKey(named ?? (await ownKey(home, coordinatorUrl)), '--token or PLEXUS_NODE_TOKEN');
  return { coordinatorUrl, ...(key !== undefined && { token: key }) };
}

/** The node's program is loaded by the time that the coordinator has started. */
async function toldBy(parent: Parent): Promise<NetworkToJoin> {
  const [network] = await Promise.all([parent.network, import('@plexus/node')]);
  return network;
}

/** The operator's key stays on this machine. */
async function ownKey(home: string, coordinatorUrl: string): Promise<string | undefined> {
  return isLoopback(coordinatorUrl) ? readOperatorKey(home) : undefined;
}

function engineOptions(
  flags: EngineFlags,
  env: Io['env'],
): Pick<NodeOptions, 'modelPath' | 'upstream' | 'concurrency' | 'allow' | 'python' | 'infernet'> {
  const { model, upstream, echoConcurrency, llmConcurrency, allow, python, pythonPackages } = flags;
  const { infernetConfig: configPath, infernetCompat: compatibility } = flags;
  const apiKey = flags.upstreamKey ?? (env['PLEXUS_UPSTREAM_KEY'] || undefined);
  return {
    ...(model !== undefined && { modelPath: model }),
    ...(allow && { allow }),
    infernet: { ...(configPath !== undefined && { configPath }), isCompatible: compatibility !== undefined },
    python: {
      ...(python !== undefined && { interpreter: python }),
      ...(pythonPackages && { packages: pythonPackages }),
    },
    ...(upstream !== undefined && { upstream: { url: upstream, ...(apiKey !== undefined && { apiKey }) } }),
    concurrency: {
      ...(echoConcurrency !== undefined && { echo: echoConcurrency }),
      ...(llmConcurrency !== undefined && { llm: llmConcurrency }),
    },
  };
}

function serviceList(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim());
  if (ids.every((id) => id !== '')) return ids;
  throw usageError(`Not a list of services: ${text}`, 'For example --services echo,llm');
}
