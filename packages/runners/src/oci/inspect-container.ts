import { callJson, type EngineHttp } from './engine-http.ts';

/** What an engine says of a container, as far as it is looked at. Source: Docker Engine API, "ContainerInspect". */
export interface Inspected {
  readonly State?: { readonly Pid?: number; readonly OOMKilled?: boolean };
  readonly NetworkSettings?: {
    readonly Ports?: Readonly<Record<string, readonly { readonly HostPort?: string }[] | null>>;
  };
}

/** @throws {EngineError} */
export async function inspectContainer(http: EngineHttp, id: string, signal?: AbortSignal): Promise<Inspected> {
  return await callJson<Inspected>(http, { method: 'GET', path: `/containers/${id}/json`, signal });
}
