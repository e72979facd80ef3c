import type { Books } from '@plexus/core';
import { hostName, parseCredits } from '@plexus/protocol';
import type { Logger } from 'pino';
import type { ReaderLimits } from './feed/reader-gate.ts';
import type { SocketLimits } from './hub/socket-gate.ts';

export interface CoordinatorOptions {
  /** Folder of everything the coordinator keeps: database, keys. */
  readonly home: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly rateLimits: 'on' | 'off';
  readonly logger: Logger;
  readonly name?: string;
  /** A PostgreSQL database for the books, as `postgres://user:password@host:port/database`. */
  readonly database?: string;
  /** Books to use instead of the SQLite file in `home`. */
  readonly books?: Books;
  /** Ends the wait for another coordinator that still has the books. */
  readonly signal?: AbortSignal;
  /** Names under which the listener may be called besides its own addresses. */
  readonly allowedHosts?: readonly string[];
  /** The operator's share of a cost, in hundredths of a percent. */
  readonly feeBasisPoints?: number;
  /** Jobs of one key that may run or wait at once; 2,000 by default. */
  readonly maxJobsPerKey?: number;
  /** Jobs of everybody that may run or wait at once; 50,000 by default. */
  readonly maxOpenJobs?: number;
  /** Jobs of one service that may wait for a place at a node; 10,000 by default. */
  readonly maxWaiting?: number;
  /** Days for which the texts of jobs that ended are kept; for ever by default. */
  readonly keepJobsDays?: number;
  /**
   * Networks, addresses and names that URLs of clients may lead to although they are not public, and over plain http;
   * addresses and names also for one port, as `127.0.0.1:3000`.
   */
  readonly egressAllow?: readonly string[];
  /** Bounds of connections that no flag sets; the defaults are in docs/operations/limits.md. */
  readonly limits?: ConnectionLimits;
  /** How much of clients' and jobs' files is kept, and how long. */
  readonly artifacts?: {
    /** Bytes of all files; 20 GiB by default. */
    readonly maxBytes?: number;
    /** Bytes of one account's files; 2 GiB by default. */
    readonly maxAccountBytes?: number;
    /** Days after a bundle's last use or an output's making; 7 by default. */
    readonly keepDays?: number;
  };
  readonly fleet?: FleetOptions;
  /** Credits for an hour for which a node proves that it was up; by default 0.06 in local mode, else none. */
  readonly uptimeCreditsPerHour?: string;
  /** Credits of a new account; by default 1,000 in local mode, else 0. */
  readonly registerGrantCredits?: number;
}

/** How the fleet is looked after. */
interface FleetOptions {
  /** Of one address; 100 and 20 by default. */
  readonly readsPerMinute?: number;
  readonly writesPerMinute?: number;
  /** How often each worker is asked; 15,000 by default. */
  readonly pollEveryMs?: number;
}

/** What may be open or on its way at once. */
export interface ConnectionLimits extends SocketLimits, ReaderLimits {
  readonly maxRequests?: number;
  readonly maxUploadBytes?: number;
}

export interface RunningCoordinator {
  readonly url: string;
  readonly operatorKey: string;
  readonly operatorKeyIsNew: boolean;
  /** Where the books are, for people: a file, or a database without its password. */
  readonly booksPlace: string;
  /** Resolves when the books are lost to this process for good, so that only another one can go on. */
  readonly failed: Promise<Error>;
  /**
   * Lets what runs finish for a moment, then stops; everything accepted is on disk.
   *
   * @param drainMs that moment at most; by default 2 s
   */
  close(drainMs?: number): Promise<void>;
}

/** Source: contract/gemmanet.md, "register". */
const REGISTER_GRANT_CREDITS = 1000;

/** Where anybody may join, who does nothing must not be paid for it. */
const UPTIME_CREDITS_PER_HOUR = '0.06';

/** Micro-credits for an hour of uptime. */
export function uptimeRewardOf(options: CoordinatorOptions): bigint {
  return parseCredits(options.uptimeCreditsPerHour ?? (isLocal(options) ? UPTIME_CREDITS_PER_HOUR : '0'));
}

/**
 * Whether all who call are of this machine. Where a name is allowed that is not this machine's, a proxy hands on what
 * comes from elsewhere, and it comes from loopback too.
 */
export function isLocal({ host, allowedHosts = [] }: CoordinatorOptions): boolean {
  return [host, ...allowedHosts.map(hostName)].every(isLoopback);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Whole credits that a new account is given. */
export function registerGrantOf(options: CoordinatorOptions): number {
  return options.registerGrantCredits ?? (isLocal(options) ? REGISTER_GRANT_CREDITS : 0);
}
