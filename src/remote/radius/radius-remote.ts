import type { RemoteAnswer } from '@app/authentication';
import { Invalid } from '@app/kernel';

import { hostOf } from '../../outbound/connection.js';
import type { RemoteProtocol, RemoteQuestion } from '../remote-servers.js';
import type { RadiusClient } from './radius-client.js';

const PORT = 1_812;
const UNPROVEN = 'require_message_authenticator';

/**
 * A RADIUS server that a policy names. Answers must prove themselves by a Message-Authenticator unless the URL says
 * `require_message_authenticator=false`.
 */
export class RadiusRemote implements RemoteProtocol {
  constructor(private readonly client: RadiusClient) {}

  async ask({ server, login, password, options, signal }: RemoteQuestion): Promise<RemoteAnswer> {
    const { url, secret } = server;
    if (!secret) throw new Invalid('forward_server', 'the URL of the RADIUS server has no secret');
    const verdict = await this.client.ask(
      {
        target: { host: hostOf(url), port: url.port === '' ? PORT : Number(url.port) },
        secret,
        login,
        password,
        state: options.get('state') ?? options.get('transactionid') ?? null,
        needsAuthenticator: url.searchParams.get(UNPROVEN)?.trim().toLowerCase() !== 'false',
      },
      signal,
    );
    if (verdict.kind !== 'challenged') return verdict;
    return { kind: 'detail', detail: { transactionid: verdict.state, message: verdict.message } };
  }
}
