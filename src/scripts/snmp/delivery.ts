// One notification to one sink, over net-snmp: a trap is sent, an inform is sent and confirmed.

import { isIPv6 } from 'node:net';
import type { Session, SessionOptions, User } from 'net-snmp';
import type { SnmpSink } from '../../config/configuration.js';
import { messageOf } from '../../log/error-message.js';
import type { Engine } from './engine.js';
import { snmpLibrary } from './library.js';
import type { NotificationPdu } from './varbinds.js';

export interface Delivery {
  /** Null: it was sent, and confirmed if it is an inform. Otherwise why not. Never rejects. One at a time. */
  deliver(pdu: NotificationPdu, upTime: number): Promise<string | null>;
  close(): void;
}

/** How long a confirmation is waited for. */
export const CONFIRM_MS = 2000;

export function openDelivery(sink: SnmpSink, engine: Engine): Delivery {
  let session: Session | null = null;
  const opened = (): Session => (session ??= openSession(sink, engine));
  const close = (): void => {
    session?.close();
    session = null;
  };
  return {
    close,
    async deliver({ oid, varbinds }, upTime) {
      const answered = new Promise<Error | null>((resolve) => {
        opened()[sink.inform ? 'inform' : 'trap'](oid, varbinds, { upTime }, resolve);
      });
      const error = await answered.catch((thrown: unknown) => new Error(messageOf(thrown)));
      // The sink may have been started anew, as another engine: a new session learns that, an old one would not.
      if (error !== null) close();
      return error === null ? null : failureText(error);
    },
  };
}

function openSession(sink: SnmpSink, engine: Engine): Session {
  const { Session, Version2c, Version3 } = snmpLibrary();
  const { address, port } = sink.host;
  const options: SessionOptions = {
    version: sink.version === '3' ? Version3 : Version2c,
    transport: isIPv6(address) ? 'udp6' : 'udp4',
    port,
    trapPort: port,
    retries: 0,
    timeout: CONFIRM_MS,
    engineID: engine.id,
  };
  const session = new Session(address, credentials(sink), options);
  tellEngine(session, engine);
  // Something that is no answer to us. Whoever waits for one hears of it by its absence.
  session.on('error', () => undefined);
  return session;
}

/** The sender of a trap is the engine that counts (RFC 3414 1.5.1); the library puts zeros for its starts and its time. */
function tellEngine(session: Session, engine: Engine): void {
  const send = session.send.bind(session);
  session.send = (request, noWait) => {
    const parameters = request.message.msgSecurityParameters;
    // Not waited for: a trap.
    if (noWait === true && parameters !== undefined) {
      parameters.msgAuthoritativeEngineBoots = engine.boots();
      parameters.msgAuthoritativeEngineTime = engine.time();
    }
    return send(request, noWait);
  };
}

const AUTH = { sha: 'sha', sha256: 'sha256', sha512: 'sha512' } as const;
/** Keys of 256 bits out of SHA-1 are made as Net-SNMP's AES-256 makes them (Blumenthal's draft). */
const PRIVACY = { aes: 'aes', aes256: 'aes256b' } as const;

function credentials({ version, community, user, auth, privacy }: SnmpSink): string | User {
  if (version === '2c') return community ?? '';
  const { SecurityLevel, AuthProtocols, PrivProtocols } = snmpLibrary();
  const name = user ?? '';
  if (auth === null) return { name, level: SecurityLevel.noAuthNoPriv };
  const known = { name, authProtocol: AuthProtocols[AUTH[auth.protocol]], authKey: auth.passphrase };
  if (privacy === null) return { ...known, level: SecurityLevel.authNoPriv };
  return {
    ...known,
    level: SecurityLevel.authPriv,
    privProtocol: PrivProtocols[PRIVACY[privacy.protocol]],
    privKey: privacy.passphrase,
  };
}

function failureText(error: Error & { readonly code?: unknown }): string {
  if (error.name === 'RequestTimedOutError') return `not confirmed within ${String(CONFIRM_MS / 1000)} s`;
  if (typeof error.code === 'string') return `cannot send: ${error.code}`;
  return `refused: ${error.message}`;
}
