import { auditRecord } from '../audit-facts.js';
import { AUDIT_LIMITS, type AuditRecord } from '../audit-record.js';
import {
  type LaneOpening,
  firstGenesis,
  genesis,
  lengthPrefixed,
  nextChain,
  rowHash,
  signedMessage,
} from './chain.js';

const EMPTY: AuditRecord = {
  at: new Date(0),
  action: '',
  succeeded: false,
  serial: '',
  tokenType: '',
  user: '',
  realm: '',
  administrator: '',
  detail: '',
  info: '',
  node: '',
  client: '',
  logLevel: '',
  clearanceLevel: 0,
};

const TEXTS = [
  'action',
  'serial',
  'tokenType',
  'user',
  'realm',
  'administrator',
  'detail',
  'info',
  'node',
  'client',
  'logLevel',
] as const;

function hashOf(changes: Partial<AuditRecord>, lane = '1', sequence = 1, batchStart = 1): string {
  const place = { format: 1, lane, sequence, batchStart, heads: '' } as const;
  return rowHash(place, { ...EMPTY, ...changes }).toString('hex');
}

describe('rowHash', () => {
  it('tells apart what was written into which column', () => {
    const hashes = TEXTS.map((column) => hashOf({ [column]: 'x' }));
    expect(new Set(hashes).size).toBe(TEXTS.length);
  });

  it('tells apart how text is divided among neighbouring columns', () => {
    for (const [place, column] of TEXTS.slice(0, -1).entries()) {
      const next = TEXTS[place + 1] ?? column;
      const divisions = [
        { [column]: 'abc', [next]: '' },
        { [column]: 'ab', [next]: 'c' },
        { [column]: 'a', [next]: 'bc' },
        { [column]: '', [next]: 'abc' },
        // What a naive separator or a copied length prefix would look like.
        { [column]: 'a\0b', [next]: 'c' },
        { [column]: 'a', [next]: 'b\0c' },
        { [column]: 'a\0\0\0\u0001b', [next]: '' },
        { [column]: 'a', [next]: 'b' },
      ];
      expect(new Set(divisions.map((division) => hashOf(division))).size).toBe(divisions.length);
    }
  });

  it('binds lane, place and start of the batch', () => {
    const places = [
      hashOf({}, '1', 1, 1),
      hashOf({}, '2', 1, 1),
      hashOf({}, '1', 2, 1),
      hashOf({}, '1', 2, 2),
      hashOf({}, '11', 1, 1),
      hashOf({}, '1', 11, 1),
      hashOf({}, '1', 1, 11),
    ];
    expect(new Set(places).size).toBe(places.length);
  });

  it('is the same for the same row, always', () => {
    // A literal: a change of the encoding would make every chain written so far unverifiable.
    expect(hashOf({ at: new Date('2026-01-02T03:04:05.678Z'), user: 'anna', succeeded: true })).toBe(
      '2253d46fba39536e44e1b367e2f8a38b9651acf3ce7b5564a76d610466fcb96f',
    );
    const place = { format: 2, lane: '1', sequence: 1, batchStart: 1 } as const;
    const record = { ...EMPTY, at: new Date('2026-01-02T03:04:05.678Z'), user: 'anna', succeeded: true };
    expect(rowHash({ ...place, heads: '' }, record).toString('hex')).toBe(
      'f64503bf315924060e882bb439c21cd81b39033258c877fa18ed0179ad80b2f3',
    );
    expect(rowHash({ ...place, heads: '4711:3:ab' }, record).toString('hex')).toBe(
      '2deded30d7d4652827e435eed1027e33513142bc5040894067ccb228039f14f5',
    );
  });
});

describe('genesis', () => {
  const head = { sequence: 7, chain: Buffer.alloc(32, 1) };
  const opening: LaneOpening = {
    lane: '1',
    node: 'n',
    openedAt: new Date(1),
    heads: '',
    predecessor: { lane: '2', head },
  };

  it('names all of how the lane was opened', () => {
    const openings: LaneOpening[] = [
      opening,
      { ...opening, lane: '2' },
      { ...opening, node: 'm' },
      { ...opening, openedAt: new Date(2) },
      { ...opening, heads: '3:1:ab' },
      { ...opening, predecessor: null },
      { ...opening, predecessor: { lane: '3', head } },
      { ...opening, predecessor: { lane: '2', head: { ...head, sequence: 8 } } },
      { ...opening, predecessor: { lane: '2', head: { ...head, chain: Buffer.alloc(32, 2) } } },
    ];
    const values = openings.map((one) => genesis(one).toString('hex'));
    expect(new Set(values).size).toBe(openings.length);
  });

  it('is the same for the same lane, always', () => {
    expect(genesis(opening).toString('hex')).toBe(
      '40b2cfc1bc75b1687a769580c0a65479008fa3f1d15a3ba5b8bb3fe6413571b2',
    );
    expect(firstGenesis('1', null).toString('hex')).toBe(
      '1b8bd51dbc8025d93c2efe008c6acbdb28a0479f2a2fb8e4014b85500444b12a',
    );
    expect(firstGenesis('1', opening.predecessor).toString('hex')).toBe(
      '736334516d20329bc0c5373d2d89b54ae99f7ce3b32be4424162cc0e427e2509',
    );
  });
});

describe('nextChain', () => {
  const own = Buffer.alloc(32, 3);
  const head = { sequence: 1, chain: Buffer.alloc(32, 1), seal: Buffer.alloc(64, 2) };
  const next = (format: 1 | 2, changes: Partial<typeof head>, startsBatch: boolean) =>
    nextChain(format, { ...head, ...changes }, own, startsBatch).toString('hex');

  it('covers the signature before at the start of a batch, in format 2', () => {
    const other = { seal: Buffer.alloc(64, 4) };
    expect(next(2, {}, true)).not.toBe(next(2, other, true));
    expect(next(2, {}, false)).toBe(next(2, other, false));
    expect(next(1, {}, true)).toBe(next(1, other, true));
    expect(next(2, {}, false)).toBe(next(1, {}, true));
    expect(next(2, { seal: Buffer.alloc(0) }, true)).toBe(next(1, {}, true));
  });

  it('takes stored values of any length', () => {
    expect(next(2, { seal: Buffer.alloc(1000) }, true)).toHaveLength(64);
    expect(next(2, { chain: Buffer.alloc(0) }, true)).toHaveLength(64);
  });
});

describe('signedMessage', () => {
  it('fits one lane, one place and one chain value only', () => {
    const chain = Buffer.alloc(32, 1);
    const messages = [
      signedMessage('1', { sequence: 12, chain }),
      signedMessage('11', { sequence: 2, chain }),
      signedMessage('1', { sequence: 2, chain }),
      signedMessage('1', { sequence: 12, chain: Buffer.alloc(32, 2) }),
    ].map((message) => Buffer.from(message).toString('hex'));
    expect(new Set(messages).size).toBe(messages.length);
  });
});

describe('auditRecord', () => {
  const context = {
    action: 'validate/check',
    client: '192.0.2.1',
    administrator: '',
    user: 'anna',
    realm: 'r',
  };
  const at = new Date('2026-01-02T03:04:05.678Z');

  it('takes user, realm and administrator of the request where the work says nothing better', () => {
    expect(auditRecord(context, { succeeded: true }, at, 'node-1')).toMatchObject({
      at,
      action: 'validate/check',
      client: '192.0.2.1',
      user: 'anna',
      realm: 'r',
      serial: '',
      node: 'node-1',
    });
    expect(auditRecord(context, { succeeded: false, user: 'bernd', realm: '' }, at, 'node-1')).toMatchObject({
      succeeded: false,
      user: 'bernd',
      realm: '',
    });
  });

  it('cuts every text to its limit', () => {
    const long = 'x'.repeat(10_000);
    const facts = {
      succeeded: true,
      serial: long,
      tokenType: long,
      user: long,
      realm: long,
      administrator: long,
      detail: long,
      info: long,
    };
    const record = auditRecord({ ...context, action: long, client: long }, facts, at, long);
    for (const [field, limit] of Object.entries(AUDIT_LIMITS)) {
      const text = record[field as keyof typeof AUDIT_LIMITS];
      expect([field, text.length, text.at(-1)]).toEqual([field, limit, '…']);
    }
  });

  it('keeps out what no UTF-8 column takes', () => {
    const record = auditRecord(context, { succeeded: false, detail: 'a\0b\ud800c', user: '\udc00' }, at, 'n');
    expect(record.detail).toBe('a\ufffdb\ufffdc');
    expect(record.user).toBe('\ufffd');
  });

  it('cuts no character in half', () => {
    const { detail } = auditRecord(context, { succeeded: false, detail: `${'x'.repeat(510)}😀😀` }, at, 'n');
    expect(detail).toBe(`${'x'.repeat(510)}…`);
    expect(detail.isWellFormed()).toBe(true);
  });
});

describe('lengthPrefixed', () => {
  it.each<[what: string, parts: (string | Uint8Array)[]]>([
    ['nothing', []],
    ['empty parts', ['', '']],
    ['ASCII', ['a', 'bc\0\x7f', '']],
    ['texts as long as one byte tells, and longer', ['a'.repeat(127), 'b'.repeat(128), 'c'.repeat(300)]],
    ['other texts', ['jürgen', '€', '😀', 'plain']],
    ['a last text that is no ASCII', ['plain', '\x80']],
    ['bytes', ['a', Buffer.of(0, 0x80, 0xff), Buffer.alloc(0)]],
  ])('has each part behind its length: %s', (_what, parts) => {
    const expected = parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    });
    expect(lengthPrefixed(parts).toString('hex')).toBe(Buffer.concat(expected).toString('hex'));
  });
});
