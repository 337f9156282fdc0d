import { RFC_OTPS } from '../domain/given-token.js';
import { hotpAt, totpAt } from './otp.js';

describe('the OTPs of the end-to-end suites', () => {
  it('are those of the RFCs', () => {
    expect(RFC_OTPS.map((_, counter) => hotpAt(counter))).toEqual([...RFC_OTPS]);
    expect(totpAt(new Date(59_000), { digits: 8 })).toBe('94287082');
    expect(totpAt(new Date(1_111_111_109_000), { digits: 8 })).toBe('07081804');
    expect(totpAt(new Date(29_000), { steps: 1 })).toBe(RFC_OTPS[1]);
  });
});
