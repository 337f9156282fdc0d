import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Reply, TokenServer, WITHIN_MS } from '../../support/application/token-server.js';
import { AAGUID, AAGUID_TEXT, type KeyBehaviour, SecurityKey } from '../../support/clients/security-key.js';
import { givenKeyMaker } from '../../support/clients/security-key-maker.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { RP_ID } from './key-scene.js';

const MAKER = givenKeyMaker(AAGUID);

/** With `TWINLOCK_FIDO2_MAKERS_FILE`. */
describe('where makers of keys are known', () => {
  let folder: string;
  let tokens: TokenServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-makers-'));
    const file = join(folder, 'makers.pem');
    await writeFile(file, MAKER.root);
    tokens = await TokenServer.start({ TWINLOCK_FIDO2_MAKERS_FILE: file });
  }, WITHIN_MS);
  afterAll(async () => {
    await tokens?.stop();
    await rm(folder, { recursive: true });
  }, WITHIN_MS);
  beforeEach(() => tokens.removeAll());

  async function registered(
    attestation: KeyBehaviour['attestation'],
    allowed = '',
  ): Promise<Reply['result']> {
    const policies = [
      `fido2_rp_id=${RP_ID}`,
      ...(allowed ? [`fido2_allowed_authenticators=${allowed}`] : []),
    ];
    await givePolicies(tokens.database, [{ scope: 'enrollment', action: policies.join(', ') }]);
    const form = { type: 'fido2', serial: 'KEY1', user: 'anna' };
    const { detail } = await tokens.init(form);
    const key = new SecurityKey({ ...(attestation && { attestation }) });
    const response = key.create(detail?.['registerrequest'] as Parameters<SecurityKey['create']>[0]);
    return (await tokens.init({ ...form, attestationResponse: JSON.stringify(response) })).result;
  }

  it.each<[string, boolean, KeyBehaviour['attestation']]>([
    ['one of them vouches for', true, MAKER],
    ['nobody vouches for', true, 'none'],
    ['somebody else vouches for', false, givenKeyMaker(AAGUID, 'Somebody else')],
  ])('a key that %s is registered: %j', async (_whom, isRegistered, attestation) => {
    const { value, error } = await registered(attestation);
    expect(value === true).toBe(isRegistered);
    if (!isRegistered) expect(error?.message).toContain('could not be chained to any specified trust anchor');
  });

  it('a model is only what one of them says that it is', async () => {
    for (const attestation of ['none', 'self'] as const) {
      const { error } = await registered(attestation, AAGUID_TEXT);
      expect(error?.message).toBe(
        'ERR905: This authenticator model is not in the list of allowed authenticators.',
      );
      await tokens.removeAll();
    }
    await expect(registered(MAKER, AAGUID_TEXT)).resolves.toMatchObject({ value: true });
  });
});
