import { type Books, type EventBus, type LiveNode, type NodeRegistry, walletOfAccount } from '@plexus/core';
import type { Logger } from 'pino';
import type { Collector } from './collector.ts';

export interface NodeWorkersDeps {
  readonly books: Books;
  readonly events: EventBus;
  readonly registry: Pick<NodeRegistry, 'find'>;
  readonly collector: Pick<Collector, 'changed'>;
  readonly clock: () => Date;
  readonly logger: Logger;
}

/** What everybody asks, in millionths. */
const USUAL_COEFFICIENT = 1_000_000;
/** No participant has this number. */
const NOBODY = 0;

/**
 * Makes every node of the network that says where its figures are a worker of the fleet.
 *
 * @returns what ends it
 */
export function watchNodes({ books, events, registry, collector, clock, logger }: NodeWorkersDeps): () => void {
  async function add({ record, stats }: LiveNode): Promise<void> {
    if (!stats) return;
    const now = clock();
    const worker = {
      participantId: await ownerOf(books, record.accountId),
      name: record.name.slice(0, 200),
      instanceNumber: 0,
      host: stats.host,
      statsPort: stats.port,
      priceCoefficient: USUAL_COEFFICIENT,
      isActive: true,
      nodeId: record.id,
      createdAt: now,
      updatedAt: now,
    };
    const { fleetId } = await books.commit({ type: 'addWorker', worker });
    if (fleetId !== undefined) collector.changed(fleetId);
  }

  return events.subscribe((event) => {
    if (event.type !== 'node_online') return;
    const node = registry.find(event.nodeId);
    if (!node) return;
    add(node).catch((error: unknown) => logger.warn({ err: error, nodeId: event.nodeId }, 'a node is no worker'));
  });
}

/** A node works for the participant whose proven wallet owns it. */
async function ownerOf({ read }: Pick<Books, 'read'>, accountId: string): Promise<number> {
  const account = await read.findAccount(accountId);
  const wallet = walletOfAccount(account?.ownerId ?? accountId);
  const participant = wallet === undefined ? undefined : await read.findParticipantByWallet(wallet);
  return participant?.id ?? NOBODY;
}
