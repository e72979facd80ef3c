/**
 * Version 1. Amounts are micro-credits, times milliseconds since 1970. Texts that clients write freely are blobs:
 * PostgreSQL text refuses U+0000. Ids are UUIDv7 behind a prefix, so their order is that of creation.
 */
export const FIRST_SCHEMA = `
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  owner_id TEXT,
  name TEXT NOT NULL,
  email TEXT,
  available BIGINT NOT NULL,
  held BIGINT NOT NULL,
  staked BIGINT NOT NULL,
  cooling BIGINT NOT NULL,
  earned BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  label TEXT NOT NULL,
  role TEXT NOT NULL,
  scopes TEXT NOT NULL,
  spend_limit BIGINT,
  spent BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX api_key_of_account ON api_key (account_id, id);

CREATE TABLE job (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  key_id TEXT,
  service TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  hold BIGINT NOT NULL,
  unit_price BIGINT NOT NULL,
  cost BIGINT NOT NULL,
  units BIGINT,
  node_id TEXT,
  epoch BIGINT NOT NULL,
  idempotency_key TEXT,
  request_hash TEXT,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  deadline_at BIGINT NOT NULL,
  processing_ms DOUBLE PRECISION,
  receipt_index BIGINT,
  attempts TEXT NOT NULL,
  decisions TEXT NOT NULL,
  params BLOB NOT NULL,
  error BLOB,
  content BLOB NOT NULL,
  result BLOB
);
CREATE INDEX job_of_account ON job (account_id, id);
CREATE UNIQUE INDEX job_idempotency ON job (account_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX job_open ON job (id) WHERE state IN ('queued', 'running');
CREATE INDEX job_unpaid ON job (state, id) WHERE state IN ('failed', 'cancelled', 'timed_out');
CREATE INDEX job_unpaid_of_account ON job (account_id, state, id)
  WHERE state IN ('failed', 'cancelled', 'timed_out');

CREATE TABLE transfer (
  sequence INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  debit_account TEXT NOT NULL,
  debit_part TEXT NOT NULL,
  credit_account TEXT NOT NULL,
  credit_part TEXT NOT NULL,
  amount BIGINT NOT NULL,
  job_id TEXT,
  memo TEXT,
  at BIGINT NOT NULL
);
-- A hold or release stays within one account, so one index is enough for it; every other row is in two.
CREATE INDEX transfer_within ON transfer (debit_account, sequence) WHERE kind IN ('hold', 'release');
CREATE INDEX transfer_out ON transfer (debit_account, sequence) WHERE kind NOT IN ('hold', 'release');
CREATE INDEX transfer_in ON transfer (credit_account, sequence) WHERE kind NOT IN ('hold', 'release');

CREATE TABLE node (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  public_key TEXT,
  custodial BIGINT NOT NULL,
  capabilities TEXT NOT NULL,
  languages TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE node_score (
  node_id TEXT PRIMARY KEY,
  completed BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  ratings BIGINT NOT NULL,
  rating_sum BIGINT NOT NULL,
  reputation DOUBLE PRECISION NOT NULL
);
CREATE INDEX node_score_best ON node_score (reputation DESC, node_id);

CREATE TABLE claim (
  account_id TEXT NOT NULL,
  claim_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (account_id, claim_key)
);

CREATE TABLE rating (
  job_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  rating BIGINT NOT NULL,
  at BIGINT NOT NULL
);

CREATE TABLE receipt (
  leaf_index INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  leaf_hash BLOB NOT NULL,
  custodial BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  payload TEXT NOT NULL,
  signature TEXT NOT NULL
);
CREATE INDEX receipt_of_node ON receipt (node_id, leaf_index);

CREATE TABLE log_tile (
  level BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)
);

CREATE TABLE tree_head (
  tree_size INTEGER PRIMARY KEY,
  log_id TEXT NOT NULL,
  root_hash TEXT NOT NULL,
  timestamp TEXT NOT NULL,
  key_id TEXT NOT NULL,
  sig TEXT NOT NULL,
  public_key TEXT NOT NULL
);

CREATE TABLE job_day (
  day TEXT PRIMARY KEY,
  jobs BIGINT NOT NULL
);
`;
