import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';
import { givePolicies } from '../../support/domain/given-policies.js';

export const KEY = '3132333435363738393031323334353637383930313233343536373839303132';
export const TEXT = 'Transfer 12345678';

type Form = Readonly<Record<string, string>>;

/** A server for a suite, without tokens and challenges at the beginning of each test; and the token `O1` of Anna's. */
export function givenChallenges() {
  let tokens: TokenServer;

  beforeAll(async () => {
    tokens = await TokenServer.start();
  }, WITHIN_MS);
  afterAll(() => tokens?.stop(), WITHIN_MS);
  beforeEach(async () => {
    await tokens.removeAll();
    await tokens.database.query('DELETE FROM challenge');
    await givePolicies(tokens.database, []);
  });

  const enrol = async (form: Form = {}) => {
    const { result, detail } = await tokens.init({
      type: 'ocra2',
      serial: 'O1',
      user: 'anna',
      pin: 'pin1',
      otpkey: KEY,
      ...form,
    });
    expect(result).toMatchObject({ status: true, value: true });
    return detail;
  };
  const check = (form: Form) => tokens.login('/validate/check', { user: 'anna', ...form });
  const checkS = (form: Form) => tokens.login('/validate/check_s', { serial: 'O1', ...form });
  const checkT = async (state: string, pass: string) =>
    (await tokens.login('/validate/check_t', { state, pass })).result.value;
  /** @returns the transaction and the question */
  const asked = async (form: Form = {}) => {
    const { result, detail } = await check({ pass: 'pin1', data: TEXT, ...form });
    expect(result).toEqual({ status: true, value: false });
    const { transactionid, challenge, message } = detail as Record<string, string>;
    return { state: transactionid ?? '', question: challenge ?? '', message: message ?? '' };
  };
  const stored = async () => {
    const { counter, failures } = await tokens.stored('O1');
    return { counter, failures };
  };
  const set = async (name: string, value: string) => tokens.ask('/system/setConfig', { [name]: value });

  return {
    get tokens(): TokenServer {
      return tokens;
    },
    enrol,
    check,
    checkS,
    checkT,
    asked,
    stored,
    set,
  };
}
