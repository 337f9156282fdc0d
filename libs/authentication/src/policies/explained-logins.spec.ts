import { type PolicyExplanation, type StoredPolicy, asAsked, compilePolicies } from '@app/policies';
import fc from 'fast-check';

import { ANNAS_SCENE } from '../../../../test/support/domain/policy-decisions.js';
import { LoginPolicies, realmSetFor } from './login-policies.js';

const USERS = [
  '*',
  'anna',
  'an*',
  'bernd',
  'anna@staff',
  'first:',
  '#email~=example',
  '#email!=x',
  'h[',
  '*, -anna',
  '*, -*@staff',
  '*, -first:',
  'anna, !#email',
  '*, -#department',
  '-bernd',
  '',
];
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  authentication: [
    'otppin=1',
    'otppin=2',
    'otppin=only_otp',
    'otppin',
    'otppin=false',
    'otppin=9',
    'otppin=0, passthru',
    'passthru',
    '!passthru',
    'passthru=0',
    'passthru=yes',
    'passthru, x="',
    'passOnNoToken',
    'passOnNoToken=false',
    'passOnNoToken=maybe',
    'passOnNoToken=2, !passthru',
    'forward_server=https://one.test/validate/check',
    'forward_server="radius://two.test/ https://one.test/", forward_on_no_token',
    'forward_server',
    'forward_on_no_token',
    '!forward_on_no_token, forward_server=nowhere',
    'forward_on_no_token=false',
    '*',
    '!*',
  ],
  enrollment: [
    'autoassignment',
    '!autoassignment, autoassignment_without_password',
    'autoassignment_without_password=false, autoassignment=no',
    'autoassignment_from_realm=Store',
    'autoassignment_from_realm, ignore_autoassignment_pin',
    'autoenrollment=sms, autoassignment=no',
    'autoenrollment=email sms',
    'autoenrollment',
    '!autoenrollment',
    '*',
  ],
  authorization: [
    'authorize',
    '!authorize',
    'authorize=false, tokentype=hmac',
    'authorize, x="',
    '*',
    '!*',
    'tokentype=hmac',
    'tokentype=totp',
    'tokentype=*',
    'tokentype',
    'tokentype=false',
    'serial=^OATH',
    'serial=TOTP',
    'serial',
    'serial=[',
    'setrealm=ext',
    'setrealm',
    'setrealm=""',
    'detail_on_success',
    '!detail_on_success',
    'detail_on_success=0, detail_on_fail',
  ],
};
/** The scene is on a Friday. */
const TIMES = [null, '* * * * 5 *', '* * * * 6 *', '!* * * * 5 *; * * * * * *', '* *'];

const somePolicy = fc.constantFrom('authentication', 'authorization', 'enrollment').chain((scope) =>
  fc.record({
    scope: fc.constant(scope),
    action: fc.constantFrom(...(ACTIONS[scope] ?? [])),
    user: fc.constantFrom(...USERS),
    realm: fc.constantFrom('*', '*', 'staff', 'Staff, ext', 'ext', 'staff, -staff'),
    client: fc.constantFrom('*', '192.0.2.0/24', '198.51.100.1', '*', null),
    time: fc.constantFrom(...TIMES),
    active: fc.constantFrom('True', 'True', 'True', 'False'),
  }),
);

const PIN_MODES: Readonly<Record<string, string>> = {
  '1': 'user-password',
  '2': 'only-otp',
  only_otp: 'only-otp',
};

describe('what is explained is what logins do', () => {
  it('whatever the policies', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(somePolicy, { minLength: 1, maxLength: 5 }), (given) => {
        const stored = given.map((policy, place): StoredPolicy => ({ ...policy, name: `p${place}` }));
        const set = compilePolicies(stored);
        const login = new LoginPolicies(set, ANNAS_SCENE);
        const { subject, realm, client, time } = ANNAS_SCENE;
        const explained = (scope: string, action: string): PolicyExplanation =>
          set.explain(asAsked({ scope, action, realm, client, time, ...(subject && { subject }) }));
        const isGranted = ({ grants, isScopeInUse }: PolicyExplanation, isOpen = false) =>
          isScopeInUse ? grants === true : isOpen;
        const same = (action: string, ours: unknown, theirs: unknown) => {
          seen.add(`${action} ${JSON.stringify(theirs)}`);
          expect([action, ours]).toEqual([action, theirs]);
        };

        const authorize = explained('authorization', 'authorize');
        const may = login.mayAuthenticate();
        same('authorize', isGranted(authorize, true), may.value);
        if (may.value) same('authorize', authorize.decidedBy, may.by);

        const passthru = explained('authentication', 'passthru');
        const checks = login.checksDirectory();
        same('passthru', isGranted(passthru), checks.value);
        if (checks.value) same('passthru', passthru.decidedBy, checks.by);

        const pass = explained('authentication', 'passOnNoToken');
        const passes = login.passesWithoutToken();
        same('passOnNoToken', isGranted(pass), passes.value);
        same('passOnNoToken', pass.decidedBy, passes.by);

        const forwarding = login.forwarding();
        const [servers, rest] = ['forward_server', 'forward_on_no_token'].map((action) =>
          explained('authentication', action),
        );
        const isUnclear = servers?.decidedBy.some((name) => set.problems.has(name)) ?? false;
        const elsewhere =
          typeof servers?.value === 'string'
            ? { servers: servers.value, onlyWithoutToken: isGranted(rest ?? servers) }
            : null;
        same('forward_server', isUnclear ? 'unclear' : elsewhere, forwarding.value);

        for (const [action, ruling] of [
          ['autoassignment', login.assignsByPassword()],
          ['autoassignment_without_password', login.assignsByOtp()],
          ['ignore_autoassignment_pin', login.keepsPinOfAssigned()],
        ] as const) {
          same(action, isGranted(explained('enrollment', action)), ruling.value);
        }
        const from = explained('enrollment', 'autoassignment_from_realm');
        const isFromUnclear = from.decidedBy.some((name) => set.problems.has(name));
        const store = typeof from.value === 'string' ? from.value.toLowerCase() : '';
        same('autoassignment_from_realm', isFromUnclear ? null : store, login.realmOfUnassigned().value);

        const { value: types, decidedBy: typesBy } = explained('enrollment', 'autoenrollment');
        const enrols = login.enrolsAtLogin();
        const isWord = typeof types === 'string';
        same('autoenrollment', isWord ? types.split(' ').filter((word) => word !== '') : [], enrols.value);
        same('autoenrollment', typesBy, enrols.by);

        const otppin = explained('authentication', 'otppin');
        const mode = login.pinMode();
        const isRefused = otppin.decidedBy.some((name) => set.problems.has(name));
        same('otppin', isRefused ? null : (PIN_MODES[String(otppin.value)] ?? 'token-pin'), mode.value);
        same('otppin', otppin.decidedBy, mode.by);

        for (const [action, ruling, allowed] of [
          ['tokentype', login.allowsType('HMAC'), /^(hmac|\*)$/],
          ['serial', login.allowsSerial('OATH1'), /^\^OATH$/],
        ] as const) {
          const { decidedBy, value } = explained('authorization', action);
          const isAllowed = decidedBy.length === 0 || (typeof value === 'string' && allowed.test(value));
          same(action, isAllowed, ruling.value);
          same(action, decidedBy, ruling.by);
        }

        for (const [action, tells] of [
          ['detail_on_success', login.tellsDetail(true)],
          ['detail_on_fail', login.tellsDetail(false)],
        ] as const) {
          same(action, isGranted(explained('authorization', action)), tells);
        }

        const setrealm = explained('authorization', 'setrealm');
        const led = realmSetFor(set, { login: 'anna', realm }, client, time);
        const { value = '', decidedBy } = setrealm;
        same('setrealm', value === '' ? null : { value: String(value), by: decidedBy }, led);
      }),
      { numRuns: 1000, seed: 4 },
    );
    for (const known of ['null', '"unclear"', '"onlyWithoutToken":true', '"onlyWithoutToken":false']) {
      expect([...seen].some((one) => one.startsWith('forward_server') && one.includes(known))).toBe(true);
    }
    // Every decision was made both ways.
    for (const action of [
      'authorize',
      'passthru',
      'passOnNoToken',
      'autoassignment',
      'autoassignment_without_password',
      'ignore_autoassignment_pin',
      'tokentype',
      'serial',
      'detail_on_success',
    ]) {
      expect([...seen]).toEqual(expect.arrayContaining([`${action} true`, `${action} false`]));
    }
    for (const mode of ['null', '"token-pin"', '"user-password"', '"only-otp"']) {
      expect([...seen]).toContain(`otppin ${mode}`);
    }
  });
});
