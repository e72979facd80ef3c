/**
 * Loaded into a program before anything else (`node --import`): its wall clock is off by what the file says that
 * PLEXUS_CHAOS_CLOCK names, read again at SIGUSR2. Timers and performance.now() go on as they do when a clock is set.
 */
import { readFileSync } from 'node:fs';

const file = process.env['PLEXUS_CHAOS_CLOCK'];
const RealDate = Date;
const realNow = Date.now;
let offsetMs = 0;

const read = () => {
  try {
    offsetMs = Number(readFileSync(String(file), 'utf8'));
  } catch {
    offsetMs = 0;
  }
};

RealDate.now = () => realNow() + offsetMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now()] : args, newTarget === Date ? target : newTarget),
  apply: (target) => new target(target.now()).toString(),
});
read();
process.on('SIGUSR2', read);
