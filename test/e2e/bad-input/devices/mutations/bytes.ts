import type { Dice } from '../../../../support/audit/dice.js';

const LONG = 5_000;
/** What numbers and lengths are set to, as bytes. */
const EXTREMES = [
  '00',
  '01',
  '7f',
  '80',
  'ff',
  '0000',
  'ffff',
  '7fffffff',
  '80000000',
  'ffffffff',
  'ff'.repeat(8),
];

type Change = (bytes: Buffer, at: number, dice: Dice) => Buffer;

const CHANGES: Readonly<Record<string, Change>> = {
  'cut off': (bytes, at) => bytes.subarray(0, at),
  'without its beginning': (bytes, at) => bytes.subarray(at),
  'a bit': (bytes, at, dice) => replaced(bytes, at, Buffer.of((bytes[at] ?? 0) ^ (1 << dice.roll(8)))),
  'another byte': (bytes, at, dice) => replaced(bytes, at, Buffer.of(dice.roll(256))),
  'an extreme': (bytes, at, dice) => replaced(bytes, at, Buffer.from(dice.pick(EXTREMES), 'hex')),
  'a byte more': (bytes, at, dice) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(dice.roll(256)), bytes.subarray(at)]),
  'a byte less': (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
  'a part twice': (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes]),
  'a part of zeros': (bytes, at, dice) => replaced(bytes, at, Buffer.alloc(dice.roll(bytes.length + 1))),
  'a part of ones': (bytes, at, dice) => replaced(bytes, at, Buffer.alloc(dice.roll(bytes.length + 1), 255)),
  'zeros behind it': (bytes, _at, dice) => Buffer.concat([bytes, Buffer.alloc(dice.roll(LONG))]),
  'ones behind it': (bytes, _at, dice) => Buffer.concat([bytes, Buffer.alloc(dice.roll(LONG), 255)]),
  'nothing at all': () => Buffer.alloc(0),
};

/** Bytes that are not quite these. */
export function mutatedBytes(bytes: Buffer, dice: Dice): readonly [what: string, bytes: Buffer] {
  const what = dice.pick(Object.keys(CHANGES));
  return [what, CHANGES[what]?.(bytes, dice.roll(bytes.length), dice) ?? bytes];
}

/** Of the same length, unless they end behind it. */
function replaced(bytes: Buffer, at: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + by.length)]);
}
