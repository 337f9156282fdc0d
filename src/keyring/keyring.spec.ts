import { Keyring, SealBroken } from './keyring.js';

const place = { table: 'token', row: '17', column: 'secret_sealed' };
const plain = Buffer.from('a seed');

describe('Keyring', () => {
  const key = Keyring.generate();
  const keyring = new Keyring([key]);

  it('opens what it sealed, never twice the same', () => {
    const [one, other] = [keyring.seal(place, plain), keyring.seal(place, plain)];
    expect(keyring.open(place, one)).toEqual(plain);
    expect(one).not.toEqual(other);
    expect(one.includes(plain)).toBe(false);
  });

  it('seals nothing as well', () => {
    expect(keyring.open(place, keyring.seal(place, Buffer.alloc(0)))).toHaveLength(0);
  });

  it.each([
    { ...place, table: 'secret' },
    { ...place, row: '18' },
    { ...place, column: 'pin_sealed' },
    { table: 'token1', row: '7', column: 'secret_sealed' },
  ])('does not open a value that was moved to %j', (elsewhere) => {
    const sealed = keyring.seal(place, plain);
    expect(() => keyring.open(elsewhere, sealed)).toThrow(SealBroken);
  });

  it('does not open a value with any byte changed', () => {
    const sealed = keyring.seal(place, plain);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => keyring.open(place, changed)).toThrow(SealBroken);
    }
    expect(() => keyring.open(place, sealed.subarray(0, 20))).toThrow(SealBroken);
  });

  it('opens with an older key, and not without it', () => {
    const sealed = keyring.seal(place, plain);
    const next = Keyring.generate();
    expect(new Keyring([next, key]).open(place, sealed)).toEqual(plain);
    expect(() => new Keyring([next]).open(place, sealed)).toThrow(`no key ${key.id}`);
  });

  it('takes up the key of a value that it meets, and forgets none', () => {
    const next = Keyring.generate();
    const sealed = new Keyring([next]).seal(place, plain);
    const given = [[], [next], []];
    const running = new Keyring([key], () => given.shift() ?? []);
    expect(running.refresh()).toBe(0);
    expect(running.open(place, sealed)).toEqual(plain);
    expect(running.refresh()).toBe(0);
    expect(running.keyIds).toEqual([key.id, next.id]);
    expect(running.open(place, keyring.seal(place, plain))).toEqual(plain);
  });

  it('asks for the key of values that none opens once in a while, and not for each', () => {
    let asked = 0;
    const running = new Keyring([key], () => {
      asked++;
      throw new Error('no such file');
    });
    const sealed = new Keyring([Keyring.generate()]).seal(place, plain);
    for (let times = 0; times < 3; times++) expect(() => running.open(place, sealed)).toThrow(SealBroken);
    expect(asked).toBe(1);
  });

  it('seals with the key that it is told, of those that it has', () => {
    const next = Keyring.generate();
    const both = new Keyring([key, next]);
    expect(Keyring.keyIdOf(both.seal(place, plain))).toBe(key.id);
    both.sealWith(next.id);
    expect(Keyring.keyIdOf(both.seal(place, plain))).toBe(next.id);
    expect(() => both.sealWith('00000000')).toThrow('no key 00000000');
    expect(both.sealingKeyId).toBe(next.id);
  });
});
