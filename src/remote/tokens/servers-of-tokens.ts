import { createHash } from 'node:crypto';

import { TokenServers } from '@app/authentication';
import type { ServerSettings } from '@app/realms';
import { type ServerAnswer, type ServerCheck, radiusName } from '@app/tokens';

import { type LinotpReply, type LinotpServers, failed } from '../linotp-servers.js';
import type { RadiusClient } from '../radius/radius-client.js';
import type { YubicoServers } from '../yubico/yubico-servers.js';
import type { AskedInTurn, AskedPlace } from './asked-in-turn.js';

/** What of a challenge is kept: a State has 253 bytes at most, and ids of servers are shorter. */
const LONGEST_TRANSACTION = 512;
const LONGEST_MESSAGE = 1_000;

type Check<K extends ServerCheck['kind']> = Extract<ServerCheck, { readonly kind: K }>;

/** Asks the servers of remote, radius and yubico tokens. */
export class ServersOfTokens extends TokenServers {
  constructor(
    private readonly inTurn: AskedInTurn,
    private readonly linotp: LinotpServers,
    private readonly radius: RadiusClient,
    private readonly yubico: YubicoServers,
  ) {
    super();
  }

  async ask(check: ServerCheck, settings: ServerSettings): Promise<ServerAnswer> {
    switch (check.kind) {
      case 'remote':
        return this.#askRemote(check, settings);
      case 'radius':
        return this.inTurn.ask(check.servers.map((server) => this.#radiusPlace(server, check, settings)));
      case 'yubico':
        return this.yubico.ask(check.otp, settings.yubico, this.inTurn);
    }
  }

  async #askRemote(
    { url: text, form }: Check<'remote'>,
    { remoteIsChecked: isChecked }: ServerSettings,
  ): Promise<ServerAnswer> {
    if (!URL.canParse(text)) return failed('the server of the token is no URL');
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      return failed('the server of the token is no URL');
    const place: AskedPlace = {
      name: url.origin,
      key: `${url.origin}${url.pathname}`,
      ask: async (signal) =>
        readReply(
          await this.linotp.post({
            url,
            form: new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])),
            isChecked,
            headers: { accept: 'text/plain' },
            signal,
          }),
        ),
    };
    return this.inTurn.ask([place]);
  }

  #radiusPlace(
    server: Check<'radius'>['servers'][number],
    { secret, login, password, state }: Check<'radius'>,
    { radiusIsProven: needsAuthenticator }: ServerSettings,
  ): AskedPlace {
    const name = radiusName(server);
    const shared = secret.use((bytes) => createHash('sha256').update(bytes).digest('base64'));
    return {
      name: `radius://${name}`,
      // With a wrong secret a server is silent.
      key: `radius://${name} ${shared}`,
      ask: async (signal) => {
        const asked = { target: server, secret, login, password, state, needsAuthenticator };
        const verdict = await this.radius.ask(asked, signal);
        if (verdict.kind !== 'challenged') return verdict;
        const message = verdict.message.slice(0, LONGEST_MESSAGE);
        return { kind: 'challenged', transaction: verdict.state, message, server: name };
      },
    };
  }
}

/** Nobody is let in but by `true` itself; a detail that asks nothing stands beside a refusal (spec/validate-api §5.1). */
function readReply(reply: LinotpReply): ServerAnswer {
  if ('reason' in reply) return failed(reply.reason);
  const { value, detail } = reply;
  if (value) return { kind: 'accepted' };
  const { transactionid: transaction, message } = detail ?? {};
  if (typeof transaction !== 'string' || transaction === '' || transaction.length > LONGEST_TRANSACTION) {
    return { kind: 'rejected' };
  }
  const told = typeof message === 'string' ? message.slice(0, LONGEST_MESSAGE) : '';
  return { kind: 'challenged', transaction, message: told };
}
