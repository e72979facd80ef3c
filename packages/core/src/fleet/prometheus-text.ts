import type { FleetMetric, Sample, SeenWorker } from './fleet-samples.ts';

/** Metrics in Prometheus's text format. Source: Prometheus, "Exposition formats", version 0.0.4. */
export function prometheusText(metrics: readonly FleetMetric[], workers: readonly SeenWorker[]): string {
  const lines: string[] = [];
  for (const metric of metrics) {
    lines.push(`# HELP ${metric.name} ${escapeHelp(metric.help)}`, `# TYPE ${metric.name} ${metric.type}`);
    for (const worker of workers) {
      for (const sample of metric.samplesOf(worker)) lines.push(lineOf(metric.name, sample));
    }
  }
  return `${lines.join('\n')}\n`;
}

function lineOf(name: string, { labels, value, suffix }: Sample): string {
  const part: string = suffix ?? '';
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${part}{${pairs.join(',')}} ${value}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
