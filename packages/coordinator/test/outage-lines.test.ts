import { StorageError } from '@plexus/core';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { OUTAGE_OVER, outageLines } from '../src/outage-lines.ts';

let nowMs = 0;

/** A log, and what it has written so far: message and how many lines were left out before it. */
function aLog() {
  const lines: (readonly [string, number | undefined])[] = [];
  const write = (line: string): void => {
    const { msg, left_out } = JSON.parse(line);
    lines.push([msg, left_out]);
  };
  const logger = pino({ hooks: { logMethod: outageLines(() => nowMs) } }, { write });
  return { logger, lines };
}

const away = { err: new StorageError('unavailable', 'The database cannot be reached') };

it('tells of a database that is away once, once each minute, and how much was left out when it is back', () => {
  const { logger, lines } = aLog();
  const request = logger.child({ reqId: 'a' });
  logger.error(away, 'lost');
  for (let count = 1; count <= 3; count++) request.error(away, 'the books failed');
  logger.error({ err: new StorageError('write_failed', 'no room') }, 'another matter');
  logger.info('no object');
  nowMs += 60_000;
  logger.fatal({ err: new StorageError('in_use', 'Another coordinator writes') }, 'lost for good');
  request.error({ err: new StorageError('in_use', 'Another coordinator writes') }, 'the books failed');
  nowMs += 59_000;
  request.error(away, 'the books failed');
  logger.warn(OUTAGE_OVER, 'back');
  logger.error(away, 'lost again');
  logger.warn(OUTAGE_OVER, 'back again');
  expect(lines).toEqual([
    ['lost', undefined],
    ['another matter', undefined],
    ['no object', undefined],
    ['lost for good', undefined],
    ['the books failed', 3],
    ['back', 1],
    ['lost again', undefined],
    ['back again', undefined],
  ]);
});
