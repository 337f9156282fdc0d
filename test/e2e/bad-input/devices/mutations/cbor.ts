import type { Dice } from '../../../../support/audit/dice.js';
import { mutatedBytes } from './bytes.js';

/** A data item where it stands (RFC 8949 §3). */
interface Item {
  readonly start: number;
  /** Where its head ends. */
  readonly content: number;
  readonly end: number;
  readonly major: number;
  /** A number, or how many bytes, items or pairs. */
  readonly argument: number;
}

const DEEP = 5_000;
const LONG = 30_000;
const BYTES = 2;
const MAP = 5;

/** Items that nobody expects. */
const ITEMS: Readonly<Record<string, Buffer>> = {
  '2^64 - 1': hex('1bffffffffffffffff'),
  '-2^64': hex('3bffffffffffffffff'),
  'a big number': Buffer.concat([hex('c2590400'), Buffer.alloc(1_024, 255)]),
  NaN: hex('f97e00'),
  infinity: hex('fb7ff0000000000000'),
  undefined: hex('f7'),
  null: hex('f6'),
  false: hex('f4'),
  'a simple value that is reserved': hex('f818'),
  'a break': hex('ff'),
  'no bytes': hex('40'),
  'no text': hex('60'),
  'an empty list': hex('80'),
  'an empty map': hex('a0'),
  'text that is no UTF-8': hex('62c328'),
  'a tag of a date': hex('c11bffffffffffffffff'),
  'lists without end': Buffer.concat([Buffer.alloc(DEEP, 0x81), hex('00')]),
  'maps without end': Buffer.concat([Buffer.from('a100'.repeat(DEEP), 'hex'), hex('00')]),
  'tags without end': Buffer.concat([Buffer.alloc(DEEP, 0xc1), hex('00')]),
  'open lists without end': Buffer.alloc(DEEP, 0x9f),
  'long bytes': Buffer.concat([hex('5a00007530'), Buffer.alloc(LONG)]),
  'long text': Buffer.concat([hex('7a00007530'), Buffer.alloc(LONG, 'x')]),
  'a list of 2^32 - 1': hex('9affffffff'),
  'a map of 2^64 - 1': hex('bbffffffffffffffff'),
  'bytes in parts': hex('5f4101420203ff'),
  'bytes in parts without an end': hex('5f4101'),
};
/** What may stand for a length, a count or a number: heads without their kind. */
const ARGUMENTS = [
  '00',
  '01',
  '17',
  '18ff',
  '19ffff',
  '1a7fffffff',
  '1affffffff',
  '1b001fffffffffffff',
  '1bffffffffffffffff',
  '1c',
  '1e',
  '1f',
];

type Change = (bytes: Buffer, item: Item, dice: Dice) => Buffer;

const CHANGES: Readonly<Record<string, Change>> = {
  'another item': (bytes, item, dice) => spliced(bytes, item, dice.pick(Object.values(ITEMS))),
  'of another length': (bytes, item, dice) =>
    Buffer.concat([
      bytes.subarray(0, item.start),
      headOf(item.major, hex(dice.pick(ARGUMENTS))),
      bytes.subarray(item.content),
    ]),
  'one more than there is': (bytes, item) => withArgument(bytes, item, item.argument + 1),
  'one less than there is': (bytes, item) => withArgument(bytes, item, Math.max(0, item.argument - 1)),
  'with a longer head': (bytes, item) => withArgument(bytes, item, item.argument),
  'of another kind': (bytes, item, dice) => {
    const changed = Buffer.from(bytes);
    changed[item.start] = (dice.roll(8) << 5) | ((bytes[item.start] ?? 0) & 31);
    return changed;
  },
  'cut off': (bytes, item) => bytes.subarray(0, item.content),
  'left out': (bytes, item) => spliced(bytes, item, Buffer.alloc(0)),
  twice: (bytes, item) => spliced(bytes, item, Buffer.concat([whole(bytes, item), whole(bytes, item)])),
  'under a tag': (bytes, item) => spliced(bytes, item, Buffer.concat([hex('d818'), whole(bytes, item)])),
  'in a list': (bytes, item) => spliced(bytes, item, Buffer.concat([hex('81'), whole(bytes, item)])),
  'of other bytes': (bytes, item, dice) => {
    if (item.major !== BYTES || item.argument === 0) return spliced(bytes, item, hex('4100'));
    const [, content] = mutatedBytes(bytes.subarray(item.content, item.end), dice);
    return spliced(bytes, item, Buffer.concat([longHead(BYTES, content.length), content]));
  },
  'a map with its first pair twice': (bytes, item, dice) => {
    const map = item.major === MAP && item.argument > 0 ? item : mapIn(bytes);
    const pair = bytes.subarray(map.content, endOfPair(bytes, map));
    const other =
      dice.roll(2) === 0 ? pair : Buffer.concat([whole(bytes, itemAt(bytes, map.content)), hex('f6')]);
    const content = Buffer.concat([pair, bytes.subarray(map.content + pair.length, map.end), other]);
    return spliced(bytes, map, Buffer.concat([longHead(MAP, map.argument + 1), content]));
  },
  'with more behind it': (bytes, _item, dice) => Buffer.concat([bytes, dice.pick(Object.values(ITEMS))]),
};

/** CBOR, or nearly, that is not quite this. */
export function mutatedCbor(bytes: Buffer, dice: Dice): readonly [what: string, bytes: Buffer] {
  const item = dice.pick(itemsIn(bytes));
  const what = dice.pick(Object.keys(CHANGES));
  return [`CBOR at ${item.start} ${what}`, CHANGES[what]?.(bytes, item, dice) ?? bytes];
}

/** @returns whole bytes of the first byte string behind a name of a map; `null`: there is none */
export function byteString(
  bytes: Buffer,
  name: string,
): { readonly content: Buffer; with(content: Buffer): Buffer } | null {
  const items = itemsIn(bytes);
  const place = items.findIndex(
    (item) => item.major === 3 && bytes.toString('utf8', item.content, item.end) === name,
  );
  const item = items[place + 1];
  if (place < 0 || item?.major !== BYTES) return null;
  return {
    content: bytes.subarray(item.content, item.end),
    with: (content) => spliced(bytes, item, Buffer.concat([longHead(BYTES, content.length), content])),
  };
}

/** Of an item that is right, each item within, in their order. */
function itemsIn(bytes: Buffer, start = 0): Item[] {
  const item = itemAt(bytes, start);
  const inner: Item[] = [];
  if (item.major === 4 || item.major === MAP) {
    for (let at = item.content; at < item.end; at = itemAt(bytes, at).end) inner.push(...itemsIn(bytes, at));
  }
  return [item, ...inner];
}

function itemAt(bytes: Buffer, start: number): Item {
  const first = bytes.readUInt8(start);
  const [major, short] = [first >> 5, first & 31];
  const size = short < 24 ? 0 : 1 << (short - 24);
  const argument =
    size === 0 ? short : Number(bytes.subarray(start + 1, start + 1 + size).readUIntBE(0, Math.min(6, size)));
  const content = start + 1 + size;
  let end = content;
  if (major === BYTES || major === 3) end += argument;
  const items = major === 4 ? argument : major === MAP ? 2 * argument : 0;
  for (let item = 0; item < items; item++) end = itemAt(bytes, end).end;
  return { start, content, end, major, argument };
}

function mapIn(bytes: Buffer): Item {
  const map = itemsIn(bytes).find(({ major, argument }) => major === MAP && argument > 0);
  if (!map) throw new Error('no map to change');
  return map;
}

function endOfPair(bytes: Buffer, { content }: Item): number {
  return itemAt(bytes, itemAt(bytes, content).end).end;
}

function whole(bytes: Buffer, { start, end }: Item): Buffer {
  return bytes.subarray(start, end);
}

function spliced(bytes: Buffer, { start, end }: Item, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);
}

function withArgument(bytes: Buffer, { start, content, major }: Item, argument: number): Buffer {
  return Buffer.concat([bytes.subarray(0, start), longHead(major, argument), bytes.subarray(content)]);
}

/** In four bytes, however little it says. */
function longHead(major: number, argument: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = (major << 5) | 26;
  bytes.writeUInt32BE(argument, 1);
  return bytes;
}

function headOf(major: number, argument: Buffer): Buffer {
  const head = Buffer.from(argument);
  head[0] = (major << 5) | (argument[0] ?? 0);
  return head;
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
