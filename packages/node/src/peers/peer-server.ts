import {
  logVerbosity,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import { MAX_PEER_MESSAGE_BYTES, type PeerIdentity, type PeerService } from './peer-service.ts';
import type { PeerCredentials } from './peer-credentials.ts';

export interface PeerServerOptions {
  readonly host: string;
  readonly port: number;
  readonly credentials: PeerCredentials;
  readonly service: PeerService;
  readonly identity: () => PeerIdentity;
  /** Told of every call. */
  readonly onCall: () => void;
}

/** Answers other nodes, which must show a certificate of the same network. */
export interface PeerServer {
  close(): Promise<void>;
}

// What fails is told to whoever calls, and logged there; stderr is not for a library.
setLogVerbosity(logVerbosity.NONE);

/** @throws {Error} when the port is taken */
export async function openPeerServer(options: PeerServerOptions): Promise<PeerServer> {
  const { host, port, credentials, service, identity, onCall } = options;
  const server = new Server({ 'grpc.max_receive_message_length': MAX_PEER_MESSAGE_BYTES });
  const answer = <O>(make: () => O) => {
    return (call: ServerUnaryCall<unknown, O>, reply: sendUnaryData<O>): void => {
      onCall();
      // The certificate was checked in the handshake; without one there is no call.
      if (call.getAuthContext().sslPeerCertificate === undefined) reply({ code: status.UNAUTHENTICATED });
      else reply(null, make());
    };
  };
  server.addService(service, { Identify: answer(identity), Ping: answer(() => ({})) });
  const keys = [{ private_key: credentials.key, cert_chain: credentials.certificate }];
  await bind(server, `${bracketed(host)}:${port}`, ServerCredentials.createSsl(credentials.authority, keys, true));
  return {
    close: () =>
      new Promise((resolve) => {
        server.forceShutdown();
        setImmediate(resolve);
      }),
  };
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error) => (error ? reject(error) : resolve()));
  });
}

/** An IPv6 address as it stands before a port. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
