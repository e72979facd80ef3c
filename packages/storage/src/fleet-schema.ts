/** How a database writes what another one does not know. */
interface Words {
  /** The type of what is looked up. */
  readonly key: string;
}

/**
 * Version 7: the fleet. Numbers are given from counters, which is also what keeps two writers from adding the same wallet
 * or transaction. What workers said is kept in chunks of points, because a row for each would be 6 million rows a day.
 */
export function fleetSchema({ key }: Words): string {
  return whoAndWhat(key) + figures(key) + payments(key);
}

function whoAndWhat(key: string): string {
  return `
CREATE TABLE fleet_counter (
  name ${key} PRIMARY KEY,
  last BIGINT NOT NULL
);
INSERT INTO fleet_counter (name, last) VALUES ('participant', 0), ('worker', 0), ('payout', 0), ('plan', 0);

CREATE TABLE participant (
  id BIGINT PRIMARY KEY,
  wallet ${key} NOT NULL,
  raw_wallet ${key} NOT NULL UNIQUE,
  telegram_user_id BIGINT,
  username TEXT,
  email TEXT,
  is_active BIGINT NOT NULL,
  is_operator BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE fleet_worker (
  id BIGINT PRIMARY KEY,
  participant_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  instance_number BIGINT NOT NULL,
  host TEXT NOT NULL,
  stats_port BIGINT NOT NULL,
  cid BIGINT,
  price_coefficient BIGINT NOT NULL,
  is_active BIGINT NOT NULL,
  node_id ${key} UNIQUE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX fleet_worker_of_participant ON fleet_worker (participant_id, id);
`;
}

function figures(key: string): string {
  return `
CREATE TABLE worker_state (
  worker_id BIGINT PRIMARY KEY,
  revenue BIGINT NOT NULL,
  state TEXT NOT NULL
);

CREATE TABLE worker_series (
  worker_id BIGINT NOT NULL,
  resolution ${key} NOT NULL,
  start_at BIGINT NOT NULL,
  points TEXT NOT NULL,
  PRIMARY KEY (worker_id, resolution, start_at)
);
`;
}

function payments(key: string): string {
  return `
CREATE TABLE payout (
  id BIGINT PRIMARY KEY,
  participant_id BIGINT NOT NULL,
  transaction_hash ${key} NOT NULL UNIQUE,
  amount BIGINT NOT NULL,
  usd_micro BIGINT,
  from_address TEXT NOT NULL,
  to_address TEXT NOT NULL,
  is_unverified BIGINT NOT NULL,
  transaction_at BIGINT NOT NULL,
  is_confirmed BIGINT NOT NULL,
  confirmations BIGINT NOT NULL,
  block_number BIGINT,
  period_start BIGINT,
  period_end BIGINT,
  total_requests BIGINT,
  compute_seconds BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX payout_of_participant ON payout (participant_id, id);

CREATE TABLE payout_plan (
  id ${key} PRIMARY KEY,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  plan TEXT NOT NULL
);
CREATE INDEX payout_plan_by_age ON payout_plan (created_at);
`;
}

/**
 * Version 10: payouts are read by the time of their transaction, which need not be the order that they were recorded in,
 * and seconds of computing may have a fraction.
 */
export const PAYOUTS_BY_TIME = `
CREATE INDEX payout_by_time ON payout (transaction_at, id);
CREATE INDEX payout_of_participant_by_time ON payout (participant_id, transaction_at, id);
DROP INDEX payout_of_participant;
ALTER TABLE payout ADD COLUMN took DOUBLE PRECISION;
UPDATE payout SET took = compute_seconds;
ALTER TABLE payout DROP COLUMN compute_seconds;
ALTER TABLE payout RENAME COLUMN took TO compute_seconds;
`;
