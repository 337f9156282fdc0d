import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is asked of a validation server, protocol 2.0. */
export interface YubicoQuestion {
  readonly id: string;
  readonly otp: string;
  /** 16 to 40 letters and digits, drawn for this question. */
  readonly nonce: string;
}

/** A server's status, as it proved it; `null`: nobody who knows the key said so about this question. */
export type YubicoStatus = { readonly status: string; readonly counter: number | null } | null;

/** The query of the question, signed with the API key; sessions are asked for, by which values are told apart. */
export function yubicoQuery({ id, otp, nonce }: YubicoQuestion, key: Uint8Array): string {
  // As LinOTP orders them; what is signed has an order of its own.
  const parts: readonly Part[] = [
    ['nonce', nonce],
    ['otp', otp],
    ['id', id],
    ['timestamp', '1'],
  ];
  const query = new URLSearchParams(parts.map(([name, value]): [string, string] => [name, value]));
  query.set('h', signature(parts, key));
  return query.toString();
}

/** What a server answered to a question: signed with the key, and about this nonce and this OTP. */
export function yubicoStatus(body: string, { otp, nonce }: YubicoQuestion, key: Uint8Array): YubicoStatus {
  const parts = body.split(/\r?\n/).flatMap(partOf);
  const answer = new Map(parts);
  // Twice the same name means two things.
  if (answer.size !== parts.length) return null;
  const proof = Buffer.from(answer.get('h') ?? '', 'base64');
  const expected = Buffer.from(
    signature(
      parts.filter(([name]) => name !== 'h'),
      key,
    ),
    'base64',
  );
  if (proof.length !== expected.length || !timingSafeEqual(proof, expected)) return null;
  if (answer.get('otp') !== otp || answer.get('nonce') !== nonce) return null;
  const status = answer.get('status');
  return status === undefined ? null : { status, counter: counterOf(answer) };
}

type Part = readonly [name: string, value: string];

function partOf(line: string): Part[] {
  const at = line.indexOf('=');
  return at < 1 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
}

/** HMAC-SHA-1 of the parts in their alphabetical order, in Base64. */
function signature(parts: readonly Part[], key: Uint8Array): string {
  const signed = parts
    .map(([name, value]) => `${name}=${value}`)
    .toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0))
    .join('&');
  return createHmac('sha1', key).update(signed, 'utf8').digest('base64');
}

/** As a Yubikey whose key is known counts (spec/token-types §11): uses since it was made, and values of the last one. */
function counterOf(answer: ReadonlyMap<string, string>): number | null {
  const [uses, session] = [answer.get('sessioncounter'), answer.get('sessionuse')];
  const areNumbers = /^\d{1,5}$/.test(uses ?? '') && /^\d{1,3}$/.test(session ?? '');
  return areNumbers ? Number(uses) * 256 + Number(session) : null;
}
