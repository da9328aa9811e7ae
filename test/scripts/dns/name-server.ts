// A real name server in a directory of its own, BIND 9 or Knot from Debian's packages: on 127.0.0.1 and ports that were free, or in
// a network namespace of a farm.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const ZONE = 'web.example.org';
export const NAME = 'www.web.example.org';

/** As operators write them. */
export const ZONE_TEXT = `; the web farm
$TTL 1h
@   IN SOA ns1 hostmaster (
       100 ; serial
       1h 10m 1w 5m )
    IN NS  ns1
ns1 IN A   127.0.0.1
www 30 IN A 10.77.0.101
mail IN MX 10 ns1 ; stays
`;

/** Where it runs. `prefix`: what a command becomes one of that namespace by. */
export interface Place {
  readonly address: string;
  readonly prefix: readonly string[];
  /** For DNS, and for the server's own tool; absent: whatever is free. */
  readonly ports?: readonly [number, number];
}

const HERE: Place = { address: '127.0.0.1', prefix: [] };

export abstract class NameServer {
  readonly place: Place;
  readonly directory = mkdtempSync(join(tmpdir(), 'raisd-ns-'));
  readonly zoneFile = join(this.directory, 'web.zone');
  readonly keyFile = join(this.directory, 'update.key');
  readonly secret = randomBytes(32).toString('base64');
  port = 0;
  protected abstract readonly program: string;
  protected abstract readonly startedLine: RegExp;
  protected controlPort = 0;
  #child: ChildProcess | null = null;

  constructor(place: Place = HERE) {
    this.place = place;
  }

  /** The configuration and the arguments. */
  protected abstract configure(): readonly string[];

  async prepare(zoneText = ZONE_TEXT): Promise<this> {
    writeFileSync(this.zoneFile, zoneText);
    this.#write('update.key', `${this.secret}\n`);
    [this.port, this.controlPort] = this.place.ports ?? (await Promise.all([freePort(), freePort()]));
    return this;
  }

  protected write(name: string, text: string): string {
    return this.#write(name, text);
  }

  #write(name: string, text: string): string {
    const file = join(this.directory, name);
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    return file;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const [program = '', ...words] = [...this.place.prefix, this.program, ...this.configure()];
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface(stream).on('line', (line) => {
          said.push(line);
          if (this.startedLine.test(line)) resolve();
        });
      child.once('exit', () => {
        reject(new Error(`${this.program} ended:\n${said.join('\n')}`));
      });
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** What dig says, sorted: `10.77.0.101`. With `ttl`: `30 10.77.0.101`. */
  async dig(options: { ttl?: boolean; name?: string; type?: string } = {}): Promise<string[]> {
    const { ttl = false, name = NAME, type } = options;
    const types = type === undefined ? ['A', 'AAAA'] : [type];
    const answers = await Promise.all(
      types.map(async (each) => {
        const [program = '', ...words] = [...this.place.prefix, 'dig'];
        const { stdout } = await run(program, [
          ...words,
          `@${this.place.address}`,
          '-p',
          String(this.port),
          '+noall',
          '+answer',
          '+tries=1',
          '+time=2',
          name,
          each,
        ]);
        return stdout.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
      }),
    );
    return answers
      .flat()
      .map((line) => line.split(/\s+/))
      .map(([, seconds = '', , , ...data]) => (ttl ? `${seconds} ${data.join(' ')}` : data.join(' ')))
      .sort();
  }
}

export class Bind extends NameServer {
  protected readonly program = 'named';
  protected readonly startedLine = / running$/;
  readonly rndcConfiguration = join(this.directory, 'rndc.conf');
  /** What `raisd` runs to tell it of a new file. */
  readonly notify = ['rndc', '-c', this.rndcConfiguration, 'reload', ZONE];
  readonly #takesUpdates: boolean;

  constructor(takesUpdates: boolean, place: Place = HERE) {
    super(place);
    this.#takesUpdates = takesUpdates;
  }

  protected configure(): readonly string[] {
    const key = `key "control" { algorithm hmac-sha256; secret "${this.secret}"; };`;
    const file = this.write(
      'named.conf',
      `${key}
key "raisd" { algorithm hmac-sha256; secret "${this.secret}"; };
controls { inet 127.0.0.1 port ${String(this.controlPort)} allow { 127.0.0.1; } keys { "control"; }; };
options {
  directory "${this.directory}"; pid-file none; session-keyfile none; recursion no; dnssec-validation no;
  listen-on port ${String(this.port)} { ${this.place.address}; }; listen-on-v6 { none; }; empty-zones-enable no;
};
zone "${ZONE}" {
  type primary; file "${this.zoneFile}";
  ${this.#takesUpdates ? `update-policy { grant raisd name ${NAME}. A AAAA; };` : ''}
};
`,
    );
    this.write(
      'rndc.conf',
      `${key}\noptions { default-server 127.0.0.1; default-port ${String(this.controlPort)}; default-key "control"; };\n`,
    );
    return ['-g', '-n', '1', '-c', file];
  }
}

export class Knot extends NameServer {
  protected readonly program = 'knotd';
  protected readonly startedLine = /server started/;
  readonly socket = join(this.directory, 'knot.sock');

  protected configure(): readonly string[] {
    return [
      '-c',
      this.write(
        'knot.conf',
        `server:
    rundir: "${this.directory}"
    listen: ${this.place.address}@${String(this.port)}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "${this.socket}"
log:
  - target: stderr
    any: info
database:
    storage: "${this.directory}"
key:
  - id: raisd
    algorithm: hmac-sha256
    secret: ${this.secret}
acl:
  - id: update
    key: raisd
    action: update
    update-type: [A, AAAA]
zone:
  - domain: ${ZONE}
    file: "${this.zoneFile}"
    acl: update
    zonefile-sync: -1
    journal-content: all
    zonefile-load: difference
`,
      ),
    ];
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export const textOf = (file: string): string => readFileSync(file, 'utf8');
