import { type Logger, pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What must never reach a log. */
const SECRETS = ['req.headers.authorization', 'req.headers["x-api-key"]', '*.apiKey', '*.api_key', '*.token'];

/** Structured logs, one JSON object a line, on a file descriptor (2 is stderr). */
export function createLogger({ level, destination = 2 }: { level: LogLevel; destination?: number }): Logger {
  return pino(
    { level, base: null, redact: SECRETS, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: destination, sync: false }),
  );
}
