import { ServingMeter } from './neuroshard/serving-meter.ts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type TaskOutcome = 'completed' | 'failed' | 'cancelled' | 'refused';

export interface NodeMetrics {
  readonly contentType: string;
  /** Everything in Prometheus' text format. */
  text(): Promise<string>;
  /** Tasks that ended since the node started, and how long its runners took for them. */
  tally(): Promise<TaskTally>;
  taskEnded(service: string, outcome: TaskOutcome): void;
  /** @param seconds from the assignment to the runner's end */
  taskTook(service: string, seconds: number): void;
  /** Of the language model. */
  readonly serving: ServingMeter;
}

/** Cancelled and refused tasks are in none of the two. */
interface TaskTally {
  readonly completed: number;
  readonly failed: number;
  readonly seconds: number;
}

export interface NodeGauges {
  activeTasks(): number;
  /** Tasks that are worked on, or whose answers were not sent. */
  leases(): number;
  /** Bytes of answers that wait for a connection. */
  heldBytes(): number;
  /** Bytes that the coordinator has not taken yet. */
  unsentBytes(): number;
  isConnected(): boolean;
}

/** Buckets from half a millisecond, which an echo takes, to the longest a task may. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createNodeMetrics(gauges: NodeGauges): NodeMetrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const tasks = new Counter({
    name: 'plexus_node_tasks_total',
    help: 'Tasks that ended on this node, by service and outcome',
    labelNames: ['service', 'outcome'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'plexus_node_task_seconds',
    help: 'Seconds that runners took, by service',
    labelNames: ['service'] as const,
    buckets: SECONDS,
    registers,
  });
  const gauge = (name: string, help: string, read: () => number) => addGauge({ registers, name, help }, read);
  gauge('plexus_node_active_tasks', 'Tasks that run now', () => gauges.activeTasks());
  gauge('plexus_node_leases', 'Tasks that run, or whose answers were not sent', () => gauges.leases());
  gauge('plexus_node_held_answer_bytes', 'Bytes of answers that wait for a connection', () => gauges.heldBytes());
  gauge('plexus_node_unsent_bytes', 'Bytes that the coordinator has not taken yet', () => gauges.unsentBytes());
  gauge('plexus_node_connected', '1 while the node is registered at its coordinator, else 0', () =>
    Number(gauges.isConnected()),
  );
  return {
    serving: new ServingMeter(),
    contentType: register.contentType,
    text: () => register.metrics(),
    async tally() {
      const ended = (await tasks.get()).values;
      const took = (await seconds.get()).values;
      const of = (outcome: TaskOutcome) => sum(ended.filter(({ labels }) => labels.outcome === outcome));
      const isSum = ({ metricName }: { metricName?: string }) => metricName?.endsWith('_sum') ?? false;
      return { completed: of('completed'), failed: of('failed'), seconds: sum(took.filter(isSum)) };
    },
    taskEnded: (service, outcome) => tasks.inc({ service, outcome }),
    taskTook: (service, took) => seconds.observe({ service }, took),
  };
}

function sum(values: readonly { readonly value: number }[]): number {
  return values.reduce((all, { value }) => all + value, 0);
}

function addGauge(config: { registers: Registry[]; name: string; help: string }, read: () => number): Gauge {
  return new Gauge({
    ...config,
    collect() {
      this.set(read());
    },
  });
}
