import { MalformedActions, MalformedCondition } from '../policy.errors.js';
import type { StoredPolicy } from '../policy.js';
import { validatePolicy } from './validate-policy.js';
import { UnfitAction } from './validation.errors.js';

function given(parts: Partial<StoredPolicy>): StoredPolicy {
  return {
    name: 'mine',
    scope: 'authentication',
    action: 'passthru',
    realm: '*',
    user: '*',
    client: '*',
    time: null,
    active: 'True',
    ...parts,
  };
}

const saved = (parts: Partial<StoredPolicy>) => validatePolicy(given(parts), true);
const refusal = (parts: Partial<StoredPolicy>, checksActions = true): unknown => {
  try {
    return validatePolicy(given(parts), checksActions);
  } catch (error) {
    return error;
  }
};

const OTPPIN = "[0, 1, 2, 3, 'token_pin', 'password', 'only_otp', 'ignore_pin']";

describe('actions of a policy that is saved', () => {
  it.each([
    ['authentication', 'foo', "unsupported policy action 'foo' in policy 'mine' "],
    ['nosuch', 'otppin=1', "unsupported policy action 'otppin' in policy 'mine' "],
    ['selfservice', '*', "unsupported policy action '*' in policy 'mine' "],
    ['enrollment', '*', "unsupported policy action '*' in policy 'mine' "],
    ['selfservice', 'autoenrollment=sms', "unsupported policy action 'autoenrollment' in policy 'mine' "],
    ['selfservice', 'delete=x', "Action value 'x' for selfservice.delete not of the expected type 'bool'"],
    ['enrollment', 'maxtoken=x', "Action value 'x' for enrollment.maxtoken not of the expected type 'int'"],
    [
      'authentication',
      'smstext',
      "Action value True for authentication.smstext not of the expected type 'str'",
    ],
    [
      'authentication',
      'otppin',
      "Action value True for authentication.otppin not of the expected type 'set'",
    ],
    [
      'authentication',
      'otppin=4',
      `Action value 4 for authentication.otppin not in supported values ${OTPPIN}`,
    ],
    [
      'authentication',
      'otppin=pin',
      `Action value 'pin' for authentication.otppin not in supported values ${OTPPIN}`,
    ],
    ['selfservice', 'edit_sms=2', 'Action value 2 for selfservice.edit_sms not in supported values [0, 1]'],
    [
      'enrollment',
      'maxtoken=9999999999999999',
      "Action value '9999999999999999' for enrollment.maxtoken not of the expected type 'int'",
    ],
    [
      'authentication',
      'support_offline=x',
      "Action value {'x'} for authentication.support_offline not in supported range ['qr', 'u2f', 'forward', 'fido2']",
    ],
    ['enrollment', 'lostTokenValid=x', "must be of type 'duration': 'x'"],
    ['enrollment', 'lostTokenValid', "must be of type 'duration': True"],
  ])('are refused in scope %s: %s', (scope, action, message) => {
    const error = refusal({ scope, action });
    expect(error).toBeInstanceOf(UnfitAction);
    expect(error).toMatchObject({ parameter: 'action', message });
  });

  it.each([
    ['authentication', 'otppin=1'],
    ['authentication', 'otppin=password, passthru=False, smstext="Your code, <otp>"'],
    ['authentication', 'support_offline=qr fido2'],
    ['authentication', 'qrtanurl.here=https://here.example'],
    ['authentication', 'forwardtoken:no_failcounter_forwarding'],
    ['selfservice', 'delete=YES, !enable, otp_pin_minlength=4, edit_sms'],
    ['enrollment', 'maxtoken=3, tokencount=1000, otp_pin_random=4, maxtokenHMAC=-1, partition=2'],
    ['enrollment', 'lostTokenValid=5'],
    ['enrollment', 'lostTokenValid=1d 2h'],
    ['enrollment', 'lostTokenValid=P3DT2H'],
    ['admin', 'initETNG, initSPASS, enable'],
    ['admin', '*'],
    ['reporting.access', '*'],
    ['ocra2', 'anything=at all'],
  ])('are taken in scope %s: %s', (scope, action) => {
    expect(refusal({ scope, action })).toEqual(expect.any(Array));
  });

  it('are not looked at where the setting says so, but have to be readable', () => {
    expect(refusal({ action: 'foo=1' }, false)).toEqual([]);
    expect(refusal({ action: 'foo="1' }, false)).toBeInstanceOf(MalformedActions);
  });

  it.each(['(?=TL)', 'TL[', String.raw`(TL)\1`])(
    'have an expression that takes no longer than its text: %s',
    (pattern) => {
      const error = refusal({ scope: 'authorization', action: `serial='${pattern}'` });
      expect(error).toBeInstanceOf(UnfitAction);
      expect(String(error)).toContain('authorization.serial');
    },
  );
});

describe('conditions of a policy that is saved', () => {
  it.each<[Partial<StoredPolicy>, string]>([
    [{ user: 'hans, h[' }, "Parameter user of policy 'mine': the expression 'h[' cannot be read"],
    [{ user: '(?=h)ans' }, "Parameter user of policy 'mine': the expression '(?=h)ans' cannot be read"],
    [{ user: '*@my(' }, "Parameter user of policy 'mine': the expression 'my(' cannot be read"],
    [{ user: '#email~=(a' }, "Parameter user of policy 'mine': the expression '(a' cannot be read"],
    [
      { client: '10.0.0.0/33' },
      "Parameter client of policy 'mine': '10.0.0.0/33' is neither an address nor a network",
    ],
    [{ client: 'myhost' }, "Parameter client of policy 'mine': 'myhost' is neither an address nor a network"],
    [
      { time: '* * * * *' },
      "Parameter time of policy 'mine': Error in Time Condition format: Expected 6 but got 5 parts in cron notation",
    ],
    [
      { time: '* * * * Mon-Fri *' },
      "Parameter time of policy 'mine': 'Mon-Fri' in '* * * * Mon-Fri *' is neither",
    ],
    [
      { time: '0-30/5 * * * * *' },
      "Parameter time of policy 'mine': '0-30/5' in '0-30/5 * * * * *' is neither",
    ],
    [{ time: '*/0 * * * * *' }, "Parameter time of policy 'mine': '*/0' in '*/0 * * * * *' is neither"],
    [{ realm: 'my*' }, "Parameter realm of policy 'mine': 'my*' is neither the name of a realm nor *"],
  ])('are refused where they cannot be read: %j', (parts, message) => {
    const error = refusal(parts);
    expect(error).toBeInstanceOf(MalformedCondition);
    expect((error as Error).message).toContain(message);
    expect(error).toMatchObject({ parameter: Object.keys(parts)[0] });
  });

  it.each<Partial<StoredPolicy>>([
    { user: 'hans, *@my.*, !admin, res:, ha*.res:, #mobile, *#email~=example' },
    { client: '10.0.0.0/8, -10.1.1.1, 192.168.0.0/255.255.0.0, 2001:db8::/32' },
    { time: '*/5 0-6,8 1,15 * 1-5 *; !* * 24 12 * *;' },
    { realm: 'a, B-2, c.d, -e_f' },
  ])('are taken: %j', (parts) => {
    expect(saved(parts)).toEqual([]);
  });
});

describe('warnings about a policy that is saved', () => {
  it.each<[Partial<StoredPolicy>, string]>([
    [{ realm: '*, -a' }, 'realm: * matches all, so -a beside it changes nothing'],
    [{ client: '!10.1.1.1, *' }, 'client: * matches all, so !10.1.1.1 beside it changes nothing'],
    [{ realm: '-a' }, 'realm: only says who is not meant, so the policy matches nobody; write *, -a'],
    [{ user: '!hans' }, 'user: only says who is not meant, so the policy matches nobody; write *, !hans'],
    [{ scope: 'audit', action: 'view', user: null }, 'user: is empty, so the policy matches nobody'],
    [{ user: 'h{1,3}' }, 'user: a comma ends an expression, so h{1 is one'],
    [{ time: '* * * * 7 *' }, 'time: no day of the week is 7 (0 to 6)'],
    [{ time: '!* * * * 0 *' }, 'time: only says when not, so the policy never holds'],
    [{ scope: 'selfservice', action: 'getotp' }, 'action: getotp has no effect (use gettoken)'],
  ])('are given for %j', (parts, warning) => {
    expect(saved(parts)).toContain(warning);
  });

  it('say what never has an effect, and why', () => {
    expect(saved({ scope: 'enrollment', action: 'tokencount=3, u2f_app_id=https://sso.test' })).toEqual([
      'action: u2f_app_id has no effect (new U2F tokens are not enrolled any more)',
    ]);
  });
});
