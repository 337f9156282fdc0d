import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { freePort } from '../application/process.js';
import { givenAuthority } from './test-authority.js';

const NGINX = '/usr/sbin/nginx';
/** What we tell others to use. */
const PATTERN = new URL('../../../deploy/nginx.conf', import.meta.url).pathname;
const POLL_MS = 10;

/** Whether suites can have a reverse proxy; scripts/test-servers.mjs installs one. */
export const HAS_NGINX = existsSync(NGINX);

/** A running nginx in front of nodes, by `deploy/nginx.conf`. */
export interface Nginx {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** Whoever trusts this certificate (PEM) trusts the server. */
  readonly authority: string;
  /** All that it logged: what was answered, and what went wrong. */
  logged(): Promise<string>;
  /** Ends it, and removes its files. */
  remove(): Promise<void>;
}

/**
 * Starts a server of its own, on loopback, on files of its own. Of the pattern, only addresses and paths are others.
 * @param nodes their ports
 */
export async function givenNginx(nodes: readonly number[]): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-nginx-'));
  // Its workers are another user's.
  await chmod(folder, 0o755);
  const authority = await givenAuthority(folder);
  const pair = await authority.issue('nginx', 'IP:127.0.0.1');
  const port = await freePort();
  await writeFile(join(folder, 'site.conf'), await siteFor(nodes, port, folder, pair));
  await writeFile(join(folder, 'nginx.conf'), surroundings(folder));
  const child = spawn(
    NGINX,
    ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'main.log')],
    {
      stdio: 'ignore',
    },
  );
  const logs = ['twinlock.log', 'twinlock-error.log', 'main.log'].map((name) => join(folder, name));
  const logged = async () => {
    const texts = await Promise.all(logs.map((file) => readFile(file, 'utf8').catch(() => '')));
    return texts.join('');
  };
  while (!existsSync(join(folder, 'pid'))) {
    if (child.exitCode !== null) throw new Error(`nginx does not start:\n${await logged()}`);
    await pause(POLL_MS);
  }
  return {
    url: `https://127.0.0.1:${port}`,
    authority: await readFile(authority.file, 'utf8'),
    logged,
    remove: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function siteFor(
  nodes: readonly number[],
  port: number,
  folder: string,
  pair: { readonly certificate: string; readonly key: string },
): Promise<string> {
  const places = nodes.map((node) => `server 127.0.0.1:${node}$<rest>`).join('\n  ');
  const changes: readonly (readonly [RegExp, string])[] = [
    [/server 10\.0\.0\.11:5001(?<rest>.*)\n\s*server 10\.0\.0\.12:5001\k<rest>/, places],
    [/listen 443 /, `listen 127.0.0.1:${port} `],
    [/\/etc\/nginx\/tls\/twinlock\.pem/, pair.certificate],
    [/\/etc\/nginx\/tls\/twinlock\.key/, pair.key],
    [/\/var\/log\/nginx\/twinlock\.log/, join(folder, 'twinlock.log')],
    [/\/var\/log\/nginx\/twinlock-error\.log/, join(folder, 'twinlock-error.log')],
  ];
  return changes.reduce(
    (text, [what, by]) => {
      if (!what.test(text)) throw new Error(`deploy/nginx.conf has nothing like ${what.source}`);
      return text.replace(what, by);
    },
    await readFile(PATTERN, 'utf8'),
  );
}

/** What Debian's own nginx.conf puts around a site, as far as it matters. */
function surroundings(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return [
    'daemon off;',
    `pid ${join(folder, 'pid')};`,
    'worker_processes 2;',
    'events { worker_connections 1024; }',
    'http {',
    ...temporary.map((name) => `  ${name}_temp_path ${join(folder, name)};`),
    `  include ${join(folder, 'site.conf')};`,
    '}',
    '',
  ].join('\n');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
