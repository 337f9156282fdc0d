import { compilePolicies } from '@app/policies';
import type { UserRecord } from '@app/realms';
import { type Token, tokenType } from '@app/tokens';

import { ANNAS_SCENE } from '../../../../test/support/domain/policy-decisions.js';
import {
  givenEmailToken,
  givenSmsToken,
  givenVoiceToken,
} from '../../../../test/support/domain/given-token.js';
import { composeMessage } from './compose-message.js';
import { MessagePolicies } from './message-policies.js';

const RECORD: UserRecord = {
  userId: '1',
  username: 'anna',
  description: '',
  email: 'anna@elsewhere.test',
  givenName: 'Anna',
  surname: 'Adler',
  phone: '1',
  mobile: '+49 2',
  attributes: { room: 7, cryptpass: '$6$x', groups: ['a'] },
};

function composed(token: Token, action = '', more: { askedText?: string; record?: UserRecord | null } = {}) {
  const sends = tokenType(token.type).challenge?.sends;
  if (!sends) throw new Error('nothing is sent');
  const everybody = { realm: '*', user: '*', client: '*', time: null, active: 'True' };
  const stored = action === '' ? [] : [{ name: 'p', scope: 'authentication', action, ...everybody }];
  const { record = RECORD, askedText = '' } = more;
  return composeMessage(sends, {
    token,
    otp: '287082',
    transaction: '123456789012',
    record,
    policies: new MessagePolicies(compilePolicies(stored), ANNAS_SCENE),
    askedText,
  });
}

describe('composeMessage', () => {
  it.each([
    { action: '', askedText: '', text: '287082' },
    { action: 'smstext="Code <otp>"', askedText: '', text: 'Code 287082' },
    { action: 'smstext=of <serial>', askedText: '', text: '287082 of SMS1' },
    { action: '', askedText: '<transactionid>: <otp> <otp>', text: '123456789012: 287082 287082' },
    { action: 'smstext=ours', askedText: 'theirs', text: '287082 theirs' },
    { action: 'smstext=ours, enforce_smstext', askedText: 'theirs', text: '287082 ours' },
    { action: 'enforce_smstext', askedText: 'theirs', text: '287082' },
    { action: '', askedText: '${otp} {otp} $& $1 <user>', text: '287082 ${otp} {otp} $& $1 <user>' },
  ])('says $text by $action and $askedText', ({ action, askedText, text }) => {
    expect(composed(givenSmsToken(), action, { askedText })).toEqual({ kind: 'sms', to: '49', text });
  });

  it('fills in nothing that a value brings along', () => {
    const token = givenSmsToken({ serial: '<otp>' });
    expect(composed(token, '', { askedText: '<serial> <otp>' })).toMatchObject({ text: '<otp> 287082' });
  });

  it('gives mails what is known of the user, but for their password', () => {
    const token = givenEmailToken();
    expect(composed(token, 'emailsubject=S, emailtext=B <otp>')).toEqual({
      kind: 'email',
      to: 'anna@example.test',
      subject: 'S',
      body: 'B <otp>',
      values: expect.objectContaining({ otp: '287082', serial: 'EMAIL1', surname: 'Adler', room: '7' }),
    });
    const message = composed(token);
    expect(message).not.toHaveProperty('values.cryptpass');
    expect(message).not.toHaveProperty('values.groups');
    expect(composed(token, '', { record: null })).toMatchObject({
      values: { otp: '287082', serial: 'EMAIL1' },
    });
  });

  it('lets a voice service fill in its template', () => {
    expect(composed(givenVoiceToken(), 'voice_message="Hear: {otp}", voice_language=de')).toEqual({
      kind: 'voice',
      to: '49',
      otp: '287082',
      template: 'Hear: {otp}',
      locale: 'de',
    });
    expect(composed(givenVoiceToken())).toMatchObject({ template: '{otp}', locale: '' });
  });

  it.each([
    { token: givenSmsToken(), action: 'sms_dynamic_mobile_number', to: '+49 2' },
    { token: givenEmailToken(), action: 'dynamic_email_address', to: 'anna@elsewhere.test' },
    { token: givenVoiceToken(), action: 'voice_dynamic_mobile_number', to: '+49 2' },
  ])('goes to $to by $action, and nowhere without it', ({ token, action, to }) => {
    expect(composed(token, action)).toMatchObject({ to });
    expect(composed(token, action, { record: { ...RECORD, mobile: '', email: '' } })).toHaveProperty(
      'missing',
    );
    expect(composed(token, action, { record: null })).toHaveProperty('missing');
    expect(composed({ ...token, info: {} })).toHaveProperty('missing');
  });
});
