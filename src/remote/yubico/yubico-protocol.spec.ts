import { createHmac } from 'node:crypto';

import { yubicoQuery, yubicoStatus } from './yubico-protocol.js';

// spec/token-types §12
const KEY = Buffer.from('MDEyMzQ1Njc4OWFiY2RlZmdoaWo=', 'base64');
const QUESTION = {
  id: '1',
  nonce: 'a'.repeat(40),
  otp: 'vvccccdtbtrbcbtgevbiljtebvnuvgketutelifrlkjf',
};
const VECTOR = {
  t: '2024-01-01T00:00:00Z0123',
  otp: QUESTION.otp,
  nonce: QUESTION.nonce,
  sl: '25',
  status: 'OK',
};
const PROOF = 'qt5SXevlotVMgFY5CxsUL0YW5p8=';

const linesOf = (answer: Readonly<Record<string, string>>) =>
  Object.entries(answer)
    .map(([name, value]) => `${name}=${value}\r\n`)
    .join('');
const signed = (answer: Readonly<Record<string, string>>, key = KEY) => {
  const text = Object.entries(answer)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join('&');
  return `h=${createHmac('sha1', key).update(text).digest('base64')}\r\n${linesOf(answer)}`;
};

describe('a question to a validation server', () => {
  it('is signed in the alphabetical order of its parts', () => {
    const query = yubicoQuery(QUESTION, KEY);
    const text = `id=1&nonce=${QUESTION.nonce}&otp=${QUESTION.otp}&timestamp=1`;
    const proof = createHmac('sha1', KEY).update(text).digest('base64');
    expect(query).toBe(
      `nonce=${QUESTION.nonce}&otp=${QUESTION.otp}&id=1&timestamp=1&h=${encodeURIComponent(proof)}`,
    );
  });
});

describe('an answer of a validation server', () => {
  it('is believed as it is signed', () => {
    expect(yubicoStatus(`h=${PROOF}\r\n${linesOf(VECTOR)}`, QUESTION, KEY)).toEqual({
      status: 'OK',
      counter: null,
    });
  });

  it.each([
    [{ sessioncounter: '2', sessionuse: '3' }, 515],
    [{ sessioncounter: '65535', sessionuse: '255' }, 16_777_215],
    [{ sessioncounter: '2' }, null],
    [{ sessioncounter: '-1', sessionuse: '3' }, null],
    [{ sessioncounter: '2', sessionuse: '3e2' }, null],
  ])('tells the counter of its device: %j', (session, counter) => {
    expect(yubicoStatus(signed({ ...VECTOR, ...session }), QUESTION, KEY)).toEqual({ status: 'OK', counter });
  });

  it.each([
    ['changed', `h=${PROOF}\r\n${linesOf({ ...VECTOR, sl: '99' })}`],
    ['longer', `h=${PROOF}\r\n${linesOf({ ...VECTOR, more: '1' })}`],
    ['not signed', linesOf(VECTOR)],
    ['signed with nothing', `h=\r\n${linesOf(VECTOR)}`],
    ['signed with another key', signed(VECTOR, Buffer.from('another'))],
    ['about another OTP', signed({ ...VECTOR, otp: `${QUESTION.otp.slice(0, -1)}c` })],
    ['to another question', signed({ ...VECTOR, nonce: 'b'.repeat(40) })],
    ['without an OTP', signed({ t: 'x', nonce: QUESTION.nonce, status: 'OK' })],
    ['without a status', signed({ otp: QUESTION.otp, nonce: QUESTION.nonce })],
    ['with two statuses', `${signed(VECTOR)}status=OK\r\n`],
    ['with two signatures', `h=${PROOF}\r\n${signed(VECTOR)}`],
    ['empty', ''],
  ])('is none that is %s', (_title, body) => {
    expect(yubicoStatus(body, QUESTION, KEY)).toBeNull();
  });
});
