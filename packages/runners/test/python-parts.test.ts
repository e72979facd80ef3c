/** What a program requires, prints, makes and fails of, without a program. */
import { describe, expect, test } from 'vitest';
import { requireSuccess } from '../src/python/failure.ts';
import { createProgressReader, printedResult, requireShallow } from '../src/python/printed.ts';
import { pythonRequest } from '../src/python/request.ts';
import { requirePackages } from '../src/python/requirements.ts';
import { resultOf } from '../src/python/result.ts';
import { RunError } from '../src/runner.ts';
import type { SandboxLimits, SandboxOutcome } from '../src/sandbox/sandbox.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RunError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'passed';
}

describe('packages', () => {
  const packages = new Map([
    ['numpy', '1.24.2'],
    ['torch', '2.1.0+cpu'],
    ['scikit-learn', '1.2.1.dev0'],
  ]);

  test.each([
    'numpy',
    'NumPy',
    'scikit_learn',
    'Scikit.Learn>=1.2',
    'numpy==1.24.2',
    'numpy == 1.24.*',
    'numpy>=1.20,<2',
    'numpy~=1.24.0',
    'numpy~=1.20',
    'numpy!=1.25',
    'torch==2.1',
    'torch<=2.1.0',
  ])('%s is here', (requirement) => {
    expect(codeOf(() => requirePackages([requirement], packages))).toBe('passed');
  });

  test.each([
    'pandas',
    'numpy==1.24',
    'numpy>1.24.2',
    'numpy<1.24',
    'numpy!=1.24.*',
    'numpy~=1.25',
    'numpy~=1.24.3',
    'numpy>=1.20,<1.24',
    'torch==1.*',
  ])('%s is not here', (requirement) => {
    const said = codeOf(() => requirePackages([requirement, 'numpy'], packages));
    expect(said).toMatch(/^PACKAGE_NOT_FOUND: This node lacks packages: /);
    expect(said).toContain(requirement.split(/[<>=~!]/)[0]);
  });
});

describe('what a program prints', () => {
  test('is read for progress, however it is cut', () => {
    const text = 'PROGRESS 1\nx\nPROGRESS 50%\r\n PROGRESS 60\nPROGRESS 70 \nPROGRESS 99.5\nPROGRESS 300\nPROGRESS 4';
    for (const size of [1, 3, 1000]) {
      const percents: number[] = [];
      const read = createProgressReader((percent) => percents.push(percent));
      for (let at = 0; at < text.length; at += size) read(Buffer.from(text.slice(at, at + size)));
      expect(percents, `pieces of ${size}`).toEqual([1, 50, 99, 100]);
    }
  });

  test('without a line end is not kept for ever', () => {
    const percents: number[] = [];
    const read = createProgressReader((percent) => percents.push(percent));
    for (let i = 0; i < 1000; i++) read(Buffer.alloc(10_000, 'x'));
    read(Buffer.from('\nPROGRESS 7\n'));
    expect(percents).toEqual([7]);
  });

  test.each([
    ['{"a": 1}', '{"a": 1}'],
    ['  [1,\n 2]\n\n', '[1,\n 2]'],
    ['loading\nPROGRESS 50\n{"a": 1.0}\n', '{"a": 1.0}'],
    ['PROGRESS 10\n{\n"a": 1\n}\nPROGRESS 100', '{\n"a": 1\n}'],
    ['12345678901234567890', '12345678901234567890'],
  ])('%j has the result %j', (printed, result) => {
    expect(printedResult(Buffer.from(printed))).toBe(result);
  });

  test('may be nothing, or only progress', () => {
    expect(printedResult(Buffer.from(''))).toBeUndefined();
    expect(printedResult(Buffer.from('PROGRESS 1\n\n'))).toBeUndefined();
  });

  test.each(['hello', '{"a": NaN}', '{"a": 1}\ndone', "{'a': 1}"])('%j is no JSON', (printed) => {
    expect(codeOf(() => printedResult(Buffer.from(printed)))).toMatch(/^PROGRAM_FAILED: .* did not print JSON/);
  });

  test('that is a text is told how to become JSON', () => {
    expect(codeOf(() => printedResult(Buffer.from('hello\n')))).toContain('but "hello": print(json.dumps(…))');
  });

  test('must not be nested so deep that nobody can read it', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(requireShallow(nested(900))).toBe(nested(900));
    expect(codeOf(() => requireShallow(nested(901)))).toMatch(/^PROGRAM_FAILED: .* nested more than 900 levels/);
  });

  test('must be UTF-8', () => {
    expect(codeOf(() => printedResult(Buffer.from([0x22, 0xff, 0x22])))).toContain('not UTF-8');
  });
});

describe('a result', () => {
  const FILE = { name: 'a.png', url: '/artifacts/t/a.png', size: 1, sha256: 'a'.repeat(64), content_type: 'image/png' };

  test('without files is what the program said, to the letter', () => {
    expect(resultOf('{"n": 12345678901234567890}', [])).toBe('{"n": 12345678901234567890}');
  });

  test.each([
    ['{"n": 12345678901234567890}', /^\{"n": 12345678901234567890,"output_files":\[/],
    ['{ }', /^\{"output_files":\[/],
    ['[1]', /^\{"result":\[1\],"output_files":\[/],
    ['null', /^\{"result":null,"output_files":\[/],
    ['{"a":"}"}', /^\{"a":"\}","output_files":\[/],
    [undefined, /^\{"output_files":\[/],
  ])('%j with a file names that', (said, expected) => {
    const result = resultOf(said, [FILE]);
    expect(result).toMatch(expected);
    expect(JSON.parse(result).output_files).toEqual([FILE]);
  });

  test('must be something', () => {
    expect(codeOf(() => resultOf(undefined, []))).toContain('printed no result and made no file');
  });

  test('may not speak of files itself when there are some', () => {
    expect(codeOf(() => resultOf('{"output_files":[]}', [FILE]))).toContain('of its own');
    expect(resultOf('{"output_files":[]}', [])).toBe('{"output_files":[]}');
  });
});

const LIMITS: SandboxLimits = {
  cpuMillis: 1000,
  memoryBytes: 64,
  processes: 8,
  timeoutMs: 2000,
  maxPrintedBytes: 100,
  maxOutputBytes: 1000,
  maxOutputFiles: 2,
};

function outcome(changes: Partial<SandboxOutcome>): SandboxOutcome {
  const usage = { peakMemoryBytes: 1, cpuMs: 1, memoryKills: 0, processRefusals: 0 };
  return {
    exitCode: 0,
    stopped: undefined,
    stdout: Buffer.alloc(0),
    stderr: '',
    outputs: [],
    usage,
    elapsedMs: 1,
    ...changes,
  };
}

describe('an outcome', () => {
  const usage = outcome({}).usage;

  test.each<[string, Partial<SandboxOutcome>, string]>([
    ['time', { exitCode: 137, stopped: { type: 'time' } }, 'ran longer than 2 s'],
    ['print', { exitCode: 137, stopped: { type: 'printed_too_much' } }, 'printed more than 100 bytes'],
    ['files', { stopped: { type: 'outputs', message: 'a link' } }, 'cannot be taken: a link'],
    ['memory', { exitCode: 137, usage: { ...usage, memoryKills: 1 } }, 'needed more than 64 bytes of memory'],
    ['processes', { exitCode: 1, usage: { ...usage, processRefusals: 5 } }, 'more than 8 processes'],
    ['a code', { exitCode: 3, stderr: 'Traceback\nValueError: no\n' }, 'exit code 3\nTraceback\nValueError: no'],
    ['a signal', { exitCode: 139 }, 'ended by SIGSEGV'],
    ['a large file', { exitCode: 153 }, 'a file of more than 1000 bytes'],
  ])('of %s says so', (_what, changes, said) => {
    expect(codeOf(() => requireSuccess(outcome(changes), LIMITS))).toContain(said);
  });

  test('that is good passes, also when a child of the program was killed', () => {
    const changes = { usage: { ...usage, memoryKills: 1, processRefusals: 1 }, stderr: 'warning' };
    expect(codeOf(() => requireSuccess(outcome(changes), LIMITS))).toBe('passed');
  });

  test('says no more than the end of what the program said', () => {
    const said = codeOf(() => requireSuccess(outcome({ exitCode: 1, stderr: `${'x'.repeat(8000)}the end` }), LIMITS));
    expect(said.length).toBeLessThan(1700);
    expect(said.endsWith('the end')).toBe(true);
    const lines = Array.from({ length: 400 }, (_, line) => `line ${line}`).join('\n');
    const cut = codeOf(() => requireSuccess(outcome({ exitCode: 1, stderr: lines }), LIMITS));
    expect(cut).toMatch(/exit code 1\n…\nline \d+\nline \d+\n/);
  });
});

describe('a request', () => {
  const CAPACITY = { cpuMillis: 2000, memoryBytes: 2 ** 30 };
  const params = { entrypoint: 'model.py', bundle: 'a'.repeat(64) };
  const read = (changes: object, content = '{}') =>
    pythonRequest({ content, params: { ...params, ...changes } }, CAPACITY);

  test('has the limits that it asks for, else the usual ones', () => {
    expect(read({}).limits).toMatchObject({ cpuMillis: 1000, memoryBytes: 512 * 2 ** 20, timeoutMs: 300_000 });
    const asked = { cpu_millis: 1500, memory_bytes: 2 ** 30, timeout_seconds: 7 };
    expect(read(asked).limits).toMatchObject({ cpuMillis: 1500, memoryBytes: 2 ** 30, timeoutMs: 7000 });
  });

  test.each([{ cpu_millis: 2001 }, { memory_bytes: 2 ** 30 + 1 }])('for %j is for a larger machine', (changes) => {
    const error = codeOf(() => read(changes));
    expect(error).toMatch(/^LIMIT_EXCEEDED: .* this node gives/);
  });

  test('needs a bundle and an input that is JSON', () => {
    expect(codeOf(() => read({ bundle: undefined }))).toMatch(/^INVALID_INPUT: .*names no bundle/);
    expect(codeOf(() => read({}, 'hello'))).toMatch(/^INVALID_INPUT: .*must be JSON/);
  });
});
