import type { PlexusEvent } from '@plexus/core';
import { MICRO_PER_CREDIT } from '@plexus/protocol';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Network } from '../network.ts';

const TASK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Prometheus metrics of a coordinator; units are in the names. */
export function createMetrics(network: Network): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  countEvents(registry, network);
  addGauges(registry, network);
  return registry;
}

function countEvents(registry: Registry, { events }: Network): void {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames, registers });
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: ['service'], buckets: TASK_SECONDS, registers });
  const ended = counter('plexus_jobs_ended_total', 'Jobs that ended.', ['service', 'state', 'reason']);
  const units = counter('plexus_units_total', 'Requests or tokens that were charged.', ['service']);
  const seconds = histogram('plexus_job_seconds', 'From acceptance to the settled end of a job.');
  const first = histogram('plexus_first_piece_seconds', 'From acceptance to the first piece of a stream.');
  const accepted = counter('plexus_jobs_accepted_total', 'Jobs accepted.');
  const leased = counter('plexus_leases_total', 'Leases given to nodes.');
  const continued = counter('plexus_streams_continued_total', 'Streams that another node went on with.');
  const refused = counter('plexus_results_refused_total', 'Results of nodes that were refused.');
  const tell: { readonly [T in PlexusEvent['type']]?: (event: Extract<PlexusEvent, { type: T }>) => void } = {
    job_accepted: () => accepted.inc(),
    job_leased: () => leased.inc(),
    stream_begun: ({ job: { service }, seconds: taken }) => first.observe({ service }, taken),
    stream_continued: () => continued.inc(),
    result_refused: () => refused.inc(),
    job_ended({ job: { service, state, reason = 'done', createdAt, endedAt = createdAt, units: charged = 0 } }) {
      ended.inc({ service, state, reason });
      units.inc({ service }, charged);
      seconds.observe({ service }, (endedAt.getTime() - createdAt.getTime()) / 1000);
    },
  };
  // Both were picked by the same `type`, which TypeScript cannot see.
  events.subscribe((event) => (tell[event.type] as ((event: PlexusEvent) => void) | undefined)?.(event));
}

function addGauges(registry: Registry, { registry: nodes, live, line, books }: Network): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  const credits = (micro: bigint) => Number(micro) / Number(MICRO_PER_CREDIT);
  gauge('plexus_nodes_online', 'Nodes connected.', () => nodes.size());
  gauge('plexus_jobs_open', 'Jobs that have not ended.', () => live.size);
  gauge('plexus_jobs_waiting', 'Jobs that wait for a place at a node.', () => line.size);
  gauge('plexus_ledger_imbalance_credits', 'Sum over all accounts: zero, always.', async () =>
    credits((await books.read.totals()).sum),
  );
  gauge('plexus_held_credits', 'Credits held for open jobs.', async () => credits((await books.read.totals()).held));
  gauge('plexus_receipt_leaves', 'Receipts in the log.', () => books.read.countLeaves());
}
