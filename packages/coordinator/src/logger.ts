import { type Logger, pino } from 'pino';
import { outageLines } from './outage-lines.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What must never reach a log. */
const SECRETS = ['req.headers.authorization', 'req.headers["x-api-key"]', '*.apiKey', '*.api_key', '*.token'];

/** Lines that cannot be written wait up to here; what comes beyond is dropped. */
const MAX_UNWRITTEN_BYTES = 1024 * 1024;

/** Structured logs, one JSON object a line, on a file descriptor (2 is stderr). */
export function createLogger({ level, destination = 2 }: { level: LogLevel; destination?: number }): Logger {
  const stream = pino.destination({ dest: destination, sync: false, maxLength: MAX_UNWRITTEN_BYTES });
  // A full disk must not end the program for its log's sake; the next line tries again.
  let isLost = false;
  stream.on('error', () => (isLost = true));
  stream.on('write', () => (isLost = false));
  const flush = stream.flushSync.bind(stream);
  // Nor must it keep the program from ending: the stream would try for ever.
  stream.flushSync = () => {
    if (!isLost) flush();
  };
  const hooks = { logMethod: outageLines(() => performance.now()) };
  return pino({ level, base: null, redact: SECRETS, timestamp: pino.stdTimeFunctions.isoTime, hooks }, stream);
}
