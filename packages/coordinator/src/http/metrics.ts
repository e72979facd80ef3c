import { MICRO_PER_CREDIT } from '@plexus/protocol';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Network } from '../network.ts';

const TASK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Prometheus metrics of a coordinator; units are in the names. */
export function createMetrics(network: Network): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const ended = new Counter({
    name: 'plexus_jobs_ended_total',
    help: 'Jobs that ended, by service, state and reason.',
    labelNames: ['service', 'state', 'reason'],
    registers,
  });
  const seconds = new Histogram({
    name: 'plexus_job_seconds',
    help: 'From acceptance to the settled end of a job.',
    labelNames: ['service'],
    buckets: TASK_SECONDS,
    registers,
  });
  const accepted = new Counter({ name: 'plexus_jobs_accepted_total', help: 'Jobs accepted.', registers });
  const leased = new Counter({ name: 'plexus_leases_total', help: 'Leases given to nodes.', registers });
  const refused = new Counter({
    name: 'plexus_results_refused_total',
    help: 'Results of nodes that were refused.',
    registers,
  });
  network.events.subscribe((event) => {
    switch (event.type) {
      case 'job_accepted':
        return accepted.inc();
      case 'job_leased':
        return leased.inc();
      case 'job_ended': {
        const { service, state, reason = 'done', createdAt, endedAt = createdAt } = event.job;
        ended.inc({ service, state, reason });
        return seconds.observe({ service }, (endedAt.getTime() - createdAt.getTime()) / 1000);
      }
      case 'result_refused':
        return refused.inc();
      case 'node_online':
      case 'node_offline':
        return undefined;
    }
  });
  addGauges(registry, network);
  return registry;
}

function addGauges(registry: Registry, { registry: nodes, live, books }: Network): void {
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
  gauge('plexus_ledger_imbalance_credits', 'Sum over all accounts: zero, always.', async () =>
    credits((await books.read.totals()).sum),
  );
  gauge('plexus_held_credits', 'Credits held for open jobs.', async () => credits((await books.read.totals()).held));
  gauge('plexus_receipt_leaves', 'Receipts in the log.', () => books.read.countLeaves());
}
