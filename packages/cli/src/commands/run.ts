import { writeFile } from 'node:fs/promises';
import { findService, type JobView } from '@plexus/protocol';
import type { Command } from 'commander';
import { CliError, EXIT, usageError } from '../failure.ts';
import { fetchReceipt, meetNetwork } from '../fetch-receipt.ts';
import { readText } from '../input.ts';
import type { Io } from '../io.ts';
import { startProgress } from '../output/progress.ts';
import { groupDigits, oneLine, printable } from '../output/text.ts';
import { examples, openSession, type Session, type SessionFlags, withSession } from '../session.ts';
import { isToBeStreamed, runStreamed } from './run-stream.ts';
import { collectParam, credits, decimal, wholeNumber } from '../values.ts';

export const MAX_TOKENS_LIMIT = 1_000_000;

interface RunFlags extends SessionFlags {
  readonly param?: Readonly<Record<string, unknown>>;
  readonly model?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly from?: string;
  readonly to?: string;
  readonly maxCost?: string;
  readonly detach?: boolean;
  readonly stream?: boolean;
  readonly receipt?: string;
}

export function addRun(program: Command, io: Io): void {
  const command = program
    .command('run')
    .summary('run a task and print its result')
    .description(
      'Run a task on the network and print its result. Ctrl-C cancels it there. A language model is printed while it ' +
        'makes its answer, where that goes to a terminal.',
    )
    .argument('<service>', 'what to run, see `plexus services`')
    .argument('<text>', 'the content: the text itself, - for stdin, or @file')
    .option('--param <name=value>', 'a parameter of the service, repeatable; JSON values are understood', collectParam)
    .option('--model <name>', 'language model to use')
    .option('--max-tokens <n>', 'most tokens to make', wholeNumber(1, MAX_TOKENS_LIMIT))
    .option('--temperature <t>', '0 takes the likeliest token each time', decimal)
    .option('--from <language>', 'language to translate from')
    .option('--to <language>', 'language to translate to')
    .option('--max-cost <credits>', 'refuse to spend more', credits)
    .option('--stream', 'print the answer of llm while it is made, also to a pipe')
    .option('--no-stream', 'print it when it is whole')
    .option('--detach', 'print the job id and do not wait; `plexus jobs get JOB --wait` does')
    .option(
      '--receipt <file>',
      'save the signed receipt; compares the network with what is known of it, as `plexus receipt`',
    );
  examples(withSession(command), [
    'plexus run echo "Hello world!"',
    'plexus run llm "The sea was" --max-tokens 60',
    'plexus run translate "house" --to es',
    'plexus run llm @prompt.txt --stream | tee answer.txt',
    'plexus run llm "The sea was" --detach',
    'plexus run echo @notes.txt --max-cost 20 --receipt notes.receipt.json',
  ]).action((service: string, text: string, flags: RunFlags) => run(io, service, text, flags));
}

async function run(io: Io, service: string, text: string, flags: RunFlags): Promise<void> {
  if (flags.detach) refuseWaiting(flags);
  const content = await readText(text, io);
  const session = await openSession(io, flags);
  for (const name of unknownParams(service, flags)) {
    session.note(
      `${printable(service)} has no parameter ${printable(name)}: it changes nothing, unless the node knows it`,
    );
  }
  if (flags.detach) return detach(io, session, { service, content, flags });
  // A network that is not the one it was gets no work.
  if (flags.receipt !== undefined) await meetNetwork(session, io.signal);
  const params = paramsOf(flags);
  const { maxCost, stream, json } = flags;
  const isStreamed = isToBeStreamed({ service, params, maxCost, stream, json }, io.stdout.isTTY);
  const job = isStreamed
    ? await runStreamed(io, session, { content, params })
    : await follow(io, session, { service, content, flags });
  try {
    if (flags.receipt !== undefined && job.receipt_id !== null) await save(io, session, job.receipt_id, flags.receipt);
  } finally {
    // Neither is lost over the other: the receipt that was asked for, or the result that was paid for.
    if (!isStreamed) session.show(job, () => resultText(job, io.stdout.isTTY));
    session.note(session.colours.dim(lastLine(job)));
  }
  if (job.state !== 'completed') throw endedBadly(job);
}

interface Task {
  readonly service: string;
  readonly content: string;
  readonly flags: RunFlags;
}

async function follow(io: Io, { plexus }: Session, { service, content, flags }: Task): Promise<JobView> {
  const progress = startProgress(io.stderr, 'submitting');
  let isKnown = false;
  try {
    return await plexus.run(service, content, {
      params: paramsOf(flags),
      maxCost: flags.maxCost,
      signal: io.signal,
      onUpdate({ state, node_id }) {
        isKnown = true;
        progress.say(node_id === null ? state : `${state} on ${node_id}`);
      },
    });
  } catch (error) {
    if (!io.signal.aborted) throw error;
    const outcome = isKnown ? 'the network was asked to cancel the job' : 'the network has not said whether it began';
    throw new CliError(`Interrupted; ${outcome}`, { exitCode: EXIT.interrupted, cause: error });
  } finally {
    progress.stop();
  }
}

/** What is printed or saved at the end of a job is not there when nobody waits for it. */
function refuseWaiting({ receipt, stream }: RunFlags): void {
  if (receipt !== undefined) {
    throw usageError('--detach does not wait for a receipt', 'Get it later with: plexus receipt JOB -o FILE');
  }
  if (stream === true) throw usageError('--detach does not wait for what --stream prints', 'Leave one of them out.');
}

async function detach(io: Io, session: Session, { service, content, flags }: Task): Promise<void> {
  const { maxCost } = flags;
  const body = {
    service,
    content,
    params: paramsOf(flags),
    wait_seconds: 0,
    ...(maxCost !== undefined && { max_cost: maxCost }),
  };
  const job = await session.plexus.network.submitJob({ body }, { signal: io.signal });
  session.show(job, () => `${oneLine(job.id)}\n`);
  session.note(session.colours.dim(`wait for it with: plexus jobs get ${oneLine(job.id)} --wait`));
}

/** What is handed on to the node and, of a service that is known here, is mostly a slip of the pen. */
function unknownParams(service: string, flags: RunFlags): readonly string[] {
  const known = findService(service)?.params.properties;
  return known ? Object.keys(paramsOf(flags)).filter((name) => !Object.hasOwn(known, name)) : [];
}

function paramsOf({ param, model, maxTokens, temperature, from, to }: RunFlags): Record<string, unknown> {
  return {
    ...param,
    ...(model !== undefined && { model }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(from !== undefined && { source_language: from }),
    ...(to !== undefined && { target_language: to }),
  };
}

async function save(io: Io, session: Session, receiptId: string, path: string): Promise<void> {
  const receipt = await fetchReceipt(session, receiptId, io.signal);
  await writeFile(path, `${JSON.stringify(receipt, null, 2)}\n`);
  session.note(`saved ${path}; check it with: plexus verify ${path}`);
}

/** Byte for byte where a program reads it; a terminal gets no control characters. */
function resultText({ result }: JobView, isTTY: boolean): string {
  if (result === null) return '';
  const text = isTTY ? printable(result) : result;
  return text.endsWith('\n') ? text : `${text}\n`;
}

function lastLine(job: JobView): string {
  const parts = [
    job.receipt_id === null ? 'no receipt' : `receipt ${job.receipt_id}`,
    `${groupDigits(job.cost)} credits`,
    ...(job.node_id === null ? [] : [`node ${job.node_id}`]),
    ...(job.processing_time_ms === null ? [] : [`${job.processing_time_ms} ms`]),
  ];
  return oneLine(parts.join(' · '));
}

const SENTENCES = {
  queued: 'The job still waits',
  running: 'The job still runs',
  completed: 'The job is done',
  failed: 'The job failed',
  cancelled: 'The job was cancelled',
  timed_out: 'The job timed out',
} satisfies Record<JobView['state'], string>;

function endedBadly({ id, state, reason, error }: JobView): CliError {
  const why = [error, reason === null ? null : `(${reason})`].filter((part) => part !== null).join(' ');
  return new CliError(oneLine(`${SENTENCES[state]}${why && `: ${why}`}`), {
    hint: `See why with: plexus jobs explain ${oneLine(id)}`,
  });
}
