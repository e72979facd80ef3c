import { totalmem } from 'node:os';

/** Bytes that there are, or that a control group leaves of them: that says 0 or more than there is where nothing limits it. */
export function memoryOfMachine(): number {
  const [total, allowed] = [totalmem(), process.constrainedMemory()];
  return allowed > 0 && allowed < total ? allowed : total;
}
