/** Prints what this machine is made of, as a process of its own: what systeminformation starts may hang. */
import { totalmem } from 'node:os';
import { cpu, graphics, osInfo, system } from 'systeminformation';
import { inventoryOf } from './inventory.ts';

const [processor, { controllers }, maker, os] = await Promise.all([cpu(), graphics(), system(), osInfo()]);
const inventory = inventoryOf({ cpu: processor, memoryBytes: totalmem(), controllers, system: maker, os });
process.stdout.write(JSON.stringify(inventory));
