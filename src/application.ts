import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server as HttpsServer } from 'node:https';

import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Logger } from 'pino';

import { AppModule } from './app.module.js';
import { shipAudit } from './composition/audit-shipping.js';
import { startDatabase } from './composition/database-servers.js';
import { type Installation, openInstallation } from './composition/installation.js';
import { type Settings, SettingsError } from './config/settings.js';
import { readTls } from './config/tls.js';
import { Envelopes } from './http/envelope/envelope.js';
import { Departure } from './http/ops/departure.js';
import { RouteCatalogue } from './http/ops/ops.controller.js';
import { LeanAdapter } from './http/server/lean-adapter.js';
import { LoginDoor } from './http/server/login-door.js';
import { StoredForwarding } from './http/server/stored-forwarding.js';
import { Keyring } from './keyring/keyring.js';
import { NestLog, createLog, levelOfNumber, linesOf } from './observability/log.js';
import { ClockLog } from './observability/clock-log.js';
import { DeliveryLog } from './observability/delivery-log.js';
import { RemoteLog } from './observability/remote-log.js';
import { DirectoryLog } from './observability/directory-log.js';
import { HeadsLog } from './observability/heads-log.js';
import { RetentionLog } from './observability/retention-log.js';
import { Metrics } from './observability/metrics.js';
import { RequestLog } from './observability/request-log.js';
import { TurnedAwayLog } from './observability/turned-away-log.js';
import { ShippingLog } from './observability/shipping/shipping-log.js';

/**
 * The whole server, not listening yet. `app.close()` finishes running requests, then what they left to commit, and stops the
 * embedded database last.
 *
 * @throws with a message for an operator when settings, keyring, schema or database do not allow a start
 */
export async function createApplication(
  settings: Settings,
  log: Logger = createLog(settings.logLevel),
): Promise<INestApplication> {
  // What can be wrong without the database is found before it is started.
  const tls = readTls(settings);
  const operatorToken = await readOperatorToken(settings);
  const database = await startDatabase(settings, (level, message) => log[level](message));
  let installation: Installation | undefined;
  try {
    const metrics = new Metrics({
      configurationVersion: () => installation?.configuration.current().version ?? 0,
      unrecordedMisses: () => installation?.misses.counted ?? 0,
      waitingLogins: () => installation?.pressure.waiting ?? 0,
      loginWaitSeconds: () => (installation?.pressure.expectedWaitMs ?? 0) / 1000,
    });
    installation = await openInstallation({
      settings,
      database,
      observer: metrics,
      directoryObserver: new DirectoryLog(log, metrics),
      deliveryObserver: new DeliveryLog(log, metrics),
      clockObserver: new ClockLog(log, metrics),
      headsObserver: new HeadsLog(log),
      retentionObserver: new RetentionLog(log),
      remoteObserver: new RemoteLog(log, metrics),
      recordObserver: shipAudit(settings, new ShippingLog(log, metrics), linesOf(log)),
      surroundings: {
        isTerminal: process.stdout.isTTY,
        write: (text) => process.stdout.write(text),
        log: (message) => log.info(message),
      },
    });
    const { configuration, hostNames, heads, pressure, clockWatch } = installation;
    await clockWatch.start();
    await heads.start();
    installation.retention.start();
    configuration.observe(({ settings: stored }) => {
      log.level = stored.logLevel === null ? settings.logLevel : levelOfNumber(stored.logLevel);
    });
    const forwarding = new StoredForwarding(
      () => configuration.current().settings,
      hostNames,
      settings.takesClientFromParameter,
    );
    const requestLog = new RequestLog(log, metrics);
    const turnedAwayLog = new TurnedAwayLog(log, metrics);
    const adapter = new LeanAdapter(settings.trustedProxies, requestLog, forwarding);
    const app = await NestFactory.create(AppModule.with({ installation, metrics, operatorToken }), adapter, {
      bodyParser: false,
      logger: new NestLog(log),
      abortOnError: false,
      ...(tls && { httpsOptions: { cert: tls.cert, key: tls.key } }),
    });
    adapter.door = new LoginDoor({
      routes: app.get(RouteCatalogue).routes,
      isTooFull: () => pressure.isTooHigh(),
      envelopes: app.get(Envelopes),
      errorIds: () => configuration.current().settings.httpErrorIds,
      turnedAway: (route) => turnedAwayLog.turnedAway(route),
    });
    return app;
  } catch (error) {
    if (installation) await installation.close().catch(() => undefined);
    else await database.release().catch(() => undefined);
    throw error;
  }
}

/**
 * Lets load balancers take this node out before it closes: for so long it says that it is not ready, and serves everybody; then it
 * takes no new connections, and leaves open ones as long again to their other ends.
 */
export async function leaveSlowly(app: INestApplication, seconds: number): Promise<void> {
  app.get(Departure).announce();
  await delay(seconds * 1000);
  const adapter = app.getHttpAdapter() as unknown as LeanAdapter;
  const patience = new AbortController();
  const patient = delay(seconds * 1000, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([adapter.leaveConnections(), patient]);
  patience.abort();
}

/**
 * Serves new connections with the certificate as it is now; the old one stays where the files are not sound.
 * @returns whether there is a certificate at all @throws SettingsError
 */
export function reloadTls(app: INestApplication, settings: Settings): boolean {
  const tls = readTls(settings);
  if (tls) (app.getHttpServer() as HttpsServer).setSecureContext(tls);
  return tls !== null;
}

/** Takes up keys that were added to the keyring; it forgets none before the next start. @returns how many @throws KeyringError */
export function reloadKeyring(app: INestApplication): number {
  return app.get(Keyring).refresh();
}

async function readOperatorToken({ metricsTokenFile: file }: Settings): Promise<string | null> {
  if (file === null) return null;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new SettingsError('TWINLOCK_METRICS_TOKEN_FILE', `cannot be read: ${file}`, { cause });
  }
}
