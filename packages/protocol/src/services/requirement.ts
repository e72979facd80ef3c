const NAME = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`;
const CLAUSE = String.raw`\s*(?:===?|>=|<=|!=|~=|>|<)\s*[0-9][0-9A-Za-z.*+!-]*\s*`;

/**
 * A package by name, with the versions that will do: what PEP 508 writes, without extras, markers and addresses.
 *
 * @see https://peps.python.org/pep-0508/
 */
export const REQUIREMENT_PATTERN = `^${NAME}\\s*(?:${CLAUSE}(?:,${CLAUSE})*)?$`;

/** One of the conditions on a version. */
export interface VersionClause {
  readonly operator: string;
  readonly version: string;
}

/** The name of a required package, in the one form that all its spellings have. Source: PEP 503. */
export function requirementName(requirement: string): string {
  const [name = ''] = new RegExp(`^${NAME}`).exec(requirement) ?? [];
  return normalName(name);
}

/** The conditions that a requirement makes on the version of its package. */
export function versionClauses(requirement: string): readonly VersionClause[] {
  const [name = ''] = new RegExp(`^${NAME}`).exec(requirement) ?? [];
  const clauses = requirement.slice(name.length).split(',');
  return clauses.flatMap((clause) => {
    const [, operator, version] = /^\s*([=<>!~]+)\s*(\S+)\s*$/.exec(clause) ?? [];
    return operator !== undefined && version !== undefined ? [{ operator, version }] : [];
  });
}

/** Lower case, with one hyphen for each run of hyphens, underscores and dots. */
export function normalName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
