import { setFlagsFromString } from 'node:v8';

import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';

import { createApplication, leaveSlowly, reloadKeyring, reloadTls } from './application.js';
import { type Settings, SettingsError, readSettings } from './config/settings.js';
import { createLog } from './observability/log.js';

/** Starts the server and serves until SIGINT or SIGTERM. */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  // V8 lets a heap of 40 MB grow to three times that before it looks for what logins have left behind; so it is
  // half as much, at hardly more CPU.
  setFlagsFromString('--heap-growing-percent=50');
  let settings: Settings;
  try {
    settings = readSettings(env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  const log = createLog(settings.logLevel);
  for (const notice of settings.notices) log.warn(notice);
  const stop = stopOnSignal(log, settings);
  let app: INestApplication | undefined;
  try {
    app = await createApplication(settings, log);
    if (stop.isWanted) {
      await app.close();
      return;
    }
    await app.listen(settings.port, settings.host);
    stop.stops(app);
    reloadOnHangup(app, settings, log);
    log.info({ url: await app.getUrl() }, 'ready');
  } catch (error) {
    log.debug({ err: error }, 'why it cannot start');
    log.fatal(`cannot start: ${messagesOf(error)}`);
    process.exitCode = 1;
    // Perhaps everything stands but the port: the embedded database must not be left behind.
    await app?.close().catch(() => undefined);
  }
}

/** An operator reads what is wrong, and what was behind it; stacks are for debugging. */
function messagesOf(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) messages.push(cause.message);
  return messages.join(': ') || 'unknown error';
}

function reloadOnHangup(app: INestApplication, settings: Settings, log: Logger): void {
  process.on('SIGHUP', () => {
    try {
      const isReloaded = reloadTls(app, settings);
      log.info(isReloaded ? 'certificate read again' : 'no certificate to read again');
    } catch (error) {
      log.error({ err: error }, 'the new certificate is not sound; the old one stays');
    }
    try {
      log.info({ newKeys: reloadKeyring(app) }, 'keyring read again');
    } catch (error) {
      log.error({ err: error }, 'the keyring is not sound; the keys that are known stay');
    }
  });
}

// Ctrl-C under npm comes twice: from the terminal, and passed on by npm.
const ECHO_MS = 500;

/** A first signal finishes what runs; a second one does not wait for it. */
function stopOnSignal(log: Logger, { drainSeconds }: Settings) {
  let app: INestApplication | null = null;
  let isWanted = false;
  let wantedSince = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isWanted) {
      if (performance.now() - wantedSince > ECHO_MS) process.exit(1);
      return;
    }
    isWanted = true;
    wantedSince = performance.now();
    const isSlow = signal === 'SIGTERM' && drainSeconds > 0;
    if (isSlow) log.info({ signal, drainSeconds }, 'stopping: load balancers are told first');
    else log.info({ signal }, 'stopping: running requests are finished');
    void close(isSlow);
  };
  const close = async (isSlow = false) => {
    try {
      if (isSlow && app) await leaveSlowly(app, drainSeconds);
      await app?.close();
      log.info('stopped');
    } catch (error) {
      log.error({ err: error }, 'not everything could be closed');
      process.exitCode = 1;
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    get isWanted() {
      return isWanted;
    },
    stops(started: INestApplication) {
      app = started;
      if (isWanted) void close();
    },
  };
}
