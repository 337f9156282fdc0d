import type { Dice } from '../../../../support/audit/dice.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

type Change = (text: string, at: number, dice: Dice) => string;

const CHANGES: Readonly<Record<string, Change>> = {
  'padded once': (text) => `${text}=`,
  'padded twice': (text) => `${text}==`,
  'padded without end': (text) => `${text}${'='.repeat(1_000)}`,
  'padded in the middle': (text, at) => inserted(text, at, '=='),
  'of the other alphabet': (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  'with a character of the other alphabet': (text, at) => inserted(text, at, '+/+/'),
  'with a blank': (text, at) => inserted(text, at, ' '),
  'with line feeds': (text) => text.replaceAll(/.{64}/g, '$&\r\n'),
  'with NUL': (text, at) => inserted(text, at, '\0'),
  'with a character that is none of it': (text, at, dice) => inserted(text, at, dice.pick([...'!.~%"<é'])),
  // A last character that adds six bits to whole bytes.
  'of an impossible length': (text) => `${text}${'A'.repeat((5 - (text.length % 4)) % 4)}`,
  'with another last character': (text, _at, dice) => `${text.slice(0, -1)}${dice.pick([...LETTERS])}`,
  'with a character more': (text, at, dice) => inserted(text, at, dice.pick([...LETTERS])),
  'without a character': (text, at) => text.slice(0, at) + text.slice(at + 1),
  'encoded twice': (text) => Buffer.from(text).toString('base64url'),
  'in hexadecimal': (text) => Buffer.from(text, 'base64url').toString('hex'),
  'as a data URL': (text) => `data:application/octet-stream;base64,${text}`,
  'followed by 60 KB': (text) => `${text}${'A'.repeat(60_000)}`,
  empty: () => '',
};

/** A text in base64url that is not quite this one, and may say the same. */
export function mutatedBase64url(text: string, dice: Dice): readonly [what: string, text: string] {
  const what = dice.pick(Object.keys(CHANGES));
  return [what, CHANGES[what]?.(text, dice.roll(text.length + 1), dice) ?? text];
}

function inserted(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}
