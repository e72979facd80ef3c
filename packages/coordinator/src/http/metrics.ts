import type { PlexusEvent } from '@plexus/core';
import { listServices } from '@plexus/protocol';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Network } from '../network.ts';

const TASK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** A service may be whatever a node calls one; their names must not become labels without end. */
const SERVICES: ReadonlySet<string> = new Set(listServices().map(({ id }) => id));

/** Prometheus metrics of a coordinator; units are in the names. */
export interface Metrics {
  readonly registry: Registry;
  /** A request was refused, for a reason of a closed list. */
  requestRefused(code: string): void;
  /** A node's socket was refused or ended, for a reason of a closed list. */
  nodeRefused(code: string): void;
  /** The same of a reader of the feed. */
  readerRefused(code: string): void;
  /** A callback was tried: `delivered`, `failed` or `given_up`. */
  webhookSent(outcome: string): void;
  connectionDropped(): void;
  textsRemoved(jobs: number): void;
}

export function createMetrics(network: Network): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  countEvents(registry, network);
  const registers = [registry];
  const refusals = (name: string, help: string) => new Counter({ name, help, labelNames: ['code'], registers });
  const requests = refusals('plexus_http_refusals_total', 'Requests that were refused or failed.');
  const nodes = refusals('plexus_node_refusals_total', 'Sockets of nodes that were refused or ended.');
  const readers = refusals('plexus_feed_refusals_total', 'Readers of the feed that were refused or ended.');
  const sent = new Counter({
    name: 'plexus_webhook_attempts_total',
    help: 'Attempts to call clients back.',
    labelNames: ['outcome'],
    registers,
  });
  const dropped = new Counter({
    name: 'plexus_http_connections_dropped_total',
    help: 'Connections beyond the most that may be open.',
    registers,
  });
  const removed = new Counter({
    name: 'plexus_job_texts_removed_total',
    help: 'Jobs whose texts were removed.',
    registers,
  });
  return {
    registry,
    requestRefused: (code) => requests.inc({ code }),
    nodeRefused: (code) => nodes.inc({ code }),
    readerRefused: (code) => readers.inc({ code }),
    webhookSent: (outcome) => sent.inc({ outcome }),
    connectionDropped: () => dropped.inc(),
    textsRemoved: (jobs) => removed.inc(jobs),
  };
}

/** A service as a label: one of Plexus's own, else `other`. */
export function serviceLabel(service: string): string {
  return SERVICES.has(service) ? service : 'other';
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
    stream_begun: ({ job, seconds: taken }) => first.observe({ service: serviceLabel(job.service) }, taken),
    stream_continued: () => continued.inc(),
    result_refused: () => refused.inc(),
    job_ended({ job: { service: name, state, reason = 'done', createdAt, endedAt = createdAt, units: charged = 0 } }) {
      const service = serviceLabel(name);
      ended.inc({ service, state, reason });
      units.inc({ service }, charged);
      seconds.observe({ service }, (endedAt.getTime() - createdAt.getTime()) / 1000);
    },
  };
  // Both were picked by the same `type`, which TypeScript cannot see.
  events.subscribe((event) => (tell[event.type] as ((event: PlexusEvent) => void) | undefined)?.(event));
}
