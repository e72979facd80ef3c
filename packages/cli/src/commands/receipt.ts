import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { EXIT } from '../failure.ts';
import { fetchReceipt } from '../fetch-receipt.ts';
import type { Io } from '../io.ts';
import { examples, openSession, type SessionFlags, withSession } from '../session.ts';
import { idText } from '../values.ts';

interface ReceiptFlags extends SessionFlags {
  readonly output?: string;
}

export function addReceipt(program: Command, io: Io): void {
  const receipt = program
    .command('receipt')
    .summary('get a signed receipt')
    .description(
      'Get the signed receipt of a job, with the proof that it is in the log. It is JSON with or without --json. ' +
        "The coordinator's key is learnt at first contact and kept with the newest head of its log in " +
        'known-networks.json of the home; a key that changes later, or a log that did not only grow, is refused ' +
        `with exit code ${EXIT.notValid}.`,
    )
    .argument('<id>', "the receipt's id, or its job's", idText)
    .option('-o, --output <file>', 'write it to a file');
  examples(withSession(receipt), [
    'plexus receipt JOB -o job.receipt.json',
    'plexus receipt JOB | plexus verify -',
  ]).action((id: string, flags: ReceiptFlags) => getReceipt(io, id, flags));
}

async function getReceipt(io: Io, id: string, flags: ReceiptFlags): Promise<void> {
  const session = await openSession(io, flags);
  const { note, show } = session;
  const receipt = await fetchReceipt(session, id, io.signal);
  const text = `${JSON.stringify(receipt, null, 2)}\n`;
  if (flags.output === undefined) return io.stdout.write(text);
  await writeFile(flags.output, text);
  show({ receipt_id: receipt.receipt_id, file: flags.output }, () => '');
  note(`saved ${flags.output}; check it with: plexus verify ${flags.output}`);
}
