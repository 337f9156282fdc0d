import { remotePassword } from './remote-password.js';

describe('the password of a remote login (spec/validate-api §4.5)', () => {
  it.each([
    ['GEZDGNBVGY======:M5SWQZLJNUYQ====', { otp: '123456', password: 'geheim1' }],
    [':M5SWQZLJNUYQ====', { otp: '', password: 'geheim1' }],
    ['gezdgnbvgy======:m5swqzljnuyq====', { otp: '123456', password: 'geheim1' }],
    [':YO6GE3DF', { otp: '', password: 'üble' }],
    ['GEZDGNBVGY======:', { otp: '123456', password: '' }],
  ])('%s', (text, expected) => {
    expect(remotePassword(text)).toEqual(expected);
  });

  it.each([
    ['plain', 'geheim1'],
    ['without a colon', 'M5SWQZLJNUYQ===='],
    ['with two', 'GEZDGNBVGY======:M5SWQZLJNUYQ====:'],
    ['without padding', ':M5SWQZLJNUYQ'],
    ['with letters that are none', ':M5SWQZLJNUY0===='],
    ['with too few letters in a group', ':M======='],
    ['of what is no UTF-8', ':74======'],
  ])('is none %s', (_what, text) => {
    expect(() => remotePassword(text)).toThrow('base32');
  });
});
