import { describe, expect, it } from 'vitest';
import { nodeArgs, nodeEnv } from '../src/up/node-args.ts';
import { createServiceBoard } from '../src/up/service-board.ts';
import picocolors from 'picocolors';

const FLAGS = {
  coordinatorPort: 0,
  nodePort: 0,
  infernetPort: 4000,
  rateLimits: 'on',
  llmInstall: false,
  upstream: 'http://127.0.0.1:1',
  upstreamKey: 'secret',
  echoConcurrency: 3,
} as const;
const PLACE = { home: '/home', urls: undefined };

describe('the node that `plexus up` starts', () => {
  it('is told what `up` was told', () => {
    expect(nodeArgs(FLAGS, PLACE)).toEqual([
      'node',
      '--home=/home',
      '--coordinator=parent',
      '--port=0',
      '--infernet-port=4000',
      '--upstream=http://127.0.0.1:1',
      '--echo-concurrency=3',
      '--rate-limits=on',
      '--no-llm-install',
    ]);
  });

  it('is told of the weights that it shall listen with', () => {
    expect(nodeArgs({ ...FLAGS, whisperWeights: 'ggml-base.bin' }, PLACE)).toContain('--whisper-weights=ggml-base.bin');
  });

  it('gets its old ports when it starts again', () => {
    const urls = ['http://127.0.0.1:5001', 'http://127.0.0.1:5002'];
    expect(nodeArgs(FLAGS, { ...PLACE, urls })).toEqual(
      expect.arrayContaining(['--port=5001', '--infernet-port=5002']),
    );
  });

  it('is given secrets out of everybody’s sight', () => {
    expect(nodeArgs(FLAGS, PLACE).join(' ')).not.toContain('secret');
    const own = { A: '1', PLEXUS_DATABASE: 'postgres://a:b@c/d', PGPASSWORD: 'b', PLEXUS_NODE_TOKEN: 'gn_1' };
    expect(nodeEnv(own, 'secret')).toEqual({
      A: '1',
      PLEXUS_UPSTREAM_KEY: 'secret',
    });
  });
});

describe('the list of services', () => {
  const colours = picocolors.createColors(false);

  it('says what is ready, what is not yet, and what mends the rest', () => {
    const board = createServiceBoard();
    board.take({
      type: 'services',
      services: [
        { id: 'echo', available: true },
        { id: 'llm', available: false, reason: 'it is being set up' },
        { id: 'translate', available: false, reason: 'no apertium', remedy: 'apt-get install apertium' },
      ],
    });
    expect(board.list(colours)).toMatch(
      /^echo +ready\ntranslate +not offered: no apertium; to mend it: apt-get install apertium\nllm +getting ready/,
    );
  });

  it('tells of a change once', () => {
    const board = createServiceBoard();
    const lines: string[] = [];
    board.onChange(colours, (line) => lines.push(line));
    const services = [{ id: 'llm', available: true }];
    board.take({ type: 'services', services });
    board.take({ type: 'services', services });
    expect(lines).toEqual(['llm  ready\n']);
  });
});
