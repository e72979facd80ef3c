/** Receipts of a network that must stay the one it was: its key the same, its log only longer. */
import {
  decodeBase64,
  type Output,
  type plexusEndpoints,
  type Receipt,
  type TreeHead,
  type VerifyReport,
} from '@plexus/protocol';
import { ApiError, ConnectionError } from '@plexus/sdk';
import { checkNamed } from './check-receipt.ts';
import { CliError, EXIT } from './failure.ts';
import {
  type KnownNetwork,
  knownNetworksPath,
  newestHead,
  readKnownNetworks,
  rememberNetwork,
} from './known-networks.ts';
import type { Session } from './session.ts';

/** Source: RFC 8032, section 5.1.5. */
const PUBLIC_KEY_BYTES = 32;

/** What a coordinator says of a log that it began anew on a backup; nothing when its first one goes on. */
type RestoredLog = Output<(typeof plexusEndpoints)['getInfo']>['log_restored'];

interface MetNetwork {
  readonly network: KnownNetwork;
  readonly restored: RestoredLog;
}

/**
 * Learns the coordinator's key at first contact and compares it ever after. Nothing secret is sent to it.
 *
 * @throws {CliError} when the key has changed
 */
export async function meetNetwork(session: Session, signal: AbortSignal): Promise<MetNetwork> {
  const { plexus, settings, note } = session;
  const url = new URL(settings.url).href.replace(/\/+$/, '');
  const networks = await readKnownNetworks(settings.home);
  const known = networks.find((network) => network.url === url);
  const { public_key, log_restored: restored } = await plexus.network.getInfo({}, { signal });
  if (!isPublicKey(public_key)) {
    throw new ConnectionError('BAD_ANSWER', url, `${url} does not tell its public key, as a coordinator does`);
  }
  if (known && known.public_key !== public_key) {
    throw distrust(
      session,
      `THE COORDINATOR'S KEY HAS CHANGED: ${url} says ${public_key}, but had ${known.public_key} when you met it`,
    );
  }
  if (known) return { network: known, restored };
  const network = { url, public_key, tree_head: newestHead(networks, public_key) };
  await rememberNetwork(settings.home, network);
  note(`first contact with ${url}: its key ${public_key} is kept in ${knownNetworksPath(settings.home)}`);
  return { network, restored };
}

/**
 * A receipt by its own id or its job's, from a log that has only grown since it was last seen.
 *
 * @throws {CliError} when the coordinator's key or what was seen of its log has changed
 */
export async function fetchReceipt(session: Session, id: string, signal: AbortSignal): Promise<Receipt> {
  const { network, restored } = await meetNetwork(session, signal);
  const knownHead = network.tree_head;
  const receipt = await ask(session, id, { knownHead, restored, signal });
  const report = await session.plexus.verifyReceipt(receipt, { coordinatorKey: network.public_key, knownHead });
  const problem = problemIn(report, knownHead);
  if (problem !== undefined) throw distrust(session, lossOf(restored, knownHead) ?? problem);
  const isLogged = checkNamed(report, 'inclusion').status === 'ok';
  // A receipt that is not in the log is for `plexus verify` to judge; it teaches nothing about the log.
  const treeHead = isLogged ? receipt.inclusion?.tree_head : undefined;
  await rememberNetwork(session.settings.home, { ...network, tree_head: treeHead });
  return receipt;
}

/** What shows that the log is not the one that was seen before, in words. */
function problemIn(report: VerifyReport, knownHead: TreeHead | undefined): string | undefined {
  const treeHead = checkNamed(report, 'tree_head');
  const { status, detail } = checkNamed(report, 'consistency');
  if (treeHead.status === 'absent') return undefined;
  if (treeHead.status === 'failed') return `THE RECEIPT'S TREE HEAD IS NOT OF THIS LOG: ${treeHead.detail}`;
  if (knownHead && status !== 'ok') return `THE LOG HAS BEEN REWRITTEN since ${seen(knownHead)}: ${detail}`;
  return status === 'failed' ? `THE LOG CONTRADICTS ITSELF: ${detail}` : undefined;
}

/** What is said where the network itself tells that entries which were seen are gone. */
function lossOf(restored: RestoredLog, knownHead: TreeHead | undefined): string | undefined {
  if (!restored || !knownHead || knownHead.tree_size <= restored.tree_size) return undefined;
  return (
    `THE LOG WAS RESTORED FROM A BACKUP on ${restored.began_at}, says the network: of what was there when ` +
    `${seen(knownHead)}, it has the first ${restored.tree_size} entries, and other ones since`
  );
}

interface Asking {
  readonly knownHead: TreeHead | undefined;
  readonly restored: RestoredLog;
  readonly signal: AbortSignal;
}

async function ask(session: Session, id: string, { knownHead, restored, signal }: Asking): Promise<Receipt> {
  try {
    return await session.plexus.receipt(id, { signal, knownSize: knownHead?.tree_size });
  } catch (error) {
    if (!knownHead || !(error instanceof ApiError) || error.code !== 'TREE_HEAD_NOT_FOUND') throw error;
    const reset = `THE LOG WAS RESET OR LIES: it no longer knows what it showed when ${seen(knownHead)}`;
    throw distrust(session, lossOf(restored, knownHead) ?? reset);
  }
}

function seen({ tree_size, timestamp }: TreeHead): string {
  return `you saw it with ${tree_size} entries, signed on ${timestamp}`;
}

/** The network's answer is JSON of whatever kind. */
function isPublicKey(value: unknown): boolean {
  return typeof value === 'string' && decodeBase64(value)?.length === PUBLIC_KEY_BYTES;
}

function distrust({ settings: { home } }: Session, message: string): CliError {
  return new CliError(message, {
    exitCode: EXIT.notValid,
    hint:
      'Somebody may be posing as this network, or its operator may be hiding entries: ask the operator. ' +
      `If it was set up anew with good reason, remove its entries from ${knownNetworksPath(home)} and try again.`,
  });
}
