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

it('shows the seven metrics of the page, and none that there is not', () => {
  const { panels } = JSON.parse(readFileSync('deploy/grafana-cocoon-fleet.json', 'utf8')) as { panels: Panel[] };
  const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
  const names = new Set([...asked.matchAll(/cocoon_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')));
  expect([...names].filter((name) => !FLEET_METRICS.some((metric) => metric.name === name))).toEqual([]);
  expect(PAGE.filter((name) => !names.has(name))).toEqual([]);
});
