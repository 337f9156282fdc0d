import type { AskedToken, Challenge, LoginResult, PolledToken, Verdict } from '@app/authentication';
import { forwardNames, transactionId } from '@app/authentication';
import { type Token, tokenType } from '@app/tokens';

import { questionDetail } from '../tokens/ocra-detail.js';

export const SEVERAL_ASKED = 'Multiple challenges submitted.';

type Challenged = Extract<Verdict, { readonly kind: 'challenged' }>;

/**
 * What a client is asked: one question, or several together (spec/validate-api §3.3, §3.6).
 *
 * @param isProven whether a PIN was shown, or somebody is logged in: what tokens are called, nobody else is told
 */
export function challengeDetail({ transaction, challenges }: Challenged, isProven: boolean): object {
  const [first, ...others] = challenges;
  // Of several, one may be left whose message was sent: it has its own id in a transaction of many.
  if (first && others.length === 0 && first.transaction === transaction) return askedDetail(first, isProven);
  return {
    transactionid: transaction,
    message: SEVERAL_ASKED,
    challenges: Object.fromEntries(
      challenges.map((asked) => [asked.token.serial, askedDetail(asked, isProven)]),
    ),
  };
}

function askedDetail(
  { transaction, message, token, target, question, signRequest, wasAsked }: AskedToken,
  isProven: boolean,
): object {
  const called = ({ description }: Token) => (isProven ? description : '');
  const { challenge } = tokenType((target ?? token).type);
  return {
    transactionid: transaction,
    message,
    ...(wasAsked && { info: 'challenge already submitted' }),
    ...(question && questionDetail(question, message)),
    ...(signRequest && { signrequest: signRequest }),
    // RADIUS servers look for it under this name.
    ...(challenge?.sends && { state: transaction }),
    ...(target && forwardNames({ ...target, description: called(target) })),
    linotp_tokenserial: token.serial,
    linotp_tokentype: tokenType(token.type).label,
    linotp_tokendescription: called(token),
  };
}

/** What clients need to check the next logins offline (spec/validate-api §2.9). */
export function offlineDetail({ offline }: Pick<LoginResult, 'offline'>): object {
  if (!offline) return {};
  const { serial, label, info } = offline;
  return { offline: { serial, type: label, offline_info: info } };
}

/** How challenges stand, by their transaction ids (spec/validate-api §1.6). */
export function polledDetail(challenges: readonly PolledToken[]): object {
  const shown = challenges.map(({ challenge, token, offline }) => [
    transactionId(challenge),
    {
      ...challengeState(challenge),
      token: {
        serial: challenge.serial,
        type: tokenType(token.type).label,
        ...(offline && { offline_info: offline.info }),
      },
    },
  ]);
  return { transactions: Object.fromEntries(shown) };
}

/** How one challenge stands. */
export function challengeState(challenge: Challenge): object {
  return {
    received_count: challenge.receivedCount,
    received_tan: challenge.isReceived,
    valid_tan: challenge.isValid,
    message: challenge.message,
    status: challenge.isOpen ? 'open' : 'closed',
    ...challenge.confirmed,
  };
}
