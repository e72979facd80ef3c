/** A machine of the fleet, which says how it does at its stats port. */
export interface FleetWorker {
  readonly id: number;
  readonly participantId: number;
  readonly name: string;
  readonly instanceNumber: number;
  readonly host: string;
  readonly statsPort: number;
  /** Of its confidential virtual machine, where it says one. */
  readonly cid?: number;
  /** Millionths: 1,000,000 is what everybody asks. */
  readonly priceCoefficient: number;
  readonly isActive: boolean;
  /** A node of this network that is a worker without set-up. */
  readonly nodeId?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What may be changed of a worker. */
export type WorkerChange = Partial<Pick<FleetWorker, 'name' | 'isActive' | 'priceCoefficient' | 'host' | 'statsPort'>>;

/** Source: contract/cocoon.md, "instance port 12000 + 10·instance". */
const FIRST_STATS_PORT = 12_000;
const PORTS_OF_AN_INSTANCE = 10;

/** Where an instance says how it does, when nobody names another port. */
export function defaultStatsPort(instanceNumber: number): number {
  return FIRST_STATS_PORT + PORTS_OF_AN_INSTANCE * instanceNumber;
}
