import { startTlsResult } from './open-socket.js';

const answer = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** Message 1, an extended response: result, matched DN, message. */
const ACCEPTED = '30 0c 02 01 01 78 07 0a 01 00 04 00 04 00';

describe('the answer to StartTLS', () => {
  it.each<[string, string, number | null]>([
    ['yes', ACCEPTED, 0],
    ['yes, with long lengths', '30 81 0d 02 01 01 78 81 07 0a 01 00 04 00 04 00', 0],
    ['no', '30 0c 02 01 01 78 07 0a 01 35 04 00 04 00', 53],
    ['yes, and something in the clear behind it', `${ACCEPTED} 30`, null],
    [
      'yes, and the answer to a bind behind it',
      `${ACCEPTED} 30 0c 02 01 02 61 07 0a 01 00 04 00 04 00`,
      null,
    ],
    ['to another message', '30 0c 02 01 02 78 07 0a 01 00 04 00 04 00', null],
    ['to a bind', '30 0c 02 01 01 61 07 0a 01 00 04 00 04 00', null],
    ['cut off', '30 0c 02 01 01 78 07 0a 01', null],
    ['with a result of two bytes', '30 0d 02 01 01 78 08 0a 02 00 00 04 00 04 00', null],
    ['nothing', '', null],
    ['HTTP', '48 54 54 50 2f 31 2e 31', null],
  ])('%s', (_title, hex, result) => {
    expect(startTlsResult(answer(hex))).toBe(result);
  });
});
