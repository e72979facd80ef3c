/** The dashboard in deploy/ asks for metrics that there are, and for all of the page's. */
import { readFileSync } from 'node:fs';
import { FLEET_METRICS } from '@plexus/core';
import { expect, it } from 'vitest';

/** Source: seed 001, "Prometheus Metrics". */
const PAGE = [
  'cocoon_worker_status',
  'cocoon_gpu_utilization',
  'cocoon_gpu_memory_used_gb',
  'cocoon_gpu_temperature_celsius',
  'cocoon_revenue_ton',
  'cocoon_inference_requests_total',
  'cocoon_worker_errors_total',
];

interface Panel {
  readonly targets: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(readFileSync('deploy/grafana-cocoon-fleet.json', 'utf8')) as { panels: Panel[] };
const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

it('counts a worker once, of which the coordinator and every node tell', () => {
  const once = /max without \(instance, job\) \((rate\()?cocoon_/g;
  for (const expr of asked) expect(expr.match(once), expr).toHaveLength(expr.match(/cocoon_/g)?.length ?? 0);
});

it('shows the seven metrics of the page, and none that there is not', () => {
  const names = new Set([...asked.join('\n').matchAll(/cocoon_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')));
  expect([...names].filter((name) => !FLEET_METRICS.some((metric) => metric.name === name))).toEqual([]);
  expect(PAGE.filter((name) => !names.has(name))).toEqual([]);
});
