/** What is read when metrics are asked for: how full everything is that has a bound. */
import type { Server } from 'node:http';
import { promisify } from 'node:util';
import type { BooksLoad } from '@plexus/core';
import { MICRO_PER_CREDIT } from '@plexus/protocol';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { FeedHub } from '../feed/feed-hub.ts';
import type { HubLoad } from '../hub/node-hub.ts';
import type { Network } from '../network.ts';
import { serviceLabel } from './metrics.ts';
import type { OpenRequests } from './request-bound.ts';
import type { UploadBudget } from './upload-budget.ts';

/** Whatever of a running coordinator can be full. */
export interface GaugeSources {
  readonly network: Network;
  readonly server: Server;
  readonly requests: OpenRequests;
  readonly uploads: UploadBudget;
  readonly hub: { load(): HubLoad };
  /** Why the books are out of reach, while they are: then they are not asked. */
  readonly booksProblem: () => string | undefined;
  readonly feedHub: Pick<FeedHub, 'size'>;
}

type Reader = () => number | Promise<number>;

export function addGauges(registry: Registry, sources: GaugeSources): void {
  const gauges = (readers: Readonly<Record<string, readonly [help: string, read: Reader]>>): void => {
    for (const [name, [help, read]] of Object.entries(readers)) addGauge(registry, { name, help }, read);
  };
  gauges(jobGauges(sources.network));
  gauges(ledgerGauges(sources));
  gauges(connectionGauges(sources));
  addWaiting(registry, sources.network);
  const { load } = sources.network.books;
  if (load) addStorage(registry, load);
}

function jobGauges({ registry, live }: Network) {
  return {
    plexus_nodes_online: ['Nodes connected.', () => registry.size()],
    plexus_jobs_open: ['Jobs that have not ended.', () => live.size],
    plexus_jobs_open_characters: ['Characters that open jobs were sent with.', () => live.characters],
  } as const;
}

function ledgerGauges({ network: { books }, booksProblem }: GaugeSources) {
  const isReady = () => booksProblem() === undefined;
  const orUnknown = async (read: () => Promise<number>) => (isReady() ? await read() : Number.NaN);
  let asked: ReturnType<typeof books.read.totals> | undefined;
  /** Gauges that are read together share one reading. */
  const totals = () => (asked ??= books.read.totals().finally(() => (asked = undefined)));
  const credits = (part: 'sum' | 'held') =>
    orUnknown(async () => Number((await totals())[part]) / Number(MICRO_PER_CREDIT));
  return {
    plexus_books_ready: ['Whether the books can be read and written.', () => Number(isReady())],
    plexus_ledger_imbalance_credits: ['Sum over all accounts: zero, always.', () => credits('sum')],
    plexus_held_credits: ['Credits held for open jobs.', () => credits('held')],
    plexus_webhooks_pending: [
      'Callbacks that are not delivered yet.',
      () => orUnknown(() => books.read.countPendingDeliveries()),
    ],
    plexus_receipt_leaves: ['Receipts in the log.', () => orUnknown(() => books.read.countLeaves())],
  } as const;
}

function connectionGauges({ server, requests, uploads, hub, feedHub }: GaugeSources) {
  return {
    plexus_http_connections: [
      'Connections that are open, those of nodes among them.',
      () => promisify(server.getConnections.bind(server))(),
    ],
    plexus_http_requests_open: ['Requests that are being answered.', () => requests.count],
    plexus_http_upload_bytes: ['Bytes of large bodies that are being received.', () => uploads.bytes],
    plexus_feed_readers: ['Readers of the feed.', () => feedHub.size],
    plexus_node_sockets: ['Sockets of nodes.', () => hub.load().sockets],
    plexus_node_sockets_unregistered: ['Those whose node has not registered.', () => hub.load().unregistered],
    plexus_node_buffered_bytes: ['Bytes that wait for nodes to read them.', () => hub.load().bufferedBytes],
    plexus_node_buffered_bytes_max: ['The same for the slowest node.', () => hub.load().mostBufferedBytes],
  } as const;
}

function addGauge(registry: Registry, about: { readonly name: string; readonly help: string }, read: Reader): void {
  new Gauge({
    ...about,
    registers: [registry],
    async collect() {
      this.set(await read());
    },
  });
}

function addWaiting(registry: Registry, { line }: Network): void {
  new Gauge({
    name: 'plexus_jobs_waiting',
    help: 'Jobs that wait for a place at a node.',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, waiting } of line.counts()) this.inc({ service: serviceLabel(service) }, waiting);
    },
  });
}

const STORAGE_GAUGES = {
  plexus_books_waiting_commands: ['Commands that wait to be written.', 'waitingCommands'],
  plexus_database_bytes: ['Size of the database.', 'databaseBytes'],
  plexus_database_wal_bytes: ['Size of its write-ahead log.', 'walBytes'],
  plexus_database_free_bytes: ['What is free on its disk.', 'freeBytes'],
} as const;

const STORAGE_COUNTERS = {
  plexus_books_batches_total: ['Batches written.', 'batches'],
  plexus_books_write_seconds_total: ['Seconds that their writing took.', 'writeSeconds'],
} as const;

function addStorage(registry: Registry, load: () => Promise<BooksLoad>): void {
  for (const [name, [help, field]] of Object.entries(STORAGE_GAUGES)) {
    addGauge(registry, { name, help }, async () => (await load())[field]);
  }
  for (const [name, [help, field]] of Object.entries(STORAGE_COUNTERS)) {
    new Counter({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = (await load())[field];
        this.reset();
        this.inc(value);
      },
    });
  }
}
