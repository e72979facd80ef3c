/** How a database writes what another one does not know. */
interface Words {
  /** The type of what is looked up. */
  readonly key: string;
}

/**
 * Offers of miners, the jobs that were given to them, and which nodes an account has. An active offer stands in two
 * lists by its price, and in one by its end.
 */
export function offersSchema({ key }: Words): string {
  return `
CREATE TABLE offer (
  id ${key} PRIMARY KEY,
  node_id ${key} NOT NULL,
  account_id ${key} NOT NULL,
  job_type ${key} NOT NULL,
  price BIGINT NOT NULL,
  max_jobs BIGINT NOT NULL,
  jobs_left BIGINT NOT NULL,
  requirements TEXT NOT NULL,
  state ${key} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX offer_by_price ON offer (price, id) WHERE state = 'active';
CREATE INDEX offer_of_type ON offer (job_type, price, id) WHERE state = 'active';
CREATE INDEX offer_by_end ON offer (expires_at) WHERE state = 'active';
CREATE INDEX offer_of_node ON offer (node_id) WHERE state = 'active';

CREATE TABLE acceptance (
  job_id ${key} PRIMARY KEY,
  offer_id ${key} NOT NULL,
  node_id ${key} NOT NULL,
  account_id ${key} NOT NULL,
  price BIGINT NOT NULL,
  bid BIGINT NOT NULL,
  at BIGINT NOT NULL
);

CREATE INDEX node_of_account ON node (account_id, id);
CREATE INDEX account_of_owner ON account (owner_id, id) WHERE owner_id IS NOT NULL;
`;
}
