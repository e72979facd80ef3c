import { fastify } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { createContainers } from '../src/infernet/containers.ts';
import { serveInfernet } from '../src/infernet/routes.ts';

it('asks many containers for their resources without a warning of Node.js', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  // Nobody listens on that port.
  const containers = Array.from({ length: 20 }, (_, n) => ({ id: `box-${n}`, url: 'http://127.0.0.1:1' }));
  const managed = { obstacle: undefined, callsOf: () => undefined, close: async () => undefined };
  const server = fastify();
  onTestFinished(() => server.close());
  serveInfernet(server, createContainers({ config: { containers }, isCompatible: false, managed }));
  expect((await server.inject('/resources')).json()).toEqual({});
  expect(warnings).toEqual([]);
});
