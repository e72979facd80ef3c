import { parseJson, type TreeHead, type VerifyReport } from '@plexus/protocol';
import type { Command } from 'commander';
import { checkReceipt } from '../check-receipt.ts';
import { EXIT, SilentExit, usageError } from '../failure.ts';
import { readFileOrStdin } from '../input.ts';
import type { Io } from '../io.ts';
import { readKnownNetworks } from '../known-networks.ts';
import { coloursFor, type Colours } from '../output/colours.ts';
import { fields } from '../output/table.ts';
import { examples, type JsonFlags, withHome, withJson } from '../session.ts';
import { type HomeFlags, homeOf } from '../settings.ts';
import { publicKey } from '../values.ts';

type Status = VerifyReport['checks'][number]['status'];

interface VerifyFlags extends HomeFlags, JsonFlags {
  readonly coordinatorKey?: string;
  readonly nodeKey?: string;
  readonly knownHead?: string;
}

const NOT_PINNED =
  "Whose key the coordinator's is was not checked, because no network that you know has it. `plexus receipt` learns the " +
  'keys of the networks that it asks; else pin this one with --coordinator-key (public_key at /plexus/v1/info).';

export function addVerify(program: Command, io: Io): void {
  const verify = program
    .command('verify')
    .summary('check a receipt offline')
    .description(
      'Check a receipt without asking anybody. It proves what was claimed and billed, not that the result is right. ' +
        'It is compared with what `plexus receipt` and `plexus run --receipt` keep of the networks that they meet: the ' +
        "coordinator's key and the newest head of its log, in known-networks.json of the home. " +
        `Exits ${EXIT.notValid} when the receipt is not valid.`,
    )
    .argument('<file>', 'JSON as `plexus receipt` gives it, or - for stdin')
    .option(
      '--coordinator-key <key>',
      "the coordinator's public key, base64, in place of the remembered one",
      publicKey,
    )
    .option('--node-key <key>', "the node's public key as you know it, base64", publicKey)
    .option(
      '--known-head <file>',
      'tree head to compare with in place of the remembered one: JSON of /plexus/v1/log/head',
    );
  examples(withJson(withHome(verify)), [
    'plexus verify job.receipt.json',
    'plexus receipt JOB | plexus verify -',
  ]).action((file: string, flags: VerifyFlags) => verifyFile(io, file, flags));
}

async function verifyFile(io: Io, file: string, flags: VerifyFlags): Promise<void> {
  const { coordinatorKey, nodeKey } = flags;
  const receipt = parseJson(await readFileOrStdin(file, io));
  const knownHead = flags.knownHead === undefined ? undefined : await readHead(flags.knownHead, io);
  const networks = await readKnownNetworks(homeOf(flags, io.env));
  const given = { coordinatorKey, minerKey: nodeKey, knownHead };
  const { report, isPinned } = await checkReceipt(receipt, given, networks);
  const colours = coloursFor(io.stdout, io.env);
  io.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, colours));
  if (!report.valid) throw new SilentExit(EXIT.notValid);
  if (!isPinned && !flags.json) io.stderr.write(`${NOT_PINNED}\n`);
}

async function readHead(path: string, io: Io): Promise<TreeHead> {
  const text = await readFileOrStdin(path, io);
  try {
    // Any value will do: what is not a tree head is one that the log has not signed.
    return JSON.parse(text) as TreeHead;
  } catch (error) {
    throw usageError(`${path} is not JSON`, error instanceof Error ? error.message : undefined);
  }
}

function reportText({ checks, valid }: VerifyReport, colours: Colours): string {
  const rows = checks.map(({ name, status, detail }) => [name.replace('_', ' '), status.padEnd(6), detail] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = fields(
    rows.map(([name, status, detail], at) => [
      `${paintStatus(checks[at]?.status ?? 'failed', status, colours)}  ${name.padEnd(width)}`,
      detail,
    ]),
  );
  return `${lines}\n${valid ? colours.green('VALID') : colours.red('NOT VALID')}\n`;
}

function paintStatus(status: Status, text: string, colours: Colours): string {
  switch (status) {
    case 'ok':
      return colours.green(text);
    case 'failed':
      return colours.red(text);
    case 'absent':
      return colours.yellow(text);
  }
}
