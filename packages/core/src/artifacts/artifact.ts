/** What the network knows of a file that it keeps for an account. */
interface KeptFile {
  readonly id: string;
  readonly accountId: string;
  /** Of its content, in lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly createdAt: Date;
  /** It is removed some time after this. */
  readonly expiresAt: Date;
}

/** An archive that a client has handed in for its jobs. */
export interface Bundle extends KeptFile {
  readonly kind: 'bundle';
}

/** A file that a job has made. */
export interface OutputFile extends KeptFile {
  readonly kind: 'output';
  /** Nothing but chance: whoever knows it may read the file. */
  readonly id: string;
  /** A relative path. */
  readonly name: string;
  readonly jobId: string;
  /** The lease under which it was made. */
  readonly epoch: number;
  /** Whether its job has completed under that lease; until then the file may yet be for nothing. */
  readonly isFinal: boolean;
}

export type Artifact = Bundle | OutputFile;

/** One account has one bundle of one content. */
export function bundleId(accountId: string, sha256: string): string {
  return `bundle ${accountId} ${sha256}`;
}
