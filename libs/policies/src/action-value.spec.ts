import { readBoolean, readInteger } from './action-value.js';

describe('values of actions', () => {
  it.each([
    [true, true],
    [false, false],
    ['true', true],
    [' TRUE ', true],
    ['1', true],
    ['0', false],
    ['-1', false],
    ['yes', false],
    ['', false],
  ])('%j as a switch is %s', (value, expected) => {
    expect(readBoolean(value)).toBe(expected);
  });

  it.each([
    [true, 1],
    [false, 0],
    ['12', 12],
    [' -1 ', -1],
    ['+3', 3],
    ['1.5', null],
    ['many', null],
    ['', null],
    ['9'.repeat(400), null],
  ])('%j as a number is %s', (value, expected) => {
    expect(readInteger(value)).toBe(expected);
  });
});
