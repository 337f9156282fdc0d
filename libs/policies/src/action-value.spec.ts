import { readValue } from './action-value.js';

const ORIGIN = { policy: 'p', scope: 'authentication', action: 'otppin' };

describe('an action value', () => {
  it.each([
    ['bool', true, true],
    ['bool', false, false],
    ['bool', '-1', false],
    ['bool', '0', false],
    ['bool', '1', true],
    ['bool', '27', true],
    ['bool', 'TRUE', true],
    ['bool', 'False', false],
    ['bool', 'yes', false],
    ['bool', '', false],
    ['int', '12', 12],
    ['int', '-1', -1],
    ['int', true, 1],
    ['str', 'text', 'text'],
    ['str', true, 'True'],
    ['string', 'text', 'text'],
    ['set', '12', 12],
    ['set', '1 2', '1 2'],
    [['int', 'duration'], '12', '12'],
    [undefined, true, true],
  ])('of type %j reads %j as %j', (type, value, read) => {
    expect(readValue(value, type, ORIGIN)).toBe(read);
  });

  it.each([
    ['authentication', 'policy'],
    ['selfservice', 'selfservice-policy'],
  ])('that is no number fails in scope %s with the text of a %s', (scope, kind) => {
    expect(() => readValue('x', 'int', { ...ORIGIN, scope })).toThrow(
      `Could not parse ${kind} 'p': Could not convert value 'x' of '${scope}:otppin': ` +
        `invalid literal for int() with base 10: 'x'`,
    );
  });
});
