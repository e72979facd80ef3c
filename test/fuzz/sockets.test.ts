import { describeSockets } from './socket-suite.ts';
import { plainRun } from './settings.ts';

describeSockets(plainRun());
