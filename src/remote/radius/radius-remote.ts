import { randomBytes, randomInt } from 'node:crypto';

import type { RemoteAnswer } from '@app/authentication';
import { Invalid, type Secret } from '@app/kernel';

import { type Target, hostOf } from '../../outbound/connection.js';
import type { RemoteProtocol, RemoteQuestion } from '../remote-servers.js';
import { askOverUdp } from './ask-over-udp.js';
import {
  ATTRIBUTES,
  type Attribute,
  CODES,
  LONGEST_PASSWORD,
  LONGEST_VALUE,
  type RadiusAnswer,
  accessRequest,
  answerTo,
  hiddenPassword,
} from './packet.js';
import { stateOf, stateText } from './state-text.js';

const PORT = 1_812;
const AUTHENTICATOR_BYTES = 16;
const UNPROVEN = 'require_message_authenticator';

export interface RadiusOptions {
  /** Who asks, as servers know it. */
  readonly nasIdentifier: string;
  /** When a request is sent again that was not answered; doubled each time. */
  readonly resendMs?: number;
}

/** What a server is asked, whoever asks. */
interface RadiusLogin {
  readonly target: Target;
  readonly secret: Secret;
  readonly login: string;
  readonly password: string;
  /** Of the challenge that it answers; `null`: none. */
  readonly state: Buffer | null;
  readonly needsAuthenticator: boolean;
}

/**
 * A RADIUS server, asked with PAP (RFC 2865). Answers must prove themselves by a Message-Authenticator unless the URL says
 * `require_message_authenticator=false`.
 */
export class RadiusRemote implements RemoteProtocol {
  constructor(private readonly options: RadiusOptions) {}

  async ask({ server, login, password, options, signal }: RemoteQuestion): Promise<RemoteAnswer> {
    const { url, secret } = server;
    if (!secret) throw new Invalid('forward_server', 'the URL of the RADIUS server has no secret');
    const id = options.get('state') ?? options.get('transactionid');
    const answer = await this.#exchange(
      {
        target: { host: hostOf(url), port: url.port === '' ? PORT : Number(url.port) },
        secret,
        login,
        password,
        state: id === undefined ? null : stateOf(id),
        needsAuthenticator: url.searchParams.get(UNPROVEN)?.trim().toLowerCase() !== 'false',
      },
      signal,
    );
    return readAnswer(answer);
  }

  #exchange(asked: RadiusLogin, signal: AbortSignal): Promise<RadiusAnswer> {
    const { nasIdentifier, resendMs = 2_000 } = this.options;
    return asked.secret.use((secret) => {
      const sent = {
        identifier: randomInt(256),
        authenticator: randomBytes(AUTHENTICATOR_BYTES),
        // Kept until the answer is here.
        secret: Buffer.from(secret),
      };
      const packet = accessRequest(sent, [
        [ATTRIBUTES.userName, bytesOf(asked.login, 'user', LONGEST_VALUE)],
        [ATTRIBUTES.userPassword, hiddenPassword(bytesOf(asked.password, 'pass', LONGEST_PASSWORD), sent)],
        [ATTRIBUTES.nasIdentifier, bytesOf(nasIdentifier, 'NAS-Identifier', LONGEST_VALUE)],
        ...(asked.state ? [[ATTRIBUTES.state, asked.state] satisfies Attribute] : []),
      ]);
      const read = (datagram: Buffer) => answerTo(sent, datagram, asked.needsAuthenticator);
      return askOverUdp({ packet, read, target: asked.target, resendMs }, signal);
    });
  }
}

/** @throws Invalid naming what is too long for RADIUS */
function bytesOf(text: string, name: string, longest: number): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= longest) return bytes;
  throw new Invalid(name, `${name} is longer than the ${longest} bytes of RADIUS`);
}

function readAnswer({ code, attributes }: RadiusAnswer): RemoteAnswer {
  const valuesOf = (type: number) => attributes.flatMap(([of, value]) => (of === type ? [value] : []));
  switch (code) {
    case CODES.accessAccept:
      return { kind: 'accepted' };
    case CODES.accessReject:
      return { kind: 'rejected' };
    case CODES.accessChallenge: {
      const [state] = valuesOf(ATTRIBUTES.state);
      if (!state) return { kind: 'failed', reason: 'its challenge has no State' };
      const message = Buffer.concat(valuesOf(ATTRIBUTES.replyMessage)).toString('utf8');
      return { kind: 'detail', detail: { transactionid: stateText(state), message } };
    }
    default:
      return { kind: 'failed', reason: `its answer has the code ${code}` };
  }
}
