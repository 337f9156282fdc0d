import type { Fields } from '../../support/clients/admin-agent.js';
import { activationCode, ocraAt, rolledOutKey } from '../../support/clients/ocra-device.js';
import type { Stage } from './scenes.js';

const KEY = '0cfa0cfa89abcdef0123456789abcdef01234567';
const SUITE = 'OCRA-1:HOTP-SHA256-8:C-QA16-PSHA1';
const ROLLED_OUT = 'OCRA-1:HOTP-SHA256-6:C-QA64';
const CODE = Uint8Array.from({ length: 20 }, (_, place) => 11 * place);

/** OCRA2 tokens: all at once, and through the app; asked, and answered right and wrong. */
export async function ocraScene({ admin, secrets }: Stage): Promise<void> {
  const ask = async (path: string, form: Fields) => {
    const { body } = await admin.post(path, form);
    return (body.detail ?? {}) as Readonly<Record<string, string>>;
  };
  secrets.seed('key of an OCRA device', KEY);
  const pin = secrets.text('PIN of an OCRA device', 'Marked-Ocra-88');
  const password = secrets.text('password of a callback', 'MarkedCallbackPassword');
  await ask('/admin/init', { type: 'ocra2', serial: 'O1', otpkey: KEY, ocrasuite: SUITE, ocrapin: pin });
  const { challenge = '', transactionid: state = '' } = await ask('/validate/check_s', {
    serial: 'O1',
    pass: '',
    data: 'a text',
    'callback.password': password,
  });
  const otp = (counter: number) =>
    secrets.text(
      `OTP ${counter} of an OCRA device`,
      ocraAt(challenge, { suite: SUITE, keyHex: KEY, pin, counter }),
    );
  for (const pass of [otp(77), otp(0), otp(0)]) await ask('/validate/check_t', { state, pass });
  await ask('/admin/setPin', { serial: 'O1', userpin: secrets.text('another PIN of it', 'Marked-Ocra-99') });

  const started = await ask('/admin/init', { type: 'ocra2', serial: 'O2', genkey: '1', sharedsecret: '1' });
  const shared = secrets.seed('shared secret of a roll-out', started['sharedsecret'] ?? '');
  const activationcode = secrets.text('activation code', activationCode(CODE));
  for (const code of [`${activationcode}X`, activationcode.replace(/..$/, '00')]) {
    await ask('/admin/init', { type: 'ocra2', serial: 'O2', activationcode: code });
  }
  const {
    nonce = '',
    challenge: question = '',
    transactionid = '',
  } = await ask('/admin/init', {
    type: 'ocra2',
    serial: 'O2',
    activationcode,
  });
  const key = secrets.seed('key that was rolled out', rolledOutKey(shared, CODE, nonce));
  await ask('/validate/check_t', {
    state: transactionid,
    pass: ocraAt(question, { suite: ROLLED_OUT, keyHex: key }),
  });
}
