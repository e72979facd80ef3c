import { aitbcEndpoints, checkRequest, listServices, requestSchema, serviceFor, taskInput } from '@plexus/protocol';
import { Check } from 'typebox/value';
import { describe, expect, it } from 'vitest';

const fieldsOf = (service: string, data: Record<string, unknown>) =>
  checkRequest(serviceFor(service), data).problems.map(({ field }) => field);

describe.each(listServices().map((service) => [service.id, service] as const))('%s', (_id, service) => {
  it('has a request that is an object of its content and its parameters', () => {
    const { properties } = requestSchema(service) as unknown as {
      properties: Record<string, { description?: string }>;
    };
    const names = Object.keys(properties);
    expect(names[0]).toBe(service.content.name);
    const implied = Object.keys(service.content.implies ?? {});
    const own = Object.keys(service.params.properties).filter((name) => !implied.includes(name));
    expect(names.slice(1)).toEqual([...own, ...Object.keys(service.aliases ?? {})]);
    for (const name of Object.values(service.aliases ?? {})) expect(own).toContain(name);
  });

  it('lets nothing through that its parameters would refuse', () => {
    for (const name of Object.keys(service.params.properties)) {
      const isTaken = checkRequest(service, { [name]: { wrong: true } }).problems.some(({ field }) =>
        field.startsWith(name),
      );
      const isRefused = !Check(service.params, { [name]: { wrong: true } });
      const isImplied = Object.hasOwn(service.content.implies ?? {}, name);
      expect(isTaken, name).toBe(isRefused && !isImplied);
    }
  });
});

it('names everything that is wrong, and where', () => {
  const data = { prompt: 5, max_tokens: 0, stop: ['a', ''] };
  expect(fieldsOf('llm', data)).toEqual(['prompt', 'max_tokens', 'stop.1']);
  expect(checkRequest(serviceFor('llm'), {}).problems).toEqual([
    { field: 'prompt', message: 'Missing required parameter: prompt' },
  ]);
  const [wrongCodec] = checkRequest(serviceFor('ffmpeg'), { input_url: 'https://x.y', codec: 'mpeg' }).problems;
  expect(wrongCodec?.message).toBe('codec must be one of h264, h265, vp9, av1');
});

it('names what it does not know', () => {
  const { problems, unknown } = checkRequest(serviceFor('llm'), { prompt: 'x', min_p: 40, stream: true });
  expect([problems, unknown]).toEqual([[], ['min_p', 'stream']]);
});

it('looks between parameters only when each fits', () => {
  const url = { blend_file_url: 'https://x.y' };
  expect(fieldsOf('blender', { ...url, frame_start: 5 })).toEqual([]);
  expect(fieldsOf('blender', { ...url, frame_start: 5, frame_end: 4 })).toEqual(['frame_end']);
  expect(fieldsOf('blender', { ...url, frame_start: 5, frame_end: 0 })).toEqual(['frame_end']);
  expect(fieldsOf('blender', { ...url, frame_end: 1 })).toEqual([]);
});

describe('a task', () => {
  it('has its content apart from its parameters, and nothing that the service does not know', () => {
    const request = { prompt: 'Once', temperature: 0, other: 1 };
    expect(taskInput(serviceFor('llm'), request)).toEqual({ content: 'Once', params: { temperature: 0 } });
  });

  it('has parameters under their own names, whichever was used', () => {
    const stableDiffusion = serviceFor('stable_diffusion');
    const params = (given: object) => taskInput(stableDiffusion, { prompt: 'x', ...given }).params;
    expect(params({ num_inference_steps: 7 })).toEqual({ steps: 7 });
    expect(params({ num_inference_steps: 7, steps: 8 })).toEqual({ steps: 8 });
  });

  it('has the JSON of a content that is no text, and what follows from that', () => {
    expect(taskInput(serviceFor('embedding'), { texts: ['a', 'b'] })).toEqual({
      content: '["a","b"]',
      params: { batch: true },
    });
    expect(taskInput(serviceFor('python'), { input: 'a', entrypoint: 'x.py' })).toEqual({
      content: '"a"',
      params: { entrypoint: 'x.py' },
    });
  });
});

it('reads results as objects', () => {
  const read = (service: string, result: string) =>
    serviceFor(service).readResult({ result, units: 5, facts: { finish_reason: 'length' } });
  expect(read('echo', 'x')).toEqual({ text: 'x' });
  expect(read('llm', 'x')).toEqual({ text: 'x', finish_reason: 'length', tokens_used: 5 });
  expect(read('whisper', '{"text":"x","language":"en","segments":[]}')).toHaveProperty('segments');
  expect(read('python', '[1]')).toEqual({ output: [1] });
  expect(read('python', 'no JSON')).toEqual({ output: 'no JSON' });
  // Nobody could write it as JSON again.
  const deep = '['.repeat(10_000) + ']'.repeat(10_000);
  expect(read('python', deep)).toEqual({ output: deep });
});

it('is what the endpoints of the services take', () => {
  const { body } = aitbcEndpoints.generateImages;
  expect(Check(body, { prompt: 'x', num_inference_steps: 20 })).toBe(true);
  expect(Check(body, { prompt: 'x', num_inference_steps: 101 })).toBe(false);
});
