import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freeUdpPort } from './given-radius-server.js';

const FREERADIUS = '/usr/sbin/freeradius';

/** Whether suites can have a FreeRADIUS; scripts/test-servers.mjs installs one. */
export const HAS_FREERADIUS = existsSync(FREERADIUS);

export const RADIUS_SECRET = 's3cret & more';

/** A running FreeRADIUS. It knows `anna` by `right`, asks her for a code after `pin`, and takes `code` for that. */
export interface FreeRadius {
  readonly port: number;
  /** As `port`, but for clients of old: its answers have no Message-Authenticator. */
  readonly oldPort: number;
  remove(): Promise<void>;
}

/** Starts a server of its own, on loopback, on files of its own. */
export async function givenFreeRadius(): Promise<FreeRadius> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-freeradius-'));
  const [port, oldPort] = await Promise.all([freeUdpPort(), freeUdpPort()]);
  await writeFile(join(folder, 'radiusd.conf'), configuration(folder, port, oldPort));
  const options = ['-f', '-l', 'stdout', '-d', folder, '-D', '/usr/share/freeradius'];
  await checked(options);
  const server = spawn(FREERADIUS, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  await ready(server);
  return {
    port,
    oldPort,
    remove: async () => {
      const end = new Promise((resolve) => server.once('exit', resolve));
      if (server.exitCode === null && server.kill('SIGTERM')) await end;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is wrong with the configuration is told before the start. */
function checked(options: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(FREERADIUS, ['-C', ...options], (error, stdout) =>
      error ? reject(new Error(stdout)) : resolve(),
    );
  });
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ready to process requests')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`freeradius ended with ${code}: ${said}`)));
  });
}

function configuration(folder: string, port: number, oldPort: number): string {
  return `
name = radiusd
libdir = /usr/lib/freeradius
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/radiusd.pid
log {
  destination = stdout
}
security {
  reject_delay = 0
}
client loopback {
  ipaddr = 127.0.0.1
  secret = "${RADIUS_SECRET}"
  require_message_authenticator = yes
}
modules {
  always handled {
    rcode = handled
  }
  always reject {
    rcode = reject
  }
}
${site('new', port, 'update reply { Message-Authenticator := 0x00 }')}
${site('old', oldPort, '')}
`;
}

function site(name: string, port: number, proof: string): string {
  return `
server ${name} {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    if (&NAS-Identifier != "LinOTP") {
      reject
    }
    if (&User-Name == "anna" && &User-Password == "right") {
      update control { Auth-Type := Accept }
    }
    elsif (&User-Name == "anna" && &User-Password == "pin" && !&State) {
      update reply {
        State := 0x00ff20
        Reply-Message := "Enter the "
        Reply-Message += "code"
      }
      ${proof}
      update control { Response-Packet-Type := Access-Challenge }
      handled
    }
    elsif (&User-Name == "anna" && &User-Password == "code" && &State == 0x00ff20) {
      update control { Auth-Type := Accept }
    }
    else {
      reject
    }
  }
  post-auth {
    ${proof}
    Post-Auth-Type REJECT {
      ${proof}
    }
  }
}
`;
}
