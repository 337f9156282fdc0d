import { createSecretKey, type KeyObject } from 'node:crypto';

import { type AuditContext, type AuditFacts, AuditTrail } from '@app/audit';
import { Clock } from '@app/kernel';
import {
  AdministratorStore,
  AdminSessions,
  Configuration,
  EMPTY_PROFILE,
  LegacySessions,
  LoginThrottle,
  PasswordCheck,
  UserDirectory,
} from '@app/realms';
import { TokenCounts } from '@app/tokens';
import { Global, type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';

import { readSettings, Settings } from '../../../src/config/settings.js';
import { TokenFileLimits } from '../../../src/http/envelope/parameters/token-file-limits.js';
import { EnvelopeModule } from '../../../src/http/envelope/envelope.module.js';
import { EnvelopeVersion, reply } from '../../../src/http/envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../../src/http/envelope/routes/legacy-controller.js';
import { OldClients } from '../../../src/http/envelope/routes/legacy-route.js';
import { LeanAdapter } from '../../../src/http/server/lean-adapter.js';
import { JwtKey } from '../../../src/http/session/jwt-key.js';
import { SessionModule, sessionControllers } from '../../../src/http/session/session.module.js';
import {
  AdminRealm,
  AdministratorsInMemory,
  AdminSessionsInMemory,
  LegacySessionsInMemory,
  LOCAL_RESOLVER,
  OneDirectory,
  PlainPasswords,
  ScriptedThrottle,
  STAFF_RESOLVER,
  START,
} from '../domain/administrators-in-memory.js';

export class FixedKey extends JwtKey {
  constructor(private readonly bytes = Buffer.alloc(32, 1)) {
    super();
  }

  key(): KeyObject {
    return createSecretKey(this.bytes);
  }
}

class TrailInMemory extends AuditTrail {
  readonly records: (AuditContext & AuditFacts)[] = [];

  append(context: AuditContext, facts: AuditFacts): Promise<void> {
    this.records.push({ ...context, ...facts });
    return Promise.resolve();
  }
}

/** A function that reads and one that changes, as the real controllers have them. */
@LegacyController('admin')
export class GuardedController {
  @Reads('show', { right: 'login' })
  show() {
    return reply('shown');
  }

  @Changes('init', { right: 'login' })
  init() {
    return reply('changed');
  }
}

/** Login, session and CSRF check behind a real HTTP server, with everything outside in memory. */
export class GivenSessions {
  readonly administrators = new AdministratorsInMemory();
  readonly passwords = new PlainPasswords();
  readonly directory = new OneDirectory({ anna: 'annapw' });
  readonly configuration = new AdminRealm(LOCAL_RESOLVER, STAFF_RESOLVER);
  readonly throttle = new ScriptedThrottle({ kind: 'charged', now: START, configurationVersion: 1 });
  readonly sessions = new AdminSessionsInMemory(START, this.administrators);
  readonly legacySessions = new LegacySessionsInMemory();
  readonly trail = new TrailInMemory();
  #app: INestApplication | undefined;

  /** @param env settings, by the names of their variables */
  static async start(env: Record<string, string> = {}): Promise<GivenSessions> {
    const given = new GivenSessions();
    await given.administrators.add('admin', 'plain:Test123!', EMPTY_PROFILE);
    await given.#listen(readSettings({ TWINLOCK_DATA: '/nowhere', ...env }));
    return given;
  }

  async #listen(settings: Settings): Promise<void> {
    const ports = [
      { provide: Settings, useValue: settings },
      { provide: JwtKey, useValue: new FixedKey() },
      { provide: Clock, useValue: { now: () => this.sessions.now } },
      { provide: Configuration, useValue: this.configuration },
      { provide: AdministratorStore, useValue: this.administrators },
      { provide: UserDirectory, useValue: this.directory },
      { provide: PasswordCheck, useValue: this.passwords },
      { provide: LoginThrottle, useValue: this.throttle },
      { provide: AdminSessions, useValue: this.sessions },
      { provide: LegacySessions, useValue: this.legacySessions },
      { provide: AuditTrail, useValue: this.trail },
      { provide: TokenCounts, useValue: {} },
    ];
    @Global()
    @Module({ providers: ports, exports: ports })
    class PortsModule {}

    const oldClients = new OldClients(settings.servesOldClients);
    @Module({
      imports: [
        PortsModule,
        EnvelopeModule.with(
          new EnvelopeVersion(settings.versionText, settings.versionNumber),
          oldClients,
          new TokenFileLimits(0, 0),
        ),
        SessionModule.with(sessionControllers(oldClients)),
      ],
      controllers: [GuardedController],
    })
    class ServerModule {}

    const testing = await Test.createTestingModule({ imports: [ServerModule] }).compile();
    const options = { bodyParser: false, logger: false } as const;
    this.#app = testing.createNestApplication(new LeanAdapter(settings.trustedProxies), options);
    await this.#app.listen(0, '127.0.0.1');
  }

  /** Lets the database's clock go on to so many seconds after the start. */
  setTime(seconds: number): void {
    const now = new Date(START.getTime() + seconds * 1000);
    this.sessions.now = now;
    this.throttle.verdict = { kind: 'charged', now, configurationVersion: 1 };
  }

  client() {
    return supertest(this.#app?.getHttpServer());
  }

  logIn(username = 'admin', password = 'Test123!'): supertest.Test {
    return this.client().post('/admin/login').type('form').send({ username, password });
  }

  /** The cookies of a session, and its CSRF token. */
  async session(username?: string, password?: string): Promise<{ cookie: string; csrf: string }> {
    const cookies = cookiesOf(await this.logIn(username, password).expect(200));
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { cookie, csrf: cookies.get('csrf_access_token') ?? '' };
  }

  async close(): Promise<void> {
    await this.#app?.close();
  }
}

/** Names and values of the cookies that an answer sets. */
export function cookiesOf(answer: supertest.Response): Map<string, string> {
  return new Map(
    setCookieHeaders(answer).map((header) => {
      const [pair = ''] = header.split(';', 1);
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

export function setCookieHeaders(answer: supertest.Response): string[] {
  return (answer.headers['set-cookie'] as unknown as string[] | undefined) ?? [];
}
