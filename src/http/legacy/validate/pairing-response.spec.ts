import { pairingFault } from './pairing-response.js';

// spec/token-types §17.3.
const QR =
  'AQAAAAAPqmhO0ohnuX9Kai3uXfjOl052twGOPyKhxM8meFcPIIdQMTVrrqY2Rt2aF_qhxp5u5BMq7xM4Uq8Gc-RTAb0jlnGqoKMJ7Q3rjJXx-16NqmS82KNWXdC9lIPSOSYi5Dc3knWD9YYqWQ';
const MALFORMED = 'Malformed pairing response';

describe('pairingFault', () => {
  it.each([
    { title: 'nothing readable', response: '%%%', fault: MALFORMED },
    { title: 'a short one', response: Buffer.alloc(52, 1).toString('base64url'), fault: MALFORMED },
    { title: 'one that no token here opens', response: QR, fault: MALFORMED },
    {
      title: 'another version',
      response: Buffer.alloc(53, 2).toString('base64url'),
      fault: 'Unexpected pair-response version, expected: 1, got: 2',
    },
  ])('refuses $title', ({ response, fault }) => {
    expect(pairingFault(response)).toBe(fault);
  });
});
