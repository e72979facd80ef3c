import { createHash, createPublicKey } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { type Attachments, openBackup, type OpenedBackup } from '@plexus/storage';
import { createReceiptCrypto } from '../keys/receipt-crypto.ts';
import { BackupFailure, type BackupReport, type Say } from './backup-report.ts';
import { logProblems } from './check-log.ts';

/** How closely a backup is looked at: its rules of money only, or everything. */
type Depth = 'books' | 'all';

/** Bytes of a raw Ed25519 public key, which end its DER form. */
const RAW_KEY_BYTES = 32;

/**
 * Looks at a backup, or at the database of one that is being restored.
 *
 * @param attachments of the backup, where the database itself no longer has them
 * @throws {BackupFailure} when it cannot be read at all
 */
export async function examineBackup(
  file: string,
  depth: Depth,
  { say, attachments: given }: { readonly say: Say; readonly attachments?: Attachments },
): Promise<BackupReport> {
  const backup = open(file);
  try {
    const attachments = given ?? backup.attachments;
    const found = await problemsOf(backup, depth, { attachments, say });
    const head = found.isReadable ? await backup.read.findTreeHead() : undefined;
    return {
      file,
      bytes: statSync(file).size,
      ...(found.isReadable ? backup.counts() : NOTHING),
      ...(attachments && { takenAt: attachments.takenAt, madeBy: attachments.madeBy }),
      files: attachments?.files.map(({ name }) => name) ?? [],
      ...(head && { head: { log_id: head.log_id, tree_size: head.tree_size, timestamp: head.timestamp } }),
      problems: found.problems,
    };
  } finally {
    backup.close();
  }
}

const NOTHING = { schemaVersion: 0, accounts: 0, jobs: 0, openJobs: 0, receipts: 0 };

/** SHA-256 in hex. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function open(file: string): OpenedBackup {
  try {
    return openBackup(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BackupFailure(`${file} cannot be read as a backup: ${reason}`);
  }
}

/** One thing after another: what is broken below says nothing above. */
async function problemsOf(
  backup: OpenedBackup,
  depth: Depth,
  { attachments, say }: { readonly attachments: Attachments | undefined; readonly say: Say },
): Promise<{ readonly isReadable: boolean; readonly problems: readonly string[] }> {
  if (depth === 'all') say('checking the file');
  const broken = depth === 'all' ? backup.integrity() : [];
  if (broken.length > 0) return { isReadable: false, problems: broken.map((text) => `the file is damaged: ${text}`) };
  say('checking the ledger');
  const wrong = backup.problems();
  if (wrong.length > 0 || depth === 'books') return { isReadable: backup.hasBooks, problems: wrong };
  say('checking the log');
  const coordinatorKey = publicKeyIn(attachments);
  const problems = await logProblems(backup, createReceiptCrypto(), { coordinatorKey, say });
  return { isReadable: true, problems };
}

/** The coordinator's public key, where the backup has its private one. */
function publicKeyIn(attachments: Attachments | undefined): string | undefined {
  const file = attachments?.files.find(({ name }) => name === 'coordinator.key');
  if (!file) return undefined;
  const der = createPublicKey(Buffer.from(file.content)).export({ type: 'spki', format: 'der' });
  return der.subarray(-RAW_KEY_BYTES).toString('base64');
}
