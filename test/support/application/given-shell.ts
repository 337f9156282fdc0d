import { type AddressInfo, connect } from 'node:net';

import { type AuditContext, type AuditFacts, AuditTrail } from '@app/audit';
import { Clock, Unavailable } from '@app/kernel';
import { Configuration, type ConfigurationSnapshot, UserDirectory } from '@app/realms';
import { TokenCounts, UnknownToken } from '@app/tokens';
import { Global, type INestApplication, Module, Param } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Request } from 'express';
import supertest from 'supertest';

import { Networks } from '../../../src/config/networks.js';
import { type Exchange, administratorText, note } from '../../../src/http/exchange.js';
import { LeanAdapter } from '../../../src/http/server/lean-adapter.js';
import { RawReply } from '../../../src/http/server/raw-reply.js';
import { EnvelopeModule } from '../../../src/http/envelope/envelope.module.js';
import { EnvelopeVersion, reply } from '../../../src/http/envelope/envelope.js';
import {
  Changes,
  GetsOnly,
  LegacyController,
  Reads,
  RequestExchange,
  RequestParameters,
} from '../../../src/http/envelope/routes/legacy-controller.js';
import { OldClients } from '../../../src/http/envelope/routes/legacy-route.js';
import type { Parameters } from '../../../src/http/envelope/parameters/parameters.js';
import { CsrfCheck, SessionCheck } from '../../../src/http/envelope/access/session-ports.js';
import { TokenFileLimits } from '../../../src/http/envelope/parameters/token-file-limits.js';
import {
  NotAuthenticated,
  WireError,
  missingParameter,
} from '../../../src/http/envelope/errors/wire-error.js';

class FakeSession extends SessionCheck {
  parametersWereRead: boolean[] = [];

  override async check(request: Request): Promise<void> {
    this.parametersWereRead.push(request.exchange.reading !== null);
    if (request.headers.cookie !== 'session=good') throw new NotAuthenticated();
    request.exchange.administrator = { username: 'admin', realm: 'admins', resolver: 'local' };
    const administrator = administratorText(request.exchange.administrator);
    request.exchange.audit = { ...request.exchange.audit, administrator };
  }
}

class FakeCsrf extends CsrfCheck {
  override check(request: Request): void {
    const given = request.headers['x-csrf-token'] ?? request.exchange.parameters.text('csrf_token');
    if (given !== 'good') throw new NotAuthenticated();
  }
}

class FakeTrail extends AuditTrail {
  records: { context: AuditContext; facts: AuditFacts }[] = [];
  isAway = false;

  override async append(context: AuditContext, facts: AuditFacts): Promise<void> {
    if (this.isAway) throw new Unavailable('the database is away');
    this.records.push({ context, facts });
  }
}

class FakeConfiguration extends Configuration {
  httpErrorIds: readonly string[] | null = null;

  override current(): ConfigurationSnapshot {
    return {
      settings: { httpErrorIds: this.httpErrorIds },
      resolvers: new Map(),
    } as unknown as ConfigurationSnapshot;
  }
  override async atLeast(): Promise<ConfigurationSnapshot> {
    return this.current();
  }
}

const ERRORS: Record<string, () => Error> = {
  missing: () => missingParameter('serial'),
  unresolved: () => new WireError(1112, 'getUserResolverId failed: <b>nosuch</b>'),
  unknown: () => new UnknownToken('NOSUCH'),
  bare: () => new WireError(-311, 'bare', { envelopeId: 0 }),
  notFound: () => new WireError(-311, 'Could not find it.', { httpStatus: 404 }),
  away: () => new Unavailable('connect ECONNREFUSED'),
  bug: () => new TypeError('cannot read "geheim1"'),
};

@LegacyController('admin')
export class FakeAdmin {
  @Reads('show', {
    right: 'login',
    summary: 'Lists.',
    parameters: [{ name: 'serial', description: 'which' }],
  })
  show(@RequestParameters() parameters: Parameters, @RequestExchange() exchange: Exchange) {
    note(exchange, { succeeded: true, info: 'shown' });
    const seen = parameters.names().map((name) => [name, parameters.raw(name)]);
    const files = [...parameters.files].map(([name, file]) => [name, file.fileName, file.content.toString()]);
    return reply(Object.fromEntries(seen), {
      detail: Object.fromEntries(files.map(([name, ...rest]) => [name, rest])),
    });
  }

  @Changes('init', { right: 'login' })
  async init(@RequestExchange() exchange: Exchange) {
    exchange.isRecorded = true;
    return reply(true, { headers: { 'set-cookie': ['a=1', 'b=2'] } });
  }

  @Changes('login', { public: true })
  login() {
    return reply(false, { httpStatus: 401, detail: { message: 'Bad username or password' } });
  }

  @Reads('fail', { right: 'login' })
  fail(@RequestParameters() parameters: Parameters, @RequestExchange() exchange: Exchange): never {
    note(exchange, { serial: 'S1', succeeded: true });
    throw (ERRORS[parameters.text('with') ?? ''] ?? ERRORS['bug'])?.();
  }

  @Reads('csv', { right: 'login' })
  csv() {
    return new RawReply("'ä'; \n", 'application/force-download', {
      headers: { 'content-disposition': 'attachment; filename=linotp-tokendata.csv' },
    });
  }
}

@LegacyController('validate')
class FakeValidate {
  @Reads('check', { public: true })
  check(@RequestParameters() parameters: Parameters, @RequestExchange() exchange: Exchange) {
    note(exchange, { succeeded: parameters.text('pass') === 'good' });
    return reply(parameters.text('pass') === 'good', { id: 0 });
  }

  @Reads('silent', { public: true, audited: false })
  silent() {
    return reply(true);
  }
}

@LegacyController('api/v2/tokens')
export class FakeTokens {
  @GetsOnly('/', { right: 'login' })
  list() {
    return reply([]);
  }

  @GetsOnly(':serial', { right: 'login' })
  one(@Param('serial') serial: string) {
    return reply(serial);
  }
}

export type Verb = 'get' | 'head' | 'post' | 'put' | 'delete' | 'options';

/** The HTTP shell with controllers that do nothing: the ports behind it are seen and steered by the test. */
export class GivenShell {
  private constructor(
    private readonly app: INestApplication,
    readonly session: FakeSession,
    readonly trail: FakeTrail,
    readonly configuration: FakeConfiguration,
  ) {}

  static async start(oldClients = false): Promise<GivenShell> {
    const [session, trail, configuration] = [new FakeSession(), new FakeTrail(), new FakeConfiguration()];
    const ports = [
      { provide: SessionCheck, useValue: session },
      { provide: CsrfCheck, useValue: new FakeCsrf() },
      { provide: AuditTrail, useValue: trail },
      { provide: TokenCounts, useValue: {} },
      { provide: Configuration, useValue: configuration },
      { provide: UserDirectory, useValue: {} },
      { provide: Clock, useValue: { now: () => new Date(0) } },
    ];
    @Global()
    @Module({ providers: ports, exports: ports })
    class PortsModule {}

    const version = new EnvelopeVersion('LinOTP 3.4.4', '3.4.4');
    @Module({
      imports: [
        PortsModule,
        EnvelopeModule.with(version, new OldClients(oldClients), new TokenFileLimits(0, 0)),
      ],
      controllers: [FakeAdmin, FakeValidate, FakeTokens],
    })
    class ShellModule {}

    const testing = await Test.createTestingModule({ imports: [ShellModule] }).compile();
    const app = testing.createNestApplication(new LeanAdapter(Networks.parse(['127.0.0.1'])), {
      bodyParser: false,
      logger: false,
    });
    await app.listen(0, '127.0.0.1');
    return new GivenShell(app, session, trail, configuration);
  }

  /** Forgets what happened so far. */
  reset(): void {
    this.session.parametersWereRead = [];
    this.trail.records = [];
    this.trail.isAway = false;
    this.configuration.httpErrorIds = null;
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  anyone() {
    return supertest(this.app.getHttpServer());
  }

  /** Without the CSRF token. */
  loggedIn() {
    return supertest.agent(this.app.getHttpServer()).set('cookie', 'session=good');
  }

  admin() {
    return this.loggedIn().set('x-csrf-token', 'good');
  }

  /** As an administrator. */
  send(method: Verb, path: string): supertest.Test {
    return this.admin()[method](path);
  }

  /** What the show function saw of a request. */
  async seen(request: supertest.Test): Promise<Record<string, unknown>> {
    return (await request.expect(200)).body.result.value;
  }

  /** The answer to bytes that no proper client sends. */
  raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect((this.app.getHttpServer().address() as AddressInfo).port, '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
      socket.end(bytes, 'latin1');
    });
  }
}
