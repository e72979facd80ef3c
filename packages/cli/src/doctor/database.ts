/** What can be said of the database that keeps the books. */
import type { DatabaseFacts } from '@plexus/coordinator';
import { bad, type DoctorCheck, type Examination, good, warning } from './check.ts';

/** Source: DESIGN.md 2. */
const OLDEST_POSTGRES = 15;

export function database(url: string): Examination {
  return {
    name: 'database',
    async run() {
      const { examineDatabase } = await import('@plexus/coordinator');
      const facts = await examineDatabase(url);
      const { place, version, schema, isDurable, isInUse } = facts;
      const server = `PostgreSQL ${version} at ${place}`;
      const unfit = unfitness(server, facts);
      if (unfit) return unfit;
      if (!isDurable)
        return bad(`${server} loses what it has acknowledged: fsync is off`, `psql -c 'ALTER SYSTEM RESET fsync'`);
      if (Number.parseInt(version, 10) < OLDEST_POSTGRES) {
        return warning(`${server} is older than ${OLDEST_POSTGRES}`, `apt-get install postgresql-${OLDEST_POSTGRES}`);
      }
      const content = schema === undefined ? 'no books yet' : `books of schema ${schema}`;
      return good(`${server} answers; ${content}, ${isInUse ? 'a coordinator has them' : 'no coordinator has them'}`);
    },
  };
}

/** Why this program cannot keep its books there. */
function unfitness(
  server: string,
  { schema, knownSchema, isForeign, encoding, isReadOnly, mayMakeTables }: DatabaseFacts,
): Omit<DoctorCheck, 'name'> | undefined {
  if (encoding !== 'UTF8') {
    return bad(`${server} keeps texts as ${encoding}, which must be UTF8`, 'createdb -T template0 -E UTF8 plexus');
  }
  if (isForeign) return bad(`${server} holds something else than Plexus's books`, 'createdb plexus, and name that');
  if (schema !== undefined && schema > knownSchema) {
    return bad(`${server} has books of schema ${schema}, this program knows ${knownSchema}`, 'start a newer version');
  }
  if (isReadOnly) {
    return bad(
      `${server} takes no writes`,
      "name the primary, or psql -c 'ALTER … RESET default_transaction_read_only'",
    );
  }
  if (mayMakeTables) return undefined;
  return bad(`${server} does not let this user make tables`, "psql -c 'ALTER DATABASE … OWNER TO …'");
}
