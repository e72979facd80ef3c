import type { TextStream } from '@plexus/sdk';
import { usageError } from '../failure.ts';
import { readText } from '../input.ts';
import type { Io } from '../io.ts';
import { jobBehind, tellCost } from '../output/answer-line.ts';
import { createTextPrinter } from '../output/text-printer.ts';
import type { Session } from '../session.ts';
import { type ChatOptions, toBody } from './chat-options.ts';
import { type Conversation, toMessages } from './conversation.ts';

interface OneShot {
  readonly options: ChatOptions;
  readonly system: string | undefined;
  readonly asJson: boolean;
}

/** Answers what stands on stdin, all of it one message, and nothing that was said before. */
export async function answerStdin(io: Io, { plexus }: Session, { options, system, asJson }: OneShot): Promise<void> {
  const question = (await readText('-', io)).trimEnd();
  if (question === '') throw usageError('stdin holds no message', 'For example: echo "What is Plexus?" | plexus chat');
  const nothing: Conversation = { system, messages: [] };
  const stream = plexus.chat.stream(toBody(options, toMessages(nothing, question)), { signal: io.signal });
  await (asJson ? printEvents(io, stream) : printAnswer(io, stream, options.maxTokens));
}

async function printAnswer(io: Io, stream: TextStream, maxTokens: number | undefined): Promise<void> {
  const printer = createTextPrinter(io, 'waiting for a node');
  try {
    for await (const piece of stream) printer.add(piece);
  } finally {
    printer.end();
  }
  await tellCost(io, stream, maxTokens);
}

/** One line of JSON for each piece, and one for the end. */
async function printEvents({ stdout }: Io, stream: TextStream): Promise<void> {
  const print = (value: object): void => stdout.write(`${JSON.stringify(value)}\n`);
  for await (const text of stream) print({ event: 'piece', text });
  const { model, finishReason, usage, jobId } = stream.info;
  const job = await jobBehind(stream);
  print({
    event: 'end',
    model: model ?? null,
    finish_reason: finishReason ?? null,
    usage: usage ?? null,
    job_id: jobId ?? null,
    node_id: job?.node_id ?? null,
    cost: job?.cost ?? null,
    receipt_id: job?.receipt_id ?? null,
  });
}
