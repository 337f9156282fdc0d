import { type Message, type OtpMessageKind, type UserRecord, userFields } from '@app/realms';
import { type SentOtps, type Token } from '@app/tokens';

import type { MessagePolicies } from './message-policies.js';

/** What a message is made of. */
export interface MessageParts {
  readonly token: Token;
  readonly otp: string;
  readonly transaction: string;
  /** What the user store knows of the owner; `null`: nothing. */
  readonly record: UserRecord | null;
  readonly policies: MessagePolicies;
  /** What the client wants an SMS to say; `''`: nothing of its own. */
  readonly askedText: string;
}

/** Nowhere is known where it could go, and why. */
export interface NoRecipient {
  readonly missing: string;
}

/** @returns the message as it is to be sent; it holds the OTP, and is for nobody but the gateway */
export function composeMessage(sends: SentOtps, parts: MessageParts): Message | NoRecipient {
  const { token, otp, record, policies } = parts;
  const isFromStore = policies.goesByUserStore(sends.by);
  const stored = (sends.by === 'email' ? record?.email : record?.mobile) ?? '';
  const to = isFromStore ? stored : sends.recipient(token.info);
  if (to === '') return { missing: missingText(sends.by, isFromStore) };
  switch (sends.by) {
    case 'sms':
      return { kind: 'sms', to, text: smsText(parts) };
    case 'email': {
      const values = { ...personOf(record), otp, serial: token.serial };
      return { kind: 'email', to, subject: policies.emailSubject, body: policies.emailText, values };
    }
    case 'voice':
      return {
        kind: 'voice',
        to,
        otp,
        template: policies.voiceTemplate,
        locale: policies.voiceLocale,
      };
  }
}

/** Filled in at once: what stands for a value is never looked at again. */
function smsText({ token, otp, transaction, policies, askedText }: MessageParts): string {
  const values: Readonly<Record<string, string>> = {
    '<otp>': otp,
    '<serial>': token.serial,
    '<transactionid>': transaction,
  };
  const template = policies.smsText(askedText);
  const whole = template.includes('<otp>') ? template : `<otp> ${template}`;
  return whole.replace(/<(?:otp|serial|transactionid)>/g, (place) => values[place] ?? place);
}

/** All that the user store tells of a person, but for the hash of their password. */
function personOf(record: UserRecord | null): Record<string, string> {
  if (!record) return {};
  const { cryptpass: _, ...fields }: Record<string, unknown> = {
    ...userFields(record),
    ...record.attributes,
  };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );
}

function missingText(kind: OtpMessageKind, isFromStore: boolean): string {
  if (kind === 'email') return 'No e-mail address was defined for this token.';
  return isFromStore ? 'the user has no mobile number' : 'no phone number was defined for this token';
}
