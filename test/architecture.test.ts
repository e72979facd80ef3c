/**
 * The dependency rule, as a table. Each package lists the rooms it may enter; nothing else may be imported.
 * ARCHITECTURE.md shows the same table to people.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SCOPE = '@plexus/';

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  core: ['protocol'],
  storage: ['core', 'protocol'],
  egress: [],
  listener: [],
  ton: ['protocol'],
  runners: ['egress', 'protocol'],
  sdk: ['protocol'],
  'aitbc-client': ['sdk', 'protocol'],
  api: ['core', 'listener', 'protocol'],
  coordinator: ['api', 'core', 'storage', 'egress', 'listener', 'ton', 'protocol'],
  node: ['runners', 'egress', 'listener', 'sdk', 'protocol'],
  cli: ['coordinator', 'node', 'sdk', 'ton', 'protocol'],
  testkit: ['protocol', 'core', 'storage', 'egress', 'runners', 'sdk', 'api', 'coordinator', 'node', 'cli', 'ton'],
};

/** Packages that must run anywhere: no Node built-ins, no third-party code but these. */
const PURE: Readonly<Record<string, readonly string[]>> = { protocol: ['typebox'], core: [] };

/** What is for tests only. */
const FOR_TESTS = ['vitest', 'fast-check', `${SCOPE}testkit`];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function importsOf(name: string): readonly Import[] {
  const root = join('packages', name, 'src');
  return sourcesIn(root).flatMap((file) =>
    specifiersIn(readFileSync(file, 'utf8')).map((specifier) => ({ file, specifier })),
  );
}

function specifiersIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:(?<!')\bfrom|\bimport|\bimport\(|\brequire\()\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
}

function sourcesIn(root: string): readonly string[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(root, name));
}

/** What a package lets others import: itself, and what its `exports` name besides. */
function doorsOf(name: string): readonly string[] {
  const { exports }: { exports: object } = JSON.parse(readFileSync(join('packages', name, 'package.json'), 'utf8'));
  return Object.keys(exports).map((entry) => entry.replace('.', SCOPE + name));
}

const isRelative = ({ specifier }: Import) => specifier.startsWith('.');
const isInternal = ({ specifier }: Import) => specifier.startsWith(SCOPE);
const describeImport = ({ file, specifier }: Import) => `${file} imports ${specifier}`;
const packageOf = ({ specifier }: Import) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

it('lists every package', () => {
  const folders = readdirSync('packages', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
});

describe.each(Object.keys(MAY_IMPORT))('%s', (name) => {
  const imports = importsOf(name);

  it('has sources to check', () => expect(imports.length).toBeGreaterThan(0));

  it('enters only the rooms it may, and those by their doors', () => {
    const allowed = (MAY_IMPORT[name] ?? []).flatMap(doorsOf);
    const wrong = imports.filter(isInternal).filter(({ specifier }) => !allowed.includes(specifier));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('does not climb out of its own folder', () => {
    const root = join('packages', name, 'src') + sep;
    const outside = imports.filter(isRelative).filter((i) => !join(dirname(i.file), i.specifier).startsWith(root));
    expect(outside.map(describeImport)).toEqual([]);
  });
});

it.each(Object.keys(MAY_IMPORT).filter((name) => name !== 'testkit'))(
  '%s imports nothing that is for tests',
  (name) => {
    const wrong = importsOf(name).filter((i) => FOR_TESTS.includes(packageOf(i)) || /\.test(\.ts)?$/.test(i.specifier));
    expect(wrong.map(describeImport)).toEqual([]);
  },
);

it.each(Object.entries(PURE))('%s stays pure', (name, allowed) => {
  const foreign = importsOf(name).filter((i) => !isRelative(i) && !isInternal(i) && !allowed.includes(packageOf(i)));
  expect(foreign.map(describeImport)).toEqual([]);
});

it('keeps dialects apart', () => {
  const root = join('packages', 'api', 'src');
  const folder = (file: string) => relative(root, file).split(sep);
  const crossings = importsOf('api')
    .filter(isRelative)
    .filter((i) => {
      const [from, to] = [folder(i.file), folder(join(dirname(i.file), i.specifier))];
      return from.length > 1 && to.length > 1 && from[0] !== to[0];
    });
  expect(crossings.map(describeImport)).toEqual([]);
});

it('finds an import however it is written', () => {
  const text = "import { a } from '@plexus/x';\nimport './side.ts';\nconst b = await import('./y.ts');";
  expect(specifiersIn(text)).toEqual(['@plexus/x', './side.ts', './y.ts']);
});
