/** How a database writes what another one does not know. */
interface Words {
  /** The type of what is looked up. */
  readonly key: string;
}

/**
 * Version 7: wallets with addresses and stakes, proofs of work, and what training has come to. The journal's `reference`
 * is a transaction's own id.
 */
export function nodeSchema({ key }: Words): string {
  return `
ALTER TABLE transfer ADD COLUMN reference TEXT;
ALTER TABLE node_score ADD COLUMN reward_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node_score ADD COLUMN earned_that_day BIGINT NOT NULL DEFAULT 0;

CREATE TABLE address (
  address ${key} PRIMARY KEY,
  account_id ${key} NOT NULL
);

CREATE TABLE stake (
  account_id ${key} PRIMARY KEY,
  amount BIGINT NOT NULL,
  duration_days BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  unlock_at BIGINT NOT NULL
);

CREATE TABLE cooldown (
  id ${key} PRIMARY KEY,
  account_id ${key} NOT NULL,
  amount BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ready_at BIGINT NOT NULL,
  matured_at BIGINT
);
CREATE INDEX cooldown_due ON cooldown (ready_at) WHERE matured_at IS NULL;

${proofTables(key)}`;
}

function proofTables(key: string): string {
  return `
CREATE TABLE proof (
  id ${key} PRIMARY KEY,
  node_id ${key} NOT NULL,
  kind TEXT NOT NULL,
  layer BIGINT,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  input_hash TEXT NOT NULL,
  output_hash TEXT NOT NULL,
  signature TEXT NOT NULL,
  verified BIGINT NOT NULL,
  reward BIGINT NOT NULL
);
CREATE INDEX proof_of_node ON proof (node_id, ended_at);

CREATE TABLE training_run (
  id ${key} PRIMARY KEY,
  inner_steps BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT
);

CREATE TABLE training_round (
  run_id ${key} NOT NULL,
  round BIGINT NOT NULL,
  succeeded BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  reports TEXT NOT NULL,
  PRIMARY KEY (run_id, round)
);
`;
}
