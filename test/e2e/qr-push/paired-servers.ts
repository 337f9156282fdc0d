import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type GivenHttpGateway, OK, givenHttpGateway } from '../../support/servers/given-http-gateway.js';
import type { Fields } from '../../support/clients/admin-agent.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { PushPhone, QrPhone, readInvitation } from '../../support/clients/phone.js';
import { givenAuthority } from '../../support/servers/test-authority.js';
import { type Answer, type SendingServers, givenSendingServers } from '../validate/sent/sending-servers.js';

export const WITHIN_MS = 120_000;
export const CALLBACK = 'https://mfa.example.com/validate/check_t';

/** Of `PASSWORD`, as spec/system-api §4.5 gives it. */
export const PASSWORD_HASH =
  '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1';
export const PASSWORD = 'password';

const AUTHENTICATION = [
  `qrtoken_pairing_callback_url=${CALLBACK}`,
  `qrtoken_challenge_callback_url=${CALLBACK}`,
  `pushtoken_pairing_callback_url=${CALLBACK}`,
  `pushtoken_challenge_callback_url=${CALLBACK}`,
];

/** What the push service is told. */
export interface Pushed {
  readonly transactionId: string;
  readonly gda: string;
  readonly challenge: string;
}

/** How a challenge stands, as `/validate/check_status` tells it. */
export interface Status {
  readonly status: string;
  readonly valid_tan: boolean;
  readonly received_tan: boolean;
  readonly received_count: number;
  readonly accept?: boolean;
  readonly reject?: boolean;
  readonly token: { readonly serial: string; readonly type: string; readonly offline_info?: object };
}

/** Two servers of one installation, and a push service that lets in nobody without a certificate. */
export class PairedServers {
  private constructor(
    readonly servers: SendingServers,
    readonly gateway: GivenHttpGateway,
  ) {}

  /** @param hash of everybody's password; absent: they have none */
  static async start(hash?: string): Promise<PairedServers> {
    const servers = await givenSendingServers({ anna: 'Anna', bernd: 'Bernd' }, hash);
    const { folder } = servers.installation;
    const authority = await givenAuthority(folder);
    const service = await authority.issue('push-service', 'IP:127.0.0.1');
    const gateway = await givenHttpGateway({ ...service, clients: authority.file });
    const client = await authority.issue('twinlock', 'DNS:twinlock');
    const certificate = join(folder, 'access.pem');
    const pem = await Promise.all([readFile(client.certificate), readFile(client.key)]);
    await writeFile(certificate, Buffer.concat(pem));
    await servers.giveProvider('push', 'pushes', 'DefaultPushProvider', {
      push_url: gateway.url,
      access_certificate: certificate,
      server_certificate: authority.file,
    });
    const paired = new PairedServers(servers, gateway);
    await paired.reset();
    return paired;
  }

  /** As at the start, but for the configuration. */
  async reset(...more: readonly (readonly [scope: string, action: string])[]): Promise<void> {
    this.gateway.answer = OK;
    this.gateway.received.length = 0;
    const { database } = this.servers;
    for (const table of ['token', 'challenge']) await database.query(`DELETE FROM ${table}`);
    const usual = AUTHENTICATION.map((action) => ({ scope: 'authentication', action }));
    await givePolicies(database, [...usual, ...more.map(([scope, action]) => ({ scope, action }))]);
  }

  async close(): Promise<void> {
    await this.servers.close();
    await this.gateway.close();
  }

  /** @returns what `/admin/init` answers in its detail */
  async init(form: Fields): Promise<Readonly<Record<string, unknown>> & { readonly pairing_url: string }> {
    const { body, text } = await this.servers.admin.post('/admin/init', {
      user: 'anna',
      pin: 'pin',
      ...form,
    });
    if (body.result.value !== true) throw new Error(text);
    return body.detail;
  }

  async qr(serial = 'QR1', form: Fields = {}): Promise<QrPhone> {
    const { pairing_url: url } = await this.init({ type: 'qr', serial, ...form });
    return new QrPhone(readInvitation(url));
  }

  async push(serial = 'PUSH1', form: Fields = {}): Promise<PushPhone> {
    const { pairing_url: url } = await this.init({ type: 'push', serial, ...form });
    return new PushPhone(readInvitation(url));
  }

  pair(response: string, node = 0): Promise<Answer> {
    return this.servers.call('pair', { pairing_response: response }, node);
  }

  /** A qr token that can be used. */
  async pairedQr(serial = 'QR1', form: Fields = {}): Promise<QrPhone> {
    const phone = await this.qr(serial, form);
    await this.pair(phone.pairing());
    const { url, id } = await this.ask({ serial, data: serial });
    await this.servers.call('check_t', { transactionid: id, pass: phone.read(url).tan });
    return phone;
  }

  /** A push token that can be used. */
  async pairedPush(serial = 'PUSH1', form: Fields = {}): Promise<PushPhone> {
    const phone = await this.push(serial, form);
    await this.pair(phone.pairing());
    await this.ask({ serial, data: 'x' });
    const { transactionId, challenge } = this.pushed();
    await this.confirm('accept', transactionId, phone.read(challenge).accept);
    this.gateway.received.length = 0;
    return phone;
  }

  /** Asks by the right PIN. @returns the challenge as a client gets it */
  async ask(
    form: Fields,
    node = 0,
  ): Promise<{ readonly url: string; readonly id: string; readonly answer: Answer }> {
    const answer = await this.servers.call('check_s', { pass: 'pin', ...form }, node);
    const { detail } = answer;
    return { url: String(detail?.['message'] ?? ''), id: detail?.transactionid ?? '', answer };
  }

  /** The newest message to the push service. */
  pushed(): Pushed {
    const body = JSON.parse(this.gateway.received.at(-1)?.body ?? '{}') as { readonly challenge: Pushed };
    return body.challenge;
  }

  confirm(what: 'accept' | 'reject', id: string, signature: string, node = 0): Promise<Answer> {
    return this.servers.call(`${what}_transaction`, { transactionid: id, signature }, node);
  }

  async status(id: string, form: Fields = {}): Promise<Status | undefined> {
    const answer = await this.servers.call('check_status', { transactionid: id, pass: 'pin', ...form });
    const transactions = (answer.detail?.['transactions'] ?? {}) as Readonly<Record<string, Status>>;
    return transactions[id];
  }

  async stored(serial: string) {
    const { rows } = await this.servers.database.query(
      `SELECT active, counter::int, failures, info FROM token WHERE serial = $1`,
      [serial],
    );
    return rows[0];
  }

  /** What the newest record of an action says. */
  async record(action: string) {
    const { rows } = await this.servers.database.query(
      `SELECT succeeded, username, realm, serial, token_type, detail, info FROM audit_record
       WHERE action = $1 ORDER BY number DESC LIMIT 1`,
      [action],
    );
    return rows[0];
  }
}
