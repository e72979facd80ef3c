/**
 * Reads Prometheus's text format by its own grammar, and refuses what Prometheus would: it shares no code with what
 * writes it. Source: Prometheus, "Exposition formats", "Text format details".
 */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metric {
  type: string;
  readonly samples: Sample[];
}

type Metrics = Map<string, Metric>;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const ONE_LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{((?:${ONE_LABEL},?)*)\\})?[ \\t]+(NaN|[+-]?Inf|[+-]?[\\d.]+(?:e[+-]?\\d+)?)(?:[ \\t]+-?\\d+)?$`,
);
const ABOUT = new RegExp(`^# (HELP|TYPE) (${NAME}) ?(.*)$`);
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

export function readMetrics(text: string): ReadonlyMap<string, Metric> {
  if (!text.endsWith('\n')) throw new Error('The last line must end with a line feed');
  const metrics: Metrics = new Map();
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    if (line.startsWith('#')) describeMetric(line, metrics);
    else addSample(readSample(line), metrics, seen);
  }
  for (const [name, { type, samples }] of metrics) if (type === 'histogram') checkHistogram(name, samples);
  return metrics;
}

function describeMetric(line: string, metrics: Metrics): void {
  const [, keyword, name = '', rest = ''] = ABOUT.exec(line) ?? [];
  if (keyword === undefined) return;
  const metric = metrics.get(name) ?? { type: '', samples: [] };
  metrics.set(name, metric);
  if (keyword === 'HELP') return;
  if (!TYPES.includes(rest) || metric.type !== '') throw new Error(`Wrong or second type: ${line}`);
  metric.type = rest;
}

function readSample(line: string): Sample {
  const [, name, pairs = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`No sample: ${line}`);
  const found = [...pairs.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
  const labels = Object.fromEntries(found.map(([, label = '', text = '']) => [label, unescaped(text)]));
  if (Object.keys(labels).length < found.length) throw new Error(`A label twice: ${line}`);
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_whole, letter: string) => (letter === 'n' ? '\n' : letter));
}

function addSample(sample: Sample, metrics: Metrics, seen: Set<string>): void {
  const { name, labels } = sample;
  const key = `${name} ${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
  if (seen.has(key)) throw new Error(`A sample twice: ${key}`);
  seen.add(key);
  const owner = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ''));
  if (!owner) throw new Error(`A sample before its type: ${key}`);
  owner.samples.push(sample);
}

/** Buckets grow, and the last one has them all. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const keyOf = (labels: Sample['labels']) => JSON.stringify({ ...labels, le: undefined });
  const last = new Map<string, number>();
  for (const { name: part, labels, value } of samples) {
    const before = last.get(keyOf(labels)) ?? 0;
    if (part === `${name}_bucket`) {
      if (value < before) throw new Error(`A bucket of ${name} is smaller than the one before it`);
      last.set(keyOf(labels), value);
    }
    if (part === `${name}_count` && value !== before) throw new Error(`${name}: wrong count`);
  }
}
