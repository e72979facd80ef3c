import { requirementName, type VersionClause, versionClauses } from '@plexus/protocol';
import { RunError } from '../runner.ts';

/** Installed packages that programs may require, by their normal names, with their versions. */
export type Packages = ReadonlyMap<string, string>;

/**
 * Passes a program whose packages are all here, in versions that will do.
 *
 * @throws {RunError} PACKAGE_NOT_FOUND, which another node may have
 */
export function requirePackages(requirements: readonly string[], packages: Packages): void {
  const missing = requirements.flatMap((requirement) => problemWith(requirement, packages) ?? []);
  if (missing.length === 0) return;
  throw new RunError('PACKAGE_NOT_FOUND', `This node lacks packages: ${missing.join('; ')}`);
}

function problemWith(requirement: string, packages: Packages): string | undefined {
  const name = requirementName(requirement);
  const version = packages.get(name);
  if (version === undefined) return `${name} is not installed`;
  const isFit = versionClauses(requirement).every((clause) => fits(version, clause));
  return isFit ? undefined : `${requirement} is required and ${version} is installed`;
}

/**
 * Whether a version meets a condition. Only the release's numbers count: what follows them, as in `2.0rc1` or
 * `1.13.1+cpu`, is passed over.
 *
 * @see https://peps.python.org/pep-0440/#version-specifiers
 */
function fits(version: string, { operator, version: wanted }: VersionClause): boolean {
  const order = compare(numbersOf(version), numbersOf(wanted));
  switch (operator) {
    case '==':
    case '===':
      return wanted.endsWith('.*') ? begins(version, wanted) : order === 0;
    case '!=':
      return wanted.endsWith('.*') ? !begins(version, wanted) : order !== 0;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '~=':
      return order >= 0 && begins(version, wanted.replace(/\.\d+[^.]*$/, '.*'));
    default:
      return false;
  }
}

function numbersOf(version: string): readonly number[] {
  const [release = ''] = /^\d+(\.\d+)*/.exec(version.replace(/^\d+!/, '')) ?? [];
  return release.split('.').map(Number);
}

/** Missing numbers are zeros: 1.0 is 1. */
function compare(left: readonly number[], right: readonly number[]): number {
  const length = Math.max(left.length, right.length);
  for (let place = 0; place < length; place++) {
    const difference = (left[place] ?? 0) - (right[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version begins with the numbers before `.*`. */
function begins(version: string, prefix: string): boolean {
  const wanted = numbersOf(prefix);
  const own = numbersOf(version);
  return wanted.every((number, place) => (own[place] ?? 0) === number);
}
