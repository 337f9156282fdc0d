import { Secret } from '@app/kernel';

import { PredictableRandom } from '../../../test/support/domain/given-token.js';
import { matchesPin, pinVerifier } from './pin.js';

const bytesOf = (secret: Secret) => secret.use((bytes) => Buffer.from(bytes));

describe('the PIN verifier', () => {
  const verifier = pinVerifier('pin1', new PredictableRandom());

  it.each(['', 'pin', 'pin11', 'PIN1', 'pin1\0', ' pin1'])('refuses "%s"', (candidate) => {
    expect(matchesPin(verifier, candidate)).toBe(false);
  });

  it.each(['pin1', '', 'grün😀', 'x'.repeat(10_000)])('accepts the PIN that it was made of: %#', (pin) => {
    expect(matchesPin(pinVerifier(pin, new PredictableRandom()), pin)).toBe(true);
  });

  it('without a verifier only the empty PIN matches', () => {
    expect(matchesPin(null, '')).toBe(true);
    expect(matchesPin(null, 'x')).toBe(false);
  });

  it('a PIN that was set to nothing matches nothing else', () => {
    expect(matchesPin(pinVerifier('', new PredictableRandom()), 'x')).toBe(false);
  });

  it('has a salt of its own each time and does not hold the PIN', () => {
    const random = new PredictableRandom();
    const first = bytesOf(pinVerifier('pin1', random));
    const second = bytesOf(pinVerifier('pin1', random));
    expect(first.equals(second)).toBe(false);
    expect(first.subarray(17).equals(second.subarray(17))).toBe(false);
    expect(first.includes('pin1')).toBe(false);
  });

  it.each([
    {
      title: 'of another format',
      change: (bytes: Buffer) => Buffer.concat([Buffer.of(2), bytes.subarray(1)]),
    },
    { title: 'that is cut', change: (bytes: Buffer) => bytes.subarray(0, -1) },
    { title: 'that is too long', change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]) },
    { title: 'that is empty', change: () => Buffer.alloc(0) },
  ])('a verifier $title matches nothing', ({ change }) => {
    const broken = Secret.of(change(bytesOf(verifier)));
    expect(matchesPin(broken, 'pin1')).toBe(false);
    expect(matchesPin(broken, '')).toBe(false);
  });
});
