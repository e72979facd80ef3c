import type { RunningCoordinator } from '@plexus/coordinator';
import type { Command } from 'commander';
import { removeEndpointFile, writeEndpointFile } from '../endpoint-file.ts';
import { EXIT, SilentExit } from '../failure.ts';
import type { Io } from '../io.ts';
import { fields } from '../output/table.ts';
import { examples, type JsonFlags, withHome, withJson } from '../session.ts';
import { homeOf, type HomeFlags, isLoopback } from '../settings.ts';
import { endOf } from '../up/end-of.ts';
import { serverLogger } from '../up/server-logger.ts';
import { collectText, wholeNumber } from '../values.ts';
import { databaseError, type DatabaseFlags, databaseOf, withDatabase } from './database.ts';
import {
  egressError,
  type LogFlags,
  portError,
  withEgress,
  withLogLevel,
  withPort,
  withRateLimits,
} from './serving.ts';

const MAX_BASIS_POINTS = 10_000;
const GIB = 1024 ** 3;
const MAX_GRANT = 1_000_000_000;
const MAX_DAYS = 36_500;

interface CoordinatorFlags extends DatabaseFlags, HomeFlags, JsonFlags, LogFlags {
  readonly host: string;
  readonly port: number;
  readonly rateLimits: 'on' | 'off';
  readonly allowedHost?: readonly string[];
  readonly egressAllow?: readonly string[];
  readonly feeBasisPoints?: number;
  readonly registerGrant?: number;
  readonly maxJobsPerKey?: number;
  readonly maxOpenJobs?: number;
  readonly maxWaiting?: number;
  readonly fleetReads?: number;
  readonly fleetWrites?: number;
  readonly artifactGib?: number;
  readonly artifactDays?: number;
  readonly keepJobs?: number;
  readonly name?: string;
  readonly makeCredentials?: boolean;
}

export function addCoordinator(program: Command, io: Io): void {
  const coordinator = program
    .command('coordinator')
    .summary('run a coordinator alone')
    .description('Run the part that accounts, schedules and keeps the books. Nodes join it with `plexus node`.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allowed-host <name>', 'a Host header to accept besides its own addresses, repeatable', collectText)
    .option(
      '--fee-basis-points <n>',
      "the operator's share of each price, in 1/100 %",
      wholeNumber(0, MAX_BASIS_POINTS),
    )
    .option('--register-grant <credits>', 'credits of a new account', wholeNumber(0, MAX_GRANT))
    .option('--max-jobs-per-key <n>', 'jobs of one key that may run or wait at once', wholeNumber(1, 100_000))
    .option('--max-open-jobs <n>', 'jobs of everybody that may run or wait at once', wholeNumber(1, 1_000_000))
    .option('--max-waiting <n>', 'jobs of one service that may wait for a place', wholeNumber(1, 1_000_000))
    .option('--fleet-reads <n>', "reads of the fleet's API by one address in a minute (100)", wholeNumber(1, 1_000_000))
    .option('--fleet-writes <n>', 'writes of it (20)', wholeNumber(1, 1_000_000))
    .option('--artifact-gib <n>', 'disk for files of clients and jobs, in GiB (20)', wholeNumber(1, 1_000_000))
    .option('--artifact-days <n>', 'days that they are kept (7)', wholeNumber(1, 3650))
    .option('--keep-jobs <days>', 'remove the texts of jobs that ended longer ago', wholeNumber(1, MAX_DAYS))
    .option('--name <name>', "the network's name")
    .option('--make-credentials', 'make what a coordinator needs before others may reach it, and end');
  withPort(coordinator, 'port', 'coordinator');
  withDatabase(coordinator);
  withEgress(withRateLimits(withLogLevel(withHome(withJson(coordinator)), 'info')));
  examples(coordinator, [
    'plexus coordinator',
    'plexus coordinator --make-credentials',
    'plexus coordinator --port 9900 --home /srv/plexus --fee-basis-points 250',
  ]).action((flags: CoordinatorFlags) =>
    flags.makeCredentials ? showCredentials(io, flags) : runCoordinator(io, flags),
  );
}

async function showCredentials(io: Io, flags: CoordinatorFlags): Promise<void> {
  const { makeCredentials } = await import('@plexus/coordinator');
  const home = homeOf(flags, io.env);
  const { operatorKey, nodeToken, invite } = makeCredentials(home);
  const document = { home, operator_key: operatorKey, node_token: nodeToken, invite };
  const text = fields([
    ['operator key', `${operatorKey}  (may do everything: keep it)`],
    ['node token', `${nodeToken}  (for plexus node --token)`],
    ['invite', `${invite}  (for opening an account)`],
    ['kept in', home],
  ]);
  io.stdout.write(flags.json ? `${JSON.stringify(document, null, 2)}\n` : text);
}

function artifactOptions({ artifactGib, artifactDays }: CoordinatorFlags) {
  return {
    ...(artifactGib !== undefined && { maxBytes: artifactGib * GIB }),
    ...(artifactDays !== undefined && { keepDays: artifactDays }),
  };
}

function fleetOptions({ fleetReads, fleetWrites }: CoordinatorFlags) {
  return {
    ...(fleetReads !== undefined && { readsPerMinute: fleetReads }),
    ...(fleetWrites !== undefined && { writesPerMinute: fleetWrites }),
  };
}

async function runCoordinator(io: Io, flags: CoordinatorFlags): Promise<void> {
  const { startCoordinator } = await import('@plexus/coordinator');
  const { host, port, rateLimits, allowedHost, egressAllow, feeBasisPoints, registerGrant, name } = flags;
  const { maxJobsPerKey, maxOpenJobs, maxWaiting, keepJobs } = flags;
  const home = homeOf(flags, io.env);
  const coordinator = await startCoordinator({
    home,
    host,
    port,
    rateLimits,
    signal: io.signal,
    ...databaseOf(flags, io.env),
    logger: await serverLogger(flags.logLevel ?? 'info'),
    ...(allowedHost && { allowedHosts: allowedHost }),
    ...(egressAllow && { egressAllow }),
    ...(feeBasisPoints !== undefined && { feeBasisPoints }),
    ...(registerGrant !== undefined && { registerGrantCredits: registerGrant }),
    ...(maxJobsPerKey !== undefined && { maxJobsPerKey }),
    ...(maxOpenJobs !== undefined && { maxOpenJobs }),
    ...(maxWaiting !== undefined && { maxWaiting }),
    artifacts: artifactOptions(flags),
    fleet: fleetOptions(flags),
    ...(keepJobs !== undefined && { keepJobsDays: keepJobs }),
    ...(name !== undefined && { name }),
  }).catch((error: unknown) => {
    if (io.signal.aborted) throw new SilentExit(EXIT.ok);
    throw databaseError(egressError(portError(error, { [port]: '--port' })), databaseOf(flags, io.env));
  });
  try {
    await writeEndpointFile(home, { pid: process.pid, coordinator: coordinator.url });
    io.becomeServer?.();
    announce(io, flags, coordinator);
    await endOf(coordinator, io.signal);
  } finally {
    await removeEndpointFile(home).finally(() => coordinator.close());
  }
}

/** Says how to reach it, unless it is to stop already. */
function announce(io: Io, flags: CoordinatorFlags, coordinator: RunningCoordinator): void {
  if (io.signal.aborted) return;
  const { url, operatorKey, booksPlace } = coordinator;
  const event = { event: 'ready', coordinator: url, apiKey: operatorKey };
  const text = fields([
    ['coordinator', url],
    ['docs', `${url}/docs`],
    ['operator key', `${operatorKey}  (${homeOf(flags, io.env)}/operator.key)`],
    ['books', booksPlace],
    ['join it', joinCommand(flags.host, url)],
    ['stop', 'Ctrl-C'],
  ]);
  io.stdout.write(flags.json ? `${JSON.stringify(event)}\n` : `The coordinator is running.\n\n${text}`);
}

/** What brings another node into the network, as it can be typed where that node is. */
export function joinCommand(host: string, url: string): string {
  const { hostname } = new URL(url);
  const isEverywhere = host === '0.0.0.0' || host === '::';
  if (isLoopback(url) && !isEverywhere) return `plexus node --coordinator ${url}`;
  const place = isEverywhere ? url.replace(hostname, 'ADDRESS') : url;
  return `PLEXUS_NODE_TOKEN=gn_… plexus node --coordinator ${place}`;
}
