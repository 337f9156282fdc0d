import fc from 'fast-check';

import { MalformedResponse, readAssertion, readAttestation } from './responses.js';

const ASSERTION = {
  id: 'a2V5',
  rawId: 'a2V5',
  type: 'public-key',
  response: { clientDataJSON: 'e30', authenticatorData: 'AAAA', signature: 'AAEC', userHandle: 'dQ' },
  authenticatorAttachment: 'cross-platform',
};
const ATTESTATION = { ...ASSERTION, response: { clientDataJSON: 'e30', attestationObject: 'AAAA' } };

const problemOf = (read: () => unknown) => {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedResponse) return `${error.problem}: ${error.message}`;
    throw error;
  }
};

describe('what a browser sends', () => {
  it('is read, whatever else it says', () => {
    expect(readAssertion(JSON.stringify(ASSERTION))).toEqual({
      id: 'a2V5',
      clientDataJson: 'e30',
      authenticatorData: 'AAAA',
      signature: 'AAEC',
      userHandle: 'dQ',
    });
    const properties = {
      clientExtensionResults: { credProps: { rk: false } },
      transports: ['nfc', 'usb', 'x'],
    };
    expect(readAttestation({ ...ATTESTATION, ...properties })).toEqual({
      id: 'a2V5',
      clientDataJson: 'e30',
      attestationObject: 'AAAA',
      transports: ['usb', 'nfc'],
      isResident: false,
    });
    expect(readAttestation(ATTESTATION)).toMatchObject({ transports: [], isResident: null });
  });

  it('may say its transports in the answer, as browsers write it', () => {
    const response = { ...ATTESTATION.response, transports: ['internal', 'hybrid'] };
    expect(readAttestation({ ...ATTESTATION, response }).transports).toEqual(['hybrid', 'internal']);
  });

  it.each<[string, unknown]>([
    ['json: no JSON', '{'],
    ['format: no object', '[]'],
    ['format: type', { type: 'password' }],
    ['format: id', { id: 'a b' }],
    ['format: id', { id: '' }],
    ['format: rawId', { rawId: 7 }],
    ['format: id and rawId differ', { rawId: 'AAAA' }],
    ['format: id', { id: 'A'.repeat(1_400), rawId: 'A'.repeat(1_400) }],
    ['format: response', { response: [] }],
    ['format: clientDataJSON', { response: {} }],
    ['format: signature', { response: { ...ASSERTION.response, signature: '+/==' } }],
    ['format: userHandle', { response: { ...ASSERTION.response, userHandle: {} } }],
    ['format: it is too long', { more: 'x'.repeat(70_000) }],
  ])('is refused: %s', (problem, changes) => {
    const text =
      typeof changes === 'string' ? changes : JSON.stringify({ ...ASSERTION, ...(changes as object) });
    expect(problemOf(() => readAssertion(text))).toBe(problem);
  });

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        for (const read of [readAssertion, readAttestation]) {
          expect(String(problemOf(() => read(text)))).toMatch(/^(json|format): |object/);
        }
      }),
      { numRuns: 200 },
    );
  });
});
