import { readFileSync } from 'node:fs';

import { ACTION_CATALOGUE } from './action-catalogue.js';
import type { CataloguedAction } from './catalogued-action.js';
import { type ScopeDefinitions, policyDefinitions, scopeDefinitions } from './policy-definitions.js';

const RECORDINGS = new URL('../../../../test/conformance/golden/recordings.jsonl', import.meta.url);

/** What LinOTP 3.4.4 told when it was asked. */
function recorded(name: string): Record<string, ScopeDefinitions> {
  const line = readFileSync(RECORDINGS, 'utf8')
    .split('\n')
    .find((candidate) => candidate.includes(`"name":"${name}"`) || candidate.includes(`"name": "${name}"`));
  return JSON.parse(line ?? '').response.json.result.value;
}

const added = ({ scope, name }: CataloguedAction): string => `${scope}/${name}`;
const SINCE_4 = new Set(ACTION_CATALOGUE.filter(({ since }) => since === '4.0').map(added));

function without4(scope: string, definitions: ScopeDefinitions): ScopeDefinitions {
  return Object.fromEntries(
    Object.entries(definitions)
      .filter(([name]) => !SINCE_4.has(`${scope}/${name}`))
      .map(([name, definition]) => [
        name,
        name === 'support_offline'
          ? { ...definition, range: definition.range?.filter((word) => word !== 'fido2') }
          : definition,
      ]),
  );
}

describe('the definitions of actions', () => {
  const asBefore4 = Object.fromEntries(
    Object.entries(policyDefinitions()).map(([scope, definitions]) => [scope, without4(scope, definitions)]),
  );

  it('are those of LinOTP 3.4.4, but for what 4.0 has added', () => {
    expect(asBefore4).toEqual(recorded('getPolicyDef'));
  });

  it('come in the order of LinOTP 3.4.4', () => {
    const order = (all: Record<string, ScopeDefinitions>) =>
      Object.entries(all).map(([scope, definitions]) => [scope, Object.keys(definitions)]);
    expect(order(asBefore4)).toEqual(order(recorded('getPolicyDef')));
  });

  it('of one scope stand alone', () => {
    expect(without4('authentication', scopeDefinitions('authentication'))).toEqual(
      recorded('getPolicyDef-scope'),
    );
    expect(scopeDefinitions('nosuch')).toEqual({});
    expect(scopeDefinitions('constructor')).toEqual({});
  });

  it('have what LinOTP 4.0 has added', () => {
    const { admin, selfservice, enrollment, authentication, authorization } = policyDefinitions();
    expect(admin).toMatchObject({ initFIDO2: { type: 'bool' }, setOCRAPIN: { type: 'bool' } });
    expect(selfservice).toHaveProperty('enrollFIDO2.type', 'bool');
    expect(enrollment).toMatchObject({ maxtokenFIDO2: { type: 'int' }, fido2_rp_id: { type: 'str' } });
    expect(authentication).toHaveProperty('support_offline.range', ['qr', 'u2f', 'forward', 'fido2']);
    expect(authorization).toHaveProperty('fido2_allowed_authenticators');
  });

  it('say nothing of actions of old or of another scope', () => {
    expect(policyDefinitions()).not.toHaveProperty('admin.initETNG');
    expect(policyDefinitions()).not.toHaveProperty('enrollment.partition');
    expect(policyDefinitions()).not.toHaveProperty('selfservice.autoenrollment');
  });
});
