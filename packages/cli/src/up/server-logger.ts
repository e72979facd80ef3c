import type { createLogger as CreateLogger } from '@plexus/coordinator/logger';
import type { LogLevel } from '../commands/serving.ts';

/**
 * The log of a server: stdout is for results, logs go to stderr, one JSON object a line. Work that nobody waits for and
 * that failed is said there, and does not end what others depend on.
 */
export async function serverLogger(level: LogLevel): Promise<ReturnType<typeof CreateLogger>> {
  const { createLogger } = await import('@plexus/coordinator/logger');
  const logger = createLogger({ level, destination: 2 });
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'work that nobody waited for has failed'));
  return logger;
}
