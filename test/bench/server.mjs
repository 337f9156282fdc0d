import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = new URL('../../dist/src/main.js', import.meta.url).pathname;
const PASSWORD = 'bench-administrator';
const CLOCK_TICKS = 100;

/** A server on a free port, with an administrator's session. @param {Record<string, string>} env beside the usual */
export async function startServer(env) {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-bench-'));
  writeFileSync(join(folder, 'password'), PASSWORD, { mode: 0o600 });
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      TWINLOCK_DATA: folder,
      TWINLOCK_ADMIN_PASSWORD_FILE: join(folder, 'password'),
      TWINLOCK_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await readyUrl(child);
  const { admin, metrics } = await adminSession(url);
  return {
    metrics,
    url,
    port: Number(new URL(url).port),
    admin,
    /** CPU seconds that the process has used, all threads. */
    cpuSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
      return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every line is a record; the one that says `ready` has the address. */
async function readyUrl(child) {
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    const line = text.split('\n').find((candidate) => candidate.includes('"msg":"ready"'));
    if (!line) continue;
    // Read on, so that its log does not fill the pipe.
    child.stdout.resume();
    return JSON.parse(line).url;
  }
  throw new Error(`the server did not start:\n${text}`);
}

async function adminSession(url) {
  const login = await fetch(`${url}/admin/login`, {
    method: 'POST',
    body: new URLSearchParams({ username: 'admin', password: PASSWORD }),
  });
  const cookies = login.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  const csrf = cookies.find((cookie) => cookie.startsWith('csrf_access_token='))?.split('=')[1] ?? '';
  const admin = async (path, form) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { cookie: cookies.join('; '), 'x-csrf-token': csrf },
      body: new URLSearchParams(form),
    });
    const body = await answer.json();
    if (body.result?.status !== true) throw new Error(`${path}: ${JSON.stringify(body)}`);
    return body;
  };
  /** Batches committed so far, and the records in them. */
  const metrics = async () => {
    const text = await (await fetch(`${url}/metrics`, { headers: { cookie: cookies.join('; ') } })).text();
    const sum = (name) =>
      [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))].reduce(
        (all, [, n]) => all + Number(n),
        0,
      );
    return { commits: sum('twinlock_commit_records_count'), records: sum('twinlock_commit_records_sum') };
  };
  return { admin, metrics };
}
