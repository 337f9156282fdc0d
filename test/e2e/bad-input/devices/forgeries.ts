import type { Dice } from '../../../support/audit/dice.js';
import { givenKeyMaker } from '../../../support/clients/security-key-maker.js';
import { AAGUID, cbor } from '../../../support/clients/security-key.js';
import { mutatedBase64url } from './mutations/base64url.js';
import { mutatedBytes } from './mutations/bytes.js';
import { byteString, mutatedCbor } from './mutations/cbor.js';
import { mutatedJson } from './mutations/json.js';

/** An answer that is not quite the right one. */
export interface Forgery {
  readonly what: string;
  readonly text: string;
  /** Whether it may be good for all that: it says the same in another way, or was signed as it is. */
  readonly mayBeGood: boolean;
}

type Signer = (authenticatorData: Buffer, clientData: Buffer) => Buffer;
type Response = Readonly<Record<string, unknown>>;

/** Of a browser's response, what is binary: the parts that sign, and are signed. */
const SIGNED = [
  'clientDataJSON',
  'authenticatorData',
  'signature',
  'clientData',
  'signatureData',
  'keyHandle',
];
const OF_JSON = ['clientDataJSON', 'clientData'];
/** Where the id of a key begins in what an authenticator says (WebAuthn Level 3 §6.5.1), and its length. */
const ID_AT = 55;

/**
 * What a browser sends, otherwise in one of its layers: JSON, base64url, or what is encoded by it.
 *
 * @param right JSON
 * @param signer signs some of what is otherwise
 */
export function forgedResponse(right: string, dice: Dice, signer?: Signer): Forgery {
  const layer = dice.roll(6);
  const [what, text] =
    layer === 0
      ? mutatedJson(right, dice)
      : withOtherPart(right, dice, layer === 1 ? null : (signer ?? null));
  return { what, text, mayBeGood: what.endsWith(RE_SIGNED) || saysTheSame(text, right) };
}

const RE_SIGNED = ', signed';

function withOtherPart(right: string, dice: Dice, signer: Signer | null): readonly [string, string] {
  const whole = JSON.parse(right) as Response;
  const parts = { ...whole, ...(whole['response'] as Response | undefined) };
  const texts = Object.entries(parts).filter(([name, value]) => typeof value === 'string' && name !== 'type');
  const [name, value] = dice.pick(texts);
  const bytes = Buffer.from(String(value), 'base64url');
  if (dice.roll(5) === 0) {
    const [what, text] = mutatedBase64url(String(value), dice);
    return [`${name} ${what}`, withPart(whole, { [name]: text })];
  }
  const [what, changed] = otherContent(name, bytes, dice);
  const changes = { [name]: changed.toString('base64url') };
  const isSigned = name === 'clientDataJSON' || name === 'authenticatorData';
  if (!signer || !isSigned || dice.roll(3) === 0) return [`${name} ${what}`, withPart(whole, changes)];
  const now = { ...parts, ...changes };
  const [data, client] = [now['authenticatorData'], now['clientDataJSON']].map((part) =>
    Buffer.from(String(part), 'base64url'),
  );
  const signature = signer(data ?? bytes, client ?? bytes).toString('base64url');
  return [`${name} ${what}${RE_SIGNED}`, withPart(whole, { ...changes, signature })];
}

function otherContent(name: string, bytes: Buffer, dice: Dice): readonly [string, Buffer] {
  if (name === 'attestationObject') return otherAttestation(bytes, dice);
  if (!OF_JSON.includes(name) || dice.roll(4) === 0) return mutatedBytes(bytes, dice);
  const [what, text] = mutatedJson(bytes.toString('utf8'), dice);
  return [what, Buffer.from(text)];
}

function withPart(whole: Response, changes: Readonly<Record<string, string>>): string {
  const inner = whole['response'] as Response | undefined;
  const of = (members: Response) =>
    Object.fromEntries(Object.entries(changes).filter(([name]) => name in members));
  // The id is said twice, alike.
  const id = 'id' in changes && 'rawId' in whole ? { rawId: changes['id'] } : {};
  return JSON.stringify({
    ...whole,
    ...of(whole),
    ...id,
    ...(inner && {
      response: {
        ...inner,
        ...of(inner),
        ...('signature' in changes && { signature: changes['signature'] }),
      },
    }),
  });
}

function saysTheSame(text: string, right: string): boolean {
  try {
    const [one, other] = [text, right].map((json) => {
      const whole = JSON.parse(json) as Response;
      const parts: Response = { ...whole, ...(whole['response'] as Response | undefined) };
      return SIGNED.map((name) => Buffer.from(String(parts[name]), 'base64url').toString('hex')).join();
    });
    return one === other;
  } catch {
    return false;
  }
}

let made: ReturnType<typeof givenKeyMaker> | undefined;

/** By whom some of the keys are vouched for. */
export function maker(): ReturnType<typeof givenKeyMaker> {
  made ??= givenKeyMaker(AAGUID);
  return made;
}

function otherAttestation(bytes: Buffer, dice: Dice): readonly [string, Buffer] {
  const data = byteString(bytes, 'authData');
  const layer = dice.roll(5);
  if (!data || layer < 2) return mutatedCbor(bytes, dice);
  if (layer === 2) return otherStatement(data.content, dice);
  const keyAt = ID_AT + data.content.readUInt16BE(ID_AT - 2);
  if (layer === 3) {
    const [what, key] = mutatedCbor(data.content.subarray(keyAt), dice);
    return [`key ${what}`, data.with(Buffer.concat([data.content.subarray(0, keyAt), key]))];
  }
  // The fields before the key, or their flags and lengths alone.
  const changed = Buffer.from(data.content);
  const place = dice.pick([32, ID_AT - 2, ID_AT - 1]);
  if (dice.roll(2) === 0) {
    changed[place] = dice.roll(256);
    return [`authData byte ${place}`, data.with(changed)];
  }
  const [what, other] = mutatedBytes(data.content, dice);
  return [`authData ${what}`, data.with(other)];
}

const FORMATS = 'packed fido-u2f tpm android-key android-safetynet apple none compound x __proto__'.split(
  ' ',
);
const NUMBERS = [-7, -8, -257, -65_535, 0, 1];

/** What a maker says, in the words of any kind of statement (WebAuthn Level 3 §8), and rightly of none. */
function otherStatement(authData: Buffer, dice: Dice): readonly [string, Buffer] {
  const { chain, rootCertificate } = maker();
  const [leaf = rootCertificate] = chain;
  const [what, certificate] = mutatedBytes(leaf, dice);
  const noise = () => mutatedBytes(Buffer.from('ff54434780170022000b', 'hex'), dice)[1];
  const members: readonly (readonly [string, unknown])[] = [
    ['alg', dice.pick(NUMBERS)],
    ['sig', dice.roll(2) === 0 ? Buffer.from('3006020101020101', 'hex') : noise()],
    [
      'x5c',
      dice.pick<unknown>([
        [certificate],
        [leaf],
        [leaf, certificate],
        [leaf, rootCertificate],
        [],
        [noise()],
        certificate,
      ]),
    ],
    ['ver', dice.pick(['2.0', '1', ''])],
    ['certInfo', noise()],
    ['pubArea', noise()],
    [
      'response',
      Buffer.from(
        `${base64url('{"alg":"RS256","x5c":["AAAA"]}')}.${base64url(dice.pick(['{}', '[]', 'null', '{"nonce":1,"timestampMs":"x"}']))}.AAAA`,
      ),
    ],
  ];
  const format = dice.pick(FORMATS);
  const sent = members.filter(() => dice.roll(5) > 0);
  const object = cbor(
    new Map<unknown, unknown>([
      ['fmt', format],
      ['attStmt', new Map(sent)],
      ['authData', authData],
    ]),
  );
  return [`statement ${format}: ${sent.map(([name]) => name).join()}; certificate ${what}`, object];
}

/** A signature of a device, or another text of it. */
export function forgedText(right: string, dice: Dice): Forgery {
  if (dice.roll(2) === 0) {
    const [what, text] = mutatedBase64url(right, dice);
    return { what, text, mayBeGood: isSameBytes(text, right) };
  }
  const [what, bytes] = mutatedBytes(Buffer.from(right, 'base64url'), dice);
  const text = bytes.toString('base64url');
  return { what, text, mayBeGood: isSameBytes(text, right) };
}

function isSameBytes(one: string, other: string): boolean {
  return Buffer.from(one, 'base64url').equals(Buffer.from(other, 'base64url'));
}

/** Digits. */
export function forgedDigits(right: string, dice: Dice): Forgery {
  const [what, bytes] = mutatedBytes(Buffer.from(right), dice);
  const text = bytes.toString('latin1');
  return { what, text, mayBeGood: text === right };
}

/** By points of small order, anybody would know what two have agreed upon (RFC 7748 §6.1). */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ff'.repeat(32),
];
const KEY_AT = 5;
const KEY_BYTES = 32;

/** What an app says of its device before it is sealed (spec/token-types §17.2). */
export function otherPairing(plain: Buffer, dice: Dice): Buffer {
  const [head, key, texts] = [
    plain.subarray(0, KEY_AT),
    plain.subarray(KEY_AT, KEY_AT + KEY_BYTES),
    plain.subarray(KEY_AT + KEY_BYTES),
  ];
  switch (dice.roll(4)) {
    case 0:
      return Buffer.concat([head, Buffer.from(dice.pick(SMALL_ORDER), 'hex'), texts]);
    case 1:
      return Buffer.concat([head, key, mutatedBytes(texts, dice)[1]]);
    case 2:
      return Buffer.concat([Buffer.of(dice.roll(256)), head.subarray(1), key, texts]);
    default:
      return mutatedBytes(plain, dice)[1];
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
