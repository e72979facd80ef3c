/** How a database writes what another one does not know. */
interface Words {
  /** The type of what is looked up. */
  readonly key: string;
  /** The type of a table's own number. */
  readonly number: string;
}

/**
 * Version 6: what the feed tells of each commit, in one row whose key is the number of its first event; the news of jobs
 * that are to be sent to their clients; and which of an account's secrets they are signed with.
 */
export function feedSchema({ key, number }: Words): string {
  return `
CREATE TABLE feed (
  first_sequence ${number} PRIMARY KEY,
  events BIGINT NOT NULL,
  told TEXT NOT NULL
);

CREATE TABLE webhook_delivery (
  id ${key} PRIMARY KEY,
  account_id ${key} NOT NULL,
  job_id ${key} NOT NULL,
  url TEXT NOT NULL,
  host ${key} NOT NULL,
  state ${key} NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT,
  last_status BIGINT,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX webhook_delivery_of_account ON webhook_delivery (account_id, id);
CREATE INDEX webhook_delivery_undelivered ON webhook_delivery (account_id, state, id)
  WHERE state IN ('pending', 'given_up');
CREATE INDEX webhook_delivery_due ON webhook_delivery (host, next_at) WHERE state = 'pending';

CREATE TABLE webhook_secret (
  account_id ${key} PRIMARY KEY,
  generation BIGINT NOT NULL,
  rotated_at BIGINT NOT NULL
);
`;
}
