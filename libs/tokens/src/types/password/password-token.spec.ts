import { ENROLMENT_DEFAULTS, givenPasswordToken } from '../../../../../test/support/domain/given-token.js';
import { MissingPassword } from '../../token.errors.js';
import type { EnrolmentRequest } from '../token-type.js';
import { passwordToken } from './password-token.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const DEFAULTS = ENROLMENT_DEFAULTS;
const NOTHING: EnrolmentRequest = { seed: null, password: null, digits: null, hash: null, time: {} };

describe('passwordToken', () => {
  it('asks a slow hash about a candidate of the right length', () => {
    expect(passwordToken.verify(givenPasswordToken('geheim1'), 'geheim2', NOW)).toEqual({
      kind: 'hash-needed',
      hash: 'hash of geheim1',
      candidate: 'geheim2',
    });
  });

  it.each(['', 'geheim', 'geheim12'])('spares the slow hash for "%s", which cannot match', (candidate) => {
    expect(passwordToken.verify(givenPasswordToken('geheim1'), candidate, NOW)).toEqual({
      kind: 'mismatched',
    });
  });

  it('counts characters as a user does', () => {
    expect(passwordToken.plan({ ...NOTHING, password: 'grün😀' }, DEFAULTS).digits).toBe(5);
    expect(passwordToken.verify(givenPasswordToken('grün😀'), 'grün😀', NOW).kind).toBe('hash-needed');
  });

  it('is not enrolled without a password', () => {
    expect(() => passwordToken.plan(NOTHING, DEFAULTS)).toThrow(MissingPassword);
  });

  it('has nothing to resynchronise', () => {
    expect(passwordToken.resync(givenPasswordToken('geheim1'), 'geheim1', 'geheim1', NOW)).toBeNull();
  });
});
