import type { Row } from '../books/books.ts';
import type { Load } from '../load/load.ts';
import type { Told } from '../load/tally.ts';
import type { Network } from '../network.ts';
import type { Scene } from '../scene.ts';

/** What invariants look at of a scene. */
export interface Witnesses extends Pick<Scene, 'customers' | 'coordinatorKey' | 'heads' | 'hasSetClocks'> {
  readonly network: Pick<Network, 'url' | 'operatorKey' | 'books' | 'leases' | 'lost'>;
  readonly load: Pick<Load, 'tally'>;
}

/** What is known when invariants are looked at. */
export interface Evidence {
  readonly scene: Witnesses;
  /** What clients had been told before the books were looked at. */
  readonly told: ReadonlyMap<string, Told>;
  /** Answers of the books to one of the invariant's own questions. */
  readonly rows: (question: string) => readonly Row[];
}

/** What must hold whatever goes wrong, judged from outside: over the API, in the database, on the wire. */
export interface Invariant {
  readonly name: string;
  /** `always`: after each fault, with work under way. `at rest`: once the clients have stopped and every job should have ended. */
  readonly when: 'always' | 'at rest';
  /** Questions to the books, by name, in SQL that SQLite and PostgreSQL both know. */
  readonly asks?: Readonly<Record<string, string>>;
  /** @returns what is wrong, in words with ids and figures */
  judge(evidence: Evidence): readonly string[] | Promise<readonly string[]>;
}

export function micro(value: string | null | undefined): bigint {
  return BigInt(value ?? 0);
}
