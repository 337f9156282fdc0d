import type { AuditContext } from '@app/audit';
import { Unavailable } from '@app/kernel';
import {
  type ConfigurationSnapshot,
  type Delivery,
  type MessageGateway,
  type UserRecord,
  namedProviders,
} from '@app/realms';
import { type DeviceChallenge, type Token, tokenType } from '@app/tokens';

import { type NewChallenge, transactionId } from '../challenges/challenge.js';
import { afterEffect } from '../decide/outcome/after-effect.js';
import { forwardedTo, storedOf } from '../decide/forwarded-token.js';
import type { LoginDecision, LoginEffect, Verdict } from '../login.js';
import type { LoginCommitter } from '../ports.js';
import { composeMessage } from './compose-message.js';
import {
  type Delivered,
  type DeliveryTerms,
  type Sending,
  decideDelivery,
  decideFollowUp,
} from './decide-delivery.js';
import type { MessagePolicies } from './message-policies.js';

/** A login whose commit left messages to be sent. */
export interface SendingLogin {
  readonly sendings: readonly Sending[];
  readonly context: AuditContext;
  readonly configuration: ConfigurationSnapshot;
  readonly policies: MessagePolicies;
  /** What the client wants an SMS to say. */
  readonly askedText: string;
  readonly wantsSms: boolean;
  /** The token that was enrolled for this login; `null`: none was. */
  readonly enrolled: Token | null;
  /** The time that it was decided at. */
  readonly now: Date;
  /** @throws Unavailable when the user store does not answer */
  recordOf(sending: Sending): Promise<UserRecord | null>;
}

/**
 * Sends the messages of a login's challenges, all at the same time, and commits what became of them. Nothing is held
 * meanwhile. Should this process end before that, the challenges stay as they are: nobody can answer them.
 */
export class DeliverChallenges {
  constructor(
    private readonly gateway: MessageGateway,
    private readonly committer: LoginCommitter,
  ) {}

  /** How long it may take at most, and a little. */
  get seconds(): number {
    return Math.ceil(this.gateway.budgetMs / 1000) + 1;
  }

  /** @param asked everything that was to be asked @returns the decision that was committed @throws Unavailable */
  async execute(
    login: SendingLogin,
    asked: Extract<Verdict, { readonly kind: 'challenged' }>,
  ): Promise<LoginDecision> {
    const { sendings } = login;
    const deliveries = await Promise.all(sendings.map((sending) => this.#deliver(sending, login)));
    return this.#commit(login, (tokens, terms, now) => decideDelivery(tokens, asked, deliveries, terms, now));
  }

  /** Sends what the next login is to be by. Nobody waits for it: what goes wrong is on record, or got lost with this node. */
  async followUp(login: SendingLogin): Promise<void> {
    for (const sending of login.sendings) {
      const delivery = await this.#deliver(sending, login);
      await this.#commit(login, (tokens, terms, now) => decideFollowUp(tokens, delivery, terms, now)).catch(
        () => undefined,
      );
    }
  }

  async #commit(
    { sendings, context, configuration, wantsSms, enrolled, now }: SendingLogin,
    decide: (tokens: readonly Token[], terms: DeliveryTerms, now: Date) => LoginDecision,
  ): Promise<LoginDecision> {
    const tokens = sendings.flatMap(({ token }) => storedOf(token));
    const { smsSeconds } = configuration.settings.challenges;
    const terms = { smsSeconds, wantsSms, enrolled };
    const committed = await this.committer.commit({
      context,
      tokens,
      root: null,
      challenges: [],
      now,
      decision: decide(tokens, terms, now),
      decideAgain: (found, at) => decide(found, terms, at),
    });
    if (committed === 'start-over') throw new Unavailable('what became of a message could not be recorded');
    return committed;
  }

  async #deliver(sending: Sending, login: SendingLogin): Promise<Delivered> {
    const delivery = await this.#send(sending, login);
    if (delivery.kind === 'sent') return { ...sending, isSent: true, isLost: false, text: '', reason: '' };
    const { text, reason } = delivery;
    const isLost = delivery.kind === 'failed' ? !delivery.mayHaveArrived : (delivery.reachedNobody ?? false);
    return { ...sending, isSent: false, isLost, text, reason };
  }

  async #send(sending: Sending, login: SendingLogin): Promise<Delivery> {
    const { token, counter, challenge } = sending;
    const { configuration, policies, askedText } = login;
    const { sends, device } = tokenType(token.type).challenge ?? {};
    if (device?.isPushed && challenge) return this.#push(device, token, challenge, login);
    if (!sends) return failed('nothing is sent for this token');
    try {
      const message = composeMessage(sends, {
        token,
        otp: sends.otp(token, counter),
        transaction: challenge ? transactionId(challenge) : '',
        record: await login.recordOf(sending),
        policies,
        askedText,
      });
      if ('missing' in message) return failed(message.missing);
      const providers = namedProviders(configuration, sends.by, policies.providers(sends.by));
      return await this.gateway.send({ message, providers });
    } catch (error) {
      // Neither a user store that is away nor a seal that does not open costs the other tokens anything.
      return failed(error instanceof Unavailable ? error.message : 'the message could not be made');
    }
  }

  /** To the address that the device's app has told. */
  #push(
    device: DeviceChallenge,
    { info }: Token,
    challenge: NewChallenge,
    { configuration, policies }: SendingLogin,
  ): Promise<Delivery> {
    const { payload } = challenge.data ?? {};
    const { gda } = info;
    if (typeof payload !== 'string' || typeof gda !== 'string') {
      return Promise.resolve(failed('the device has no address'));
    }
    const url = device.url(configuration.settings.challenges.appScheme, payload);
    const message = { kind: 'push', to: gda, transaction: transactionId(challenge), challenge: url } as const;
    const providers = namedProviders(configuration, 'push', policies.providers('push'));
    return this.gateway.send({ message, providers });
  }
}

function failed(reason: string): Delivery {
  return { kind: 'failed', provider: '', text: reason, reason };
}

/** The messages that a decision leaves to be sent, with their tokens as it leaves them. */
export function sendingsOf({ verdict, effects }: LoginDecision): readonly Sending[] {
  if (verdict.kind === 'accepted' && verdict.token && verdict.nextCounter !== undefined) {
    return leftBy(effects, verdict.token).map((token) => ({
      token,
      counter: verdict.nextCounter ?? 0n,
      challenge: null,
    }));
  }
  return effects.flatMap((effect) => {
    if (effect.kind !== 'challenge') return [];
    const { challenge, target } = effect;
    const { counter } = challenge;
    if (counter === null) return [];
    return leftBy(effects, effect.token).flatMap((token) => {
      const asked = target ? leftBy(effects, target).map((left) => forwardedTo(token, left)) : [token];
      return asked.map((one) => ({ token: one, counter, challenge }));
    });
  });
}

/** @returns none where the token is gone */
function leftBy(effects: readonly LoginEffect[], token: Token): readonly Token[] {
  const theirs = effects.filter((effect) => effect.token.id === token.id);
  const left = theirs.reduce<Token | null>((after, effect) => after && afterEffect(effect, after), token);
  return left ? [left] : [];
}
