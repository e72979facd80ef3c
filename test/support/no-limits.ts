/** Names by which a constant is taken for a limit: a bound, a time, a size, or how much is kept. */
const LIMIT_NAME =
  /\b(?:\w+_)?(?:MAX|LIMIT|WINDOW|BURST|CACHED?|KEPT|REMEMBERED|TRIES|CONCURRENCY|BYTES|CHARACTERS|MS|SECONDS)(?:_\w+)?$|\.(?:max\w*|\w*[lL]imit|\w*Ms|ms|bytes|perMinute|threshold)$/;

/**
 * Constants that are named like a limit and bound nothing which could fill up: sizes of formats, weights, advice to
 * clients, how often something is looked at, and what a person types. Each is the beginning of a name in
 * `readNumberConstants`.
 */
export const NO_LIMITS: readonly string[] = [
  // Words and fields of requests and answers, which the OpenAPI document has.
  'api/src/plexus/errors.ts STATUS.',
  'api/src/plexus/errors.ts RETRY_AFTER_SECONDS.',
  'api/src/aitbc-errors.ts NODE_RETRY_SECONDS',
  'protocol/src/aitbc/feed.ts ',
  'protocol/src/openai/',
  'protocol/src/services/media-services.ts ',
  'protocol/src/services/text-services.ts MAX_PROMPT_CHARACTERS',
  'protocol/src/services/text-services.ts MAX_EMBEDDED_TEXTS',
  // Advice to clients that were refused.
  'coordinator/src/http/request-bound.ts RETRY_SECONDS',
  'coordinator/src/http/server.ts RETRY_SECONDS',
  'coordinator/src/http/upload-budget.ts RETRY_SECONDS',
  'core/src/jobs/job-intake.ts BUSY_RETRY_SECONDS',
  'core/src/jobs/live-jobs.ts RETRY_SECONDS',
  'node/src/http.ts RETRY_SECONDS',
  'api/src/error-handler.ts STORAGE_RETRY_SECONDS',
  'storage/src/command-queue.ts RETRY_SECONDS',
  'storage/src/postgres/postgres-reader.ts RETRY_SECONDS',
  // Sizes of formats.
  'storage/src/postgres/binary-array.ts TYPE_IDS.',
  'storage/src/postgres/binary-array.ts EMPTY_BYTES',
  'storage/src/postgres/binary-array.ts HEADER_BYTES',
  'storage/src/postgres/binary-array.ts LENGTH_BYTES',
  'storage/src/postgres/binary-array.ts NUMBER_BYTES',
  'storage/src/postgres/binary-array.ts UTF8_BYTES',
  'storage/src/postgres/binary-array.ts TWO_TO_32',
  'cli/src/fetch-receipt.ts PUBLIC_KEY_BYTES',
  'coordinator/src/backup/check-backup.ts RAW_KEY_BYTES',
  'coordinator/src/ids.ts MAX_SEQUENCE',
  'coordinator/src/keys/credentials.ts KEY_BYTES',
  'coordinator/src/keys/credentials.ts WEBHOOK_SECRET_BYTES',
  'coordinator/src/keys/receipt-crypto.ts KEY_BYTES',
  'coordinator/src/keys/signer.ts RAW_KEY_BYTES',
  'coordinator/src/log/log-periods.ts NAME_BYTES',
  'core/src/books/tallies.ts DAY_MS',
  'node/src/connection.ts KEY_BYTES',
  'node/src/connection.ts NONCE_BYTES',
  'node/src/worker.ts MAX_TIMER_MS',
  'protocol/src/receipts/batch.ts MAX_BATCH_PATH',
  'protocol/src/receipts/merkle.ts HASH_BYTES',
  'protocol/src/receipts/sign.ts ',
  'runners/src/embedding/encoder-graph.ts WINDOW_TOKENS',
  'runners/src/embedding/protobuf.ts WIRE_BYTES',
  'runners/src/embedding/weights.ts ELEMENT_BYTES',
  'coordinator/src/artifacts/artifact-services.ts DAY_MS',
  'coordinator/src/artifacts/artifact-services.ts TOKEN_BYTES',
  'core/src/artifacts/archive-kind.ts HEAD_BYTES',
  'core/src/artifacts/bundles.ts HOUR_MS',
  'runners/src/archive/tar.ts BLOCK_BYTES',
  'runners/src/archive/tar.ts ENTRY_BYTES',
  'runners/src/archive/tar.ts PADDING_BYTES',
  'runners/src/archive/zip-directory.ts LOCAL.bytes',
  'runners/src/archive/zip-directory.ts CENTRAL.bytes',
  'runners/src/archive/zip-directory.ts END.bytes',
  'runners/src/archive/zip-directory.ts MAX_COMMENT_BYTES',
  'runners/src/python/printed.ts MAX_PROGRESS_LINE',
  'runners/src/python/python-runner.ts MAX_FEATURE_LENGTH',
  'runners/src/sandbox/seccomp.ts INSTRUCTION_BYTES',
  // Prices, and what counts how much.
  'core/src/webhooks/retry-schedule.ts MINUTE_MS',
  'core/src/webhooks/retry-schedule.ts HOUR_MS',
  'api/src/rate-limit.ts ROUNDING_MS',
  'core/src/scheduling/scheduler.ts HALF_SPEED_MS',
  'protocol/src/services/catalogue.ts CHARACTERS_PER_REQUEST_UNIT',
  'runners/src/llm/llama-tokens.ts MAX_SEED',
  'runners/src/llm/tokens.ts ',
  'runners/src/registry.ts TRIAL.',
  // How often something is looked at, and how long a command line that looks waits.
  'coordinator/src/feed/feed-hub.ts CHECK_EVERY_MS',
  'coordinator/src/feed/replay-lane.ts ',
  'coordinator/src/webhooks/webhook-worker.ts LOOK_EVERY_MS',
  'coordinator/src/webhooks/webhook-worker.ts HOSTS_A_TURN',
  'core/src/events/event-feed.ts LOOK_EVERY_MS',
  'storage/src/postgres/commit-batch.ts WAIT_MS',
  'storage/src/postgres/link.ts FIRST_WAIT_MS',
  'storage/src/postgres/writer-session.ts LOCK_POLL_MS',
  // What a server is told about connections that died.
  'storage/src/postgres/settings.ts KEEPALIVE_',
  // First guesses.
  'storage/src/postgres/binary-array.ts FIRST_SCRATCH_BYTES',
  'runners/src/python/runtime.ts MEMORY_BYTES',
  'runners/src/sandbox/cgroup-files.ts POLL_MS',
  'runners/src/sandbox/self-test.ts ',
  'aitbc-client/src/results.ts FIRST_PAUSE_MS',
  'aitbc-client/src/results.ts MAX_PAUSE_MS',
  'cli/src/chat/chat-state.ts ',
  'cli/src/commands/models.ts ',
  'cli/src/doctor/',
  'cli/src/output/',
  'cli/src/up/run-node.ts ',
  'cli/src/up/run-up.ts SETTLE_MS',
  'cli/src/main.ts CHILD_EXIT_MS',
  'coordinator/src/backup/run-backup.ts LOOK_MS',
  'runners/src/install/install-lock.ts RETRY_MS',
  'sdk/src/plexus.ts ',
  'sdk/src/run-job.ts SUBMIT_WAIT_SECONDS',
  'sdk/src/run-job.ts POLL_WAIT_SECONDS',
  'sdk/src/run-job.ts MIN_POLL_MS',
  'sdk/src/streams.ts END_WAIT_SECONDS',
  // What an option may be set to.
  'cli/src/commands/coordinator.ts ',
  'cli/src/commands/keys.ts UNIT_MS',
  'coordinator/src/retention.ts DAY_MS',
  'cli/src/commands/run.ts MAX_TOKENS_LIMIT',
  'cli/src/commands/serving.ts ',
  'cli/src/values.ts MAX_PORT',
  // For tests only.
  'testkit/',
];

/** Whether a constant must stand on the page of limits. */
export function isLimit(name: string): boolean {
  return LIMIT_NAME.test(name) && !NO_LIMITS.some((prefix) => name.startsWith(prefix));
}
