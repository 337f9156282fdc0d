import { stateOf, stateText } from './state-text.js';

describe('a State as a transaction id', () => {
  it.each([
    ['61626331', 'abc1'],
    ['01ff', '0x01ff'],
    ['6120', '0x6120'],
    ['307830316666', '0x307830316666'],
    ['c3bc', '0xc3bc'],
    ['00', '0x00'],
  ])('%s is %s, and comes back', (bytes, text) => {
    expect(stateText(Buffer.from(bytes, 'hex'))).toBe(text);
    expect(stateOf(text)?.toString('hex')).toBe(bytes);
  });

  it.each(['', 'x'.repeat(254), `0x${'ab'.repeat(254)}`])('is none: %#', (text) => {
    expect(stateOf(text)).toBeNull();
  });
});
