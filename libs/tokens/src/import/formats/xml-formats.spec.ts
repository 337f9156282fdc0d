import { readFile } from '../../../../../test/support/clients/given-token-file.js';

const SEED = '3132333435363738393031323334353637383930';

const TOKEN = {
  line: 1,
  serial: 'SN0001',
  type: 'hotp',
  seed: SEED,
  digits: null,
  hash: 'sha1',
  stepSeconds: null,
  shiftSeconds: null,
  counter: 1,
  description: 'imported',
  owner: null,
  realm: '',
  pin: null,
};

const tokens = (...inner: readonly string[]) => `<Tokens>${inner.join('\n')}</Tokens>`;
const etoken = (serial: string, seed: string, more = '') =>
  `<Token serial="${serial}"><ProductName>eToken PASS</ProductName><Applications><Application ConnectorID="{0}">
   ${seed === '' ? '' : `<Seed>${seed}</Seed>`}${more}</Application></Applications></Token>`;

describe('aladdin-xml', () => {
  it('reads what SafeNet delivers, with the counter', async () => {
    const { tokens: read } = await readFile(
      'aladdin-xml',
      tokens(etoken('SN0001', SEED, '<MovingFactor>1</MovingFactor>')),
    );
    expect(read).toEqual([TOKEN]);
  });

  it('takes whatever namespace there is', async () => {
    const text = `<x:Tokens xmlns:x="urn:any"><x:Token serial="SN0001"><x:Applications><x:Application><x:Seed><![CDATA[${SEED}]]></x:Seed></x:Application></x:Applications></x:Token></x:Tokens>`;
    expect((await readFile('aladdin-xml', text)).tokens).toEqual([{ ...TOKEN, counter: 0 }]);
  });

  it.each([
    ['sha256 of a seed of 32 bytes', '31'.repeat(32), null, 'sha256'],
    ['sha1 of one of 64', '31'.repeat(64), null, 'sha1'],
    ['what it is told to', SEED, 'sha512', 'sha512'],
  ] as const)('takes %s', async (_what, seed, hash, expected) => {
    const { tokens: read } = await readFile('aladdin-xml', tokens(etoken('SN0001', seed)), { hash });
    expect(read[0]?.hash).toBe(expected);
  });

  it('leaves out what has no serial or no seed', async () => {
    const { tokens: read, skipped } = await readFile(
      'aladdin-xml',
      tokens(etoken('', SEED), etoken('B', ''), etoken('C', SEED)),
    );
    expect(read.map(({ serial }) => serial)).toEqual(['C']);
    expect(skipped.map(({ reason }) => reason)).toEqual(['there is no serial', 'there is no seed of B']);
  });

  it.each([
    ['another root', '<Other/>', null, 'No toplevel element Tokens'],
    [
      'a seed that is none',
      tokens(etoken('A', 'zz')),
      1,
      'The provided token seed contains non-hexadecimal characters',
    ],
    [
      'a counter that is none',
      tokens(etoken('A', SEED, '<MovingFactor>-1</MovingFactor>')),
      1,
      'MovingFactor must be a whole number from 0 to 9007199254740990',
    ],
    ['a DTD', '<!DOCTYPE Tokens [<!ENTITY a "b">]><Tokens/>', 1, 'a document type (DOCTYPE) is not accepted'],
    [
      'an external DTD',
      '<!DOCTYPE Tokens SYSTEM "file:///etc/passwd"><Tokens/>',
      1,
      'a document type (DOCTYPE) is not accepted',
    ],
    [
      'an entity',
      tokens(etoken('A', '&seed;')),
      2,
      'the file is no well-formed XML: Invalid character entity',
    ],
    ['a half', '<Tokens>\n<Token serial="A">', 2, 'the file is no well-formed XML: Unclosed root tag'],
    ['two roots', '<Tokens></Tokens>\n<Tokens></Tokens>', 2, 'there is more than one root element'],
    [
      'another depth',
      `<Tokens>${'<a>'.repeat(40)}${'</a>'.repeat(40)}</Tokens>`,
      1,
      'elements are nested deeper than 32',
    ],
    [
      'masses of elements',
      tokens(`<Token>${'<a/>'.repeat(2_000)}</Token>`),
      1,
      'an entry has more than 1000 elements',
    ],
    [
      'masses of text',
      tokens(`<Token>${'a'.repeat(70_000)}</Token>`),
      1,
      'an entry has more than 65536 characters',
    ],
    ['nothing', '', null, 'there is no token in the file: is it of the format aladdin-xml?'],
  ])('refuses %s', async (_what, text, line, reason) => {
    expect((await readFile('aladdin-xml', text)).problems).toEqual([{ line, reason }]);
  });
});

describe('feitian', () => {
  const device = (
    id: string,
    more = '',
  ) => `<Device><Key KeyAlgorithm="http://www.ietf.org/keyprov/pskc#hotp" KeyId="${id}">
    <AlgorithmParameters><ResponseFormat Length="6"/></AlgorithmParameters>
    <Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>${more}</Data></Key></Device>`;
  const container = (inner: string) =>
    `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc:1.0">${inner}</KeyContainer>`;

  it('reads its devices', async () => {
    const { tokens: read } = await readFile(
      'feitian',
      container(device('FT001', '<Counter><PlainValue>5</PlainValue></Counter>')),
      { checksSerials: true },
    );
    expect(read).toEqual([{ ...TOKEN, serial: 'FT001', digits: 6, counter: 5 }]);
  });

  it('demands devices', async () => {
    expect((await readFile('feitian', container('<KeyPackage/>'))).problems).toEqual([
      { line: null, reason: 'No element Device contained!' },
    ]);
    expect((await readFile('feitian', '<Tokens/>')).problems).toEqual([
      { line: null, reason: 'No toplevel element KeyContainer' },
    ]);
  });
});
