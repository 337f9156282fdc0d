import { Invalid } from '@app/kernel';
import type { PushMessage } from '@app/realms';
import { LRUCache } from 'lru-cache';

import { Failover } from '../../outbound/failover.js';
import type { HttpAnswer } from '../../outbound/http/http-exchange.js';
import { ServerAway } from '../../outbound/server-away.js';
import type { HttpGateway, HttpMembers } from '../http/http-gateway.js';
import type { Attempt, Outcome, ProviderAdapter } from '../provider-adapter.js';
import type { ProviderSettings } from '../provider-settings.js';

const MEMBERS: HttpMembers = {
  url: 'push_url',
  proxy: 'proxy',
  tls: { authorities: 'server_certificate', certificate: 'access_certificate' },
};
const MOST_SERVERS = 20;
const KEPT = 100;
const HEARING = {
  nameOf: (url: string) => hostOf(url),
  messageOf: (error: unknown) => (error instanceof ServerAway ? error.message : 'unexpected failure'),
  isTrouble: (error: unknown) => error instanceof ServerAway,
  away: () => undefined,
  back: () => undefined,
};

/** `DefaultPushProvider`: a service behind HTTPS, which knows us by our certificate, brings the question to the device. */
export class DefaultPush implements ProviderAdapter<PushMessage> {
  // By the servers themselves: who changes them starts afresh.
  readonly #failovers = new LRUCache<string, Failover<string>>({ max: KEPT });

  constructor(private readonly gateway: HttpGateway) {}

  /** One server after the other; those that could not be reached lately come last (spec/system-api §6.3). */
  async send({ message, settings, signal }: Attempt<PushMessage>): Promise<Outcome> {
    const { to, transaction, challenge } = message;
    const body = JSON.stringify({ challenge: { transactionId: transaction, gda: to, challenge } });
    const servers = serversOf(settings);
    const { status } = await this.#ask(servers, (server) => this.#post(settings, server, body, signal));
    if (status < 300) return { kind: 'sent', status: 'push notification submitted' };
    const refused = { kind: 'refused', text: 'push mechanism failed' } as const;
    if (status >= 400) return { ...refused, reason: `the service answered with HTTP status ${status}` };
    // Where it leads was not asked; nobody knows whether the device was.
    return { ...refused, reason: `the service redirects, with HTTP status ${status}`, mayHaveArrived: true };
  }

  /** @throws ServerAway where none can be reached; Invalid */
  async #ask(servers: readonly string[], post: (server: string) => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const key = servers.join('\n');
    const failover = this.#failovers.get(key) ?? new Failover(servers, HEARING);
    this.#failovers.set(key, failover);
    // What is wrong with the configuration is so for each of them.
    let unusable: Invalid | undefined;
    try {
      return await failover.ask(async (server) => {
        if (unusable) throw unusable;
        try {
          return await post(server);
        } catch (error) {
          if (error instanceof Invalid) unusable = error;
          throw error;
        }
      });
    } catch (error) {
      if (unusable) throw unusable;
      if (!(error instanceof AggregateError)) throw error;
      const names = servers.map((server) => `'${hostOf(server)}'`).join(', ');
      throw new ServerAway(`None of the resources [${names}] available! ${error.message}`, { cause: error });
    }
  }

  #post(settings: ProviderSettings, server: string, body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const query = new URLSearchParams();
    const call = { method: 'POST' as const, contentType: 'application/json', body, query, server };
    return this.gateway.call(settings, MEMBERS, call, signal);
  }
}

/** A text, or a list of them. @throws Invalid */
function serversOf(settings: ProviderSettings): readonly string[] {
  const given = settings.raw('push_url');
  const servers = Array.isArray(given) ? given.map(String) : [settings.required('push_url')];
  if (servers.length > 0 && servers.length <= MOST_SERVERS) return servers;
  throw new Invalid('push_url', `push_url lists 1 to ${MOST_SERVERS} URLs`);
}

/** Without what may be a secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'push_url';
}
