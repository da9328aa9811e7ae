// What is used of net-snmp 3.29. The types published for it are of an older version and leave out `send`.

declare module 'net-snmp' {
  export interface Varbind {
    readonly oid: string;
    readonly type: number;
    readonly value: string | number | Buffer;
  }

  export interface User {
    readonly name: string;
    readonly level: number;
    readonly authProtocol?: number;
    readonly authKey?: string;
    readonly privProtocol?: number;
    readonly privKey?: string;
  }

  export interface SessionOptions {
    readonly version: number;
    readonly transport: 'udp4' | 'udp6';
    /** Where requests go: the second message of an inform in version 3, after the discovery. */
    readonly port: number;
    /** Where traps, informs and discoveries go. */
    readonly trapPort: number;
    readonly retries: number;
    /** Milliseconds. */
    readonly timeout: number;
    readonly engineID: Buffer;
  }

  export interface SecurityParameters {
    msgAuthoritativeEngineBoots: number;
    msgAuthoritativeEngineTime: number;
  }

  export interface OutgoingRequest {
    readonly message: { readonly msgSecurityParameters?: SecurityParameters };
  }

  type Answered = (error: Error | null) => void;
  /** `upTime`: sysUpTime in hundredths of a second, not 0. */
  interface NotificationOptions {
    readonly upTime: number;
  }

  /** Emits `error` on what arrives and cannot be read. */
  export class Session {
    constructor(target: string, authenticator: string | User, options: SessionOptions);
    trap(oid: string, varbinds: readonly Varbind[], options: NotificationOptions, answered: Answered): this;
    inform(oid: string, varbinds: readonly Varbind[], options: NotificationOptions, answered: Answered): this;
    send: (request: OutgoingRequest, noWait?: boolean) => Session;
    on(event: 'error', listener: (error: Error) => void): this;
    close(): this;
  }

  export const Version2c: number;
  export const Version3: number;
  export const SecurityLevel: {
    readonly noAuthNoPriv: number;
    readonly authNoPriv: number;
    readonly authPriv: number;
  };
  export const AuthProtocols: { readonly sha: number; readonly sha256: number; readonly sha512: number };
  export const PrivProtocols: { readonly aes: number; readonly aes256b: number };
}
