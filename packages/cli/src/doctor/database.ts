/** What can be said of the database that keeps the books. */
import { bad, type Examination, good, warning } from './check.ts';

/** Source: DESIGN.md 2. */
const OLDEST_POSTGRES = 15;

export function database(url: string): Examination {
  return {
    name: 'database',
    async run() {
      const { examineDatabase } = await import('@plexus/coordinator');
      const { place, version, schema, isDurable, isInUse } = await examineDatabase(url);
      const server = `PostgreSQL ${version} at ${place}`;
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
