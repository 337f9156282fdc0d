import { randomBytes, randomInt } from 'node:crypto';

import { Invalid, type Secret } from '@app/kernel';

import type { Target } from '../../outbound/connection.js';
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

const AUTHENTICATOR_BYTES = 16;

export interface RadiusOptions {
  /** Who asks, as servers know it. */
  readonly nasIdentifier: string;
  /** When a request is sent again that was not answered; doubled each time. */
  readonly resendMs?: number;
}

/** What a server is asked, whoever asks. */
export interface RadiusLogin {
  readonly target: Target;
  readonly secret: Secret;
  readonly login: string;
  readonly password: string;
  /** Of the challenge that it answers, as it was told; `null`: none. */
  readonly state: string | null;
  /** Whether only a Message-Authenticator proves an answer: MD5 alone does not (CVE-2024-3596). */
  readonly needsAuthenticator: boolean;
}

export type RadiusVerdict =
  | { readonly kind: 'accepted' | 'rejected' }
  /** @param state as a text from which it can be read back */
  | { readonly kind: 'challenged'; readonly state: string; readonly message: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Asks RADIUS servers with PAP (RFC 2865). */
export class RadiusClient {
  constructor(private readonly options: RadiusOptions) {}

  /** @throws ServerAway; Invalid naming what is too long for RADIUS */
  async ask(asked: RadiusLogin, signal: AbortSignal): Promise<RadiusVerdict> {
    return readAnswer(await this.#exchange(asked, signal));
  }

  #exchange(asked: RadiusLogin, signal: AbortSignal): Promise<RadiusAnswer> {
    const { nasIdentifier, resendMs = 2_000 } = this.options;
    const state = asked.state === null ? null : stateOf(asked.state);
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
        ...(state ? [[ATTRIBUTES.state, state] satisfies Attribute] : []),
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

function readAnswer({ code, attributes }: RadiusAnswer): RadiusVerdict {
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
      return { kind: 'challenged', state: stateText(state), message };
    }
    default:
      return { kind: 'failed', reason: `its answer has the code ${code}` };
  }
}
