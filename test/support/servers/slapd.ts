import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { freePort } from '../application/process.js';

const run = promisify(execFile);
const SLAPD = '/usr/sbin/slapd';

/** Whether suites can have a directory server; scripts/test-servers.mjs installs one. */
export const HAS_SLAPD = existsSync(SLAPD) && existsSync('/etc/ldap/schema/inetorgperson.schema');

export const BASE = 'dc=example,dc=test';
/** Reads everything, as much as it likes. */
export const READER = { dn: `cn=reader,${BASE}`, password: 'reader-secret' };
/** Is given 10 entries at a time. */
export const LIMITED = { dn: `cn=limited,${BASE}`, password: 'limited-secret' };

/** A running directory server. */
export interface Slapd {
  readonly port: number;
  /** `ldap://127.0.0.1:<port>` */
  readonly uri: string;
  /** `ldaps://127.0.0.1:<port>`; answers with TLS only. */
  readonly tlsUri: string;
  /** Ends it, so that connections to it are refused. */
  stop(): Promise<void>;
  /** Runs it again, on the same ports, with the same entries. */
  start(): Promise<void>;
  /** Ends it, and removes its files. */
  remove(): Promise<void>;
}

export interface SlapdOptions {
  /** Entries beside the base and the two accounts. */
  readonly ldif: string;
  /** A bind with a name and no password succeeds, as nobody. */
  readonly allowsEmptyPasswords?: boolean;
  /** Without one it speaks no TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly authority: string };
}

/** Starts a server of its own, on loopback, on files of its own. */
export async function givenSlapd({ ldif, tls, allowsEmptyPasswords = false }: SlapdOptions): Promise<Slapd> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-slapd-'));
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'ad.schema'), AD_SCHEMA);
  const config = join(folder, 'slapd.conf');
  const leniency = allowsEmptyPasswords ? ['allow bind_anon_cred', 'allow bind_anon_dn'] : [];
  await writeFile(config, configuration(folder, tls, leniency));
  const entries = join(folder, 'entries.ldif');
  await writeFile(entries, `${BASE_ENTRIES}\n${ldif}`);
  await run('/usr/sbin/slapadd', ['-q', '-f', config, '-l', entries]);

  const [port, tlsPort] = await Promise.all([freePort(), freePort()]);
  const uri = `ldap://127.0.0.1:${port}`;
  const tlsUri = `ldaps://127.0.0.1:${tlsPort}`;
  let server: ChildProcess | null = null;
  const start = async () => {
    const child = spawn(SLAPD, ['-f', config, '-h', tls ? `${uri} ${tlsUri}` : uri, '-d', '0'], {
      stdio: 'ignore',
    });
    server = child;
    await answering(port, child);
  };
  const stop = async () => {
    const child = server;
    server = null;
    if (!child || child.exitCode !== null) return;
    const end = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await end;
  };
  await start();
  return {
    port,
    uri,
    tlsUri,
    start,
    stop,
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server that takes connections and never says a word. */
export async function givenSilentServer(): Promise<{ uri: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    uri: `ldap://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Stands between a client and a server, and can cut what the server says. */
export interface Relay {
  readonly uri: string;
  /** From now on, so many bytes of what a server says get through, and nothing more; connections stay open. */
  cutAfter(bytes: number): void;
  /** Everything gets through again, on new connections. */
  mend(): void;
  close(): Promise<void>;
}

export async function givenRelay(toPort: number): Promise<Relay> {
  let left = Number.POSITIVE_INFINITY;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(toPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, left));
      left = Math.max(0, left - chunk.length);
    });
    upstream.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    uri: `ldap://127.0.0.1:${port}`,
    cutAfter: (bytes) => {
      left = bytes;
    },
    mend: () => {
      left = Number.POSITIVE_INFINITY;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One person as LDIF. */
export function personEntry(
  rdn: string,
  attributes: Readonly<Record<string, string | Buffer | readonly string[]>>,
): string {
  const lines = Object.entries({ objectClass: 'inetOrgPerson', sn: '-', cn: '-', ...attributes }).flatMap(
    ([name, value]) =>
      (Array.isArray(value) ? value : [value]).map(
        (one: string | Buffer) => `${name}:: ${Buffer.from(one as string).toString('base64')}`,
      ),
  );
  const dn = Buffer.from(`${rdn},ou=people,${BASE}`).toString('base64');
  return [`dn:: ${dn}`, ...lines, ''].join('\n');
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (child.exitCode !== null) throw new Error(`slapd ended with ${child.exitCode}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await pause(50);
  }
  throw new Error('slapd does not answer');
}

function configuration(folder: string, tls: SlapdOptions['tls'], leniency: readonly string[]): string {
  const schemas = ['core', 'cosine', 'inetorgperson'].map(
    (name) => `include /etc/ldap/schema/${name}.schema`,
  );
  return [
    ...schemas,
    `include ${join(folder, 'ad.schema')}`,
    ...leniency,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    ...(tls
      ? [
          `TLSCACertificateFile ${tls.authority}`,
          `TLSCertificateFile ${tls.certificate}`,
          `TLSCertificateKeyFile ${tls.key}`,
        ]
      : []),
    'database mdb',
    `suffix "${BASE}"`,
    `rootdn "cn=root,${BASE}"`,
    `directory ${join(folder, 'data')}`,
    'maxsize 268435456',
    'dbnosync',
    // Without the first, every search looks at every entry: it might be a referral.
    'index objectClass,uid,entryUUID,objectGUID eq',
    `limits dn.exact="${READER.dn}" size=unlimited`,
    `limits dn.exact="${LIMITED.dn}" size=10`,
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by * read',
    '',
  ].join('\n');
}

const BASE_ENTRIES = [
  [`dn: ${BASE}`, 'objectClass: domain', 'dc: example'],
  [`dn: ou=people,${BASE}`, 'objectClass: organizationalUnit', 'ou: people'],
  ...[READER, LIMITED].map(({ dn, password }) => [
    `dn: ${dn}`,
    'objectClass: organizationalRole',
    'objectClass: simpleSecurityObject',
    `cn: ${dn.slice(3, dn.indexOf(','))}`,
    `userPassword: ${password}`,
  ]),
]
  .map((lines) => `${lines.join('\n')}\n`)
  .join('\n');

/** What Active Directory has and OpenLDAP has not. */
const AD_SCHEMA = `
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID'
  EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName'
  EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.159 NAME 'accountExpires'
  EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.11.99.1 NAME 'adPerson' SUP top AUXILIARY
  MAY ( objectGUID $ sAMAccountName $ accountExpires ) )
`;
