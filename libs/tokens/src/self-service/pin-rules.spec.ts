import { searchExpression } from '@app/policies';

import { type PinAlphabet, type PinRules, mergedPinRules, pinRefusal } from './pin-rules.js';

const ALPHABET: PinAlphabet = {
  letters: searchExpression('[a-zA-Z]'),
  digits: searchExpression('[0-9]'),
  special: searchExpression(String.raw`[.:,;-_<>+*!/()=?$§%&#~\^]`),
};
const FREE: PinRules = { least: null, most: null, contents: '' };

/** As `too-short 4`, `without letters`; `null`: the PIN may be set. */
function told(pin: string, rules: Partial<PinRules>): string | null {
  const refusal = pinRefusal(pin, { ...FREE, ...rules }, ALPHABET);
  return refusal && Object.values(refusal).join(' ');
}

describe('a PIN', () => {
  it.each<[pin: string, rules: Partial<PinRules>, refusal: string | null]>([
    ['', {}, null],
    ['geheim', {}, null],
    ['123', { least: 4 }, 'too-short 4'],
    ['1234', { least: 4 }, null],
    ['', { least: 1 }, 'too-short 1'],
    ['', { least: 0 }, null],
    ['123456789', { most: 8 }, 'too-long 8'],
    ['12345678', { most: 8 }, null],
    ['1', { most: 0 }, 'too-long 0'],
    // In characters, not in code units.
    ['😀😀', { least: 3 }, 'too-short 3'],
    ['😀😀', { most: 2 }, null],

    ['a1', { contents: 'cn' }, null],
    ['a1!ä', { contents: 'cn' }, null],
    ['1', { contents: 'cn' }, 'without letters'],
    ['a', { contents: 'cn' }, 'without digits'],
    ['a1', { contents: 's' }, 'without special'],
    ['a1!', { contents: 'o' }, 'without other'],
    ['ä', { contents: 'o' }, null],
    ['', { contents: 'n' }, 'without digits'],

    ['a', { contents: '+cn' }, null],
    ['1', { contents: '+cn' }, null],
    ['a1', { contents: '+cn' }, null],
    ['a!', { contents: '+cn' }, 'not-of-group +cn'],
    ['ä', { contents: '+cn' }, 'not-of-group +cn'],
    ['', { contents: '+cn' }, 'not-of-group +cn'],
    ['1', { contents: '+' }, 'not-of-group +'],

    ['12', { contents: '-n' }, null],
    ['1a', { contents: '-n' }, 'with letters -n'],
    ['a1', { contents: '-c' }, 'with digits -c'],
    ['1!', { contents: '-n' }, 'with special -n'],
    ['1ä', { contents: '-n' }, 'with other -n'],
    ['1', { contents: '-cn' }, 'without letters'],
    // Capital letters are in LinOTP's range of special characters, too: they are letters first.
    ['Ab1', { contents: '-cn' }, null],
    ['<=>?@[]_', { contents: '-s' }, null],
    // A blank, a quote, a minus: in no class.
    ['1 ', { contents: '-no' }, null],
    ["1'", { contents: '-n' }, 'with other -n'],
  ])('%j with %j: %j', (pin, rules, refusal) => {
    expect(told(pin, rules)).toBe(refusal);
  });
});

describe('rules of several realms', () => {
  it.each([
    [{ least: [], most: [], contents: [] }, FREE],
    [
      { least: [6, 4], most: [8, 12], contents: [] },
      { least: 4, most: 12, contents: '' },
    ],
    [
      { least: [-1, 4], most: [-1], contents: [''] },
      { least: 4, most: null, contents: '' },
    ],
    [
      { least: [], most: [], contents: [' +cn '] },
      { ...FREE, contents: '+cn' },
    ],
    [
      { least: [], most: [], contents: ['c', 'n'] },
      { ...FREE, contents: 'cn' },
    ],
    [
      { least: [], most: [], contents: ['+s', 'c', '+c'] },
      { ...FREE, contents: '+cs' },
    ],
    [
      { least: [], most: [], contents: ['+c', '-n'] },
      { ...FREE, contents: '-cn' },
    ],
  ])('%j are %j', (said, rules) => {
    expect(mergedPinRules(said)).toEqual(rules);
  });
});
