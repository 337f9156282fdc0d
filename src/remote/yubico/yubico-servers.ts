import { randomBytes } from 'node:crypto';

import { Unavailable } from '@app/kernel';
import type { YubicoSettings } from '@app/realms';
import type { ServerAnswer } from '@app/tokens';

import { exchange } from '../../outbound/http/http-exchange.js';
import { ServerAway } from '../../outbound/server-away.js';
import type { TrustedCertificates } from '../../outbound/trusted-certificates.js';
import { failed, trustedContext } from '../linotp-servers.js';
import type { AskedInTurn, AskedPlace } from '../tokens/asked-in-turn.js';
import { type YubicoStatus, yubicoQuery, yubicoStatus } from './yubico-protocol.js';

const MOST_SERVERS = 8;
const NONCE_BYTES = 20;
const PATIENCE_MS = 3_600_000;
const DEPRECATED = 'http://api.yubico.com/wsapi/2.0/verify';
/** It is the OTP that is refused. */
const REFUSALS: ReadonlySet<string> = new Set(['BAD_OTP', 'REPLAYED_OTP', 'REPLAYED_REQUEST']);
/** Another server may do better. */
const TROUBLES: ReadonlySet<string> = new Set(['BACKEND_ERROR', 'NOT_ENOUGH_ANSWERS']);
/** What a server says that takes us for nobody it knows: it cannot sign that. For the log, and nothing else. */
const UNSIGNED = /^status=([A-Z_]{1,40})\r?$/m;

/** Yubico's validation servers, or others that speak their protocol (spec/token-types §12). */
export class YubicoServers {
  constructor(private readonly trusted: TrustedCertificates) {}

  /** @param settings `null`: no API key is set */
  async ask(otp: string, settings: YubicoSettings | null, inTurn: AskedInTurn): Promise<ServerAnswer> {
    if (!settings) return failed('Yubico apiKey or apiId not configured!');
    const urls = settings.urls.split(',').map((url) => url.trim());
    if (urls.includes(DEPRECATED)) return failed(`Usage of YUBICO_URL '${DEPRECATED}' is deprecated!!`);
    if (urls.length > MOST_SERVERS || !urls.every(isUsable)) return failed('yubico.url holds what is no URL');
    const key = settings.secret.use((bytes) => Buffer.from(Buffer.from(bytes).toString('latin1'), 'base64'));
    if (key.length === 0) return failed('yubico.secret is no Base64');
    const { connectSeconds, readSeconds } = settings;
    const budget = connectSeconds === null ? null : (connectSeconds + (readSeconds ?? 0)) * 1000;
    return inTurn.ask(
      urls.map((text): AskedPlace => {
        const url = new URL(text);
        return {
          name: url.origin,
          key: `yubico ${text}`,
          ...(budget !== null && { budgetMs: budget }),
          ask: (signal) => this.#askOne(url, otp, settings, key, signal),
        };
      }),
    );
  }

  async #askOne(
    server: URL,
    otp: string,
    { id, connectSeconds, readSeconds }: YubicoSettings,
    key: Uint8Array,
    signal: AbortSignal,
  ): Promise<ServerAnswer> {
    // Of its own for each server: an answer of one is none of another.
    const question = { id, otp, nonce: randomBytes(NONCE_BYTES).toString('hex') };
    const url = new URL(server);
    url.search = yubicoQuery(question, key);
    const { status, body, isWhole } = await exchange(
      { url, method: 'GET', headers: { 'user-agent': 'Twinlock', accept: 'text/plain' }, body: '' },
      {
        tls: { isChecked: true, context: await trustedContext(this.trusted) },
        proxy: null,
        timeouts: {
          connectMs: connectSeconds === null ? PATIENCE_MS : connectSeconds * 1000,
          readMs: readSeconds === null ? PATIENCE_MS : readSeconds * 1000,
        },
        signal,
      },
    );
    if (status < 200 || status > 299 || !isWhole) throw new ServerAway(`HTTP status ${status}`);
    return readStatus(yubicoStatus(body, question, key), body);
  }
}

/** @throws Unavailable where another server may do better */
function readStatus(said: YubicoStatus, body: string): ServerAnswer {
  if (!said) {
    const [, word = 'nothing'] = UNSIGNED.exec(body) ?? [];
    throw new Unavailable(`its answer is not signed with yubico.secret, or not about this question: ${word}`);
  }
  const { status, counter } = said;
  if (status === 'OK') return { kind: 'accepted', ...(counter !== null && { counter }) };
  if (REFUSALS.has(status)) return { kind: 'rejected' };
  if (TROUBLES.has(status)) throw new Unavailable(`status ${status}`);
  return failed(/^[A-Z_]{1,40}$/.test(status) ? `status ${status}` : 'its status is none');
}

function isUsable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
