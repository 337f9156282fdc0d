import { givenOcraToken } from '../../../../../test/support/domain/given-token.js';
import type { QuestionTerms, QuestionWish } from '../otp-questions.js';
import { askQuestion } from './ask-question.js';
import { initialUrl } from './activation.js';
import { questionText } from './question-text.js';
import { suiteOf } from './suite-of.js';

const DRAWN = Buffer.from('some random bytes');
const NOTHING: QuestionWish = { text: '', form: 'raw', session: '', callback: null };
const terms = (wish: Partial<QuestionWish>, callback = ''): QuestionTerms => ({
  transaction: '12345678901234567',
  wish: { ...NOTHING, ...wish },
  callback,
  drawn: DRAWN,
});

describe('askQuestion', () => {
  // spec/token-types §16.3
  it('signs the URL of the specification as it is signed there', () => {
    const wish = { text: 'Transfer 12345678', callback: { id: '', user: '', password: '' } };
    const asked = askQuestion(givenOcraToken(), terms(wish, 'https://m.example.com/o?t=1'));
    expect(asked.message).toBe(
      'lseqr://req?tr=12345678901234567&ch=12345678&me=Transfer+12345678&u=https%253A%252F%252Fm.example.com%252Fo%253Ft%253D1' +
        '&si=9ea5bf15cf5cb3f5c40420d8f12d75248282a1c96f016be7747ce0b3e99bc7e8',
    );
    expect(asked.data).toEqual({
      challenge: '12345678',
      input: 'Transfer 12345678',
      url: 'https://m.example.com/o?t=1',
    });
    expect(asked.kept).toEqual({ message: asked.message, data: asked.data });
  });

  it('leaves out what is empty, and tells of no place where none is wanted', () => {
    const asked = askQuestion(givenOcraToken(), terms({ text: '' }, 'https://m.example.com/'));
    expect(asked.message).toMatch(/^lseqr:\/\/req\?tr=12345678901234567&ch=\d{8}&si=[0-9a-f]{64}$/);
    expect(asked.data).toMatchObject({ input: '', url: '' });
  });

  it('keeps no password, and keeps the session', () => {
    const callback = { id: '', user: 'me', password: 'secret' };
    const { data, kept } = askQuestion(
      givenOcraToken({ suite: 'OCRA-1:HOTP-SHA256-8:C-QN08-S064' }),
      terms({ text: '1', session: 'here', callback }, 'https://m/<user>/<password>/<serial>/<other>'),
    );
    expect(data.url).toBe('https://m/me/secret/LSO21/<other>');
    expect(kept.data).toMatchObject({ url: 'https://m/me/***/LSO21/<other>', session: 'here' });
    expect(JSON.stringify(kept)).not.toContain('secret');
  });

  it.each([
    ['a suite that is none', givenOcraToken({ suite: 'OCRA-1' })],
    ['no suite at all', { ...givenOcraToken(), info: {} }],
  ])('fails with %s', (_what, token) => {
    expect(() => askQuestion(token, terms({}))).toThrow();
  });
});

describe('initialUrl', () => {
  // spec/token-types §16.2
  it('is the one of the specification', () => {
    const token = givenOcraToken({ serial: 'LSO200011A2B', suite: 'OCRA-1:HOTP-SHA256-8:C-QA64' });
    const { secret } = givenOcraToken({ secret: token.secret });
    const url = initialUrl(token, secret, 'https://m.example.com/check_t?transactionid=<transactionid>');
    expect(url).toMatch(
      /^lseqr:\/\/init\?sh=[0-9a-f]{64}&os=OCRA-1%3AHOTP-SHA256-8%3AC-QA64&se=LSO200011A2B&u=https%3A%2F%2Fm\.example\.com%2Fcheck_t%3Ftransactionid%3D%3Ctransactionid%3E$/,
    );
  });
});

describe('questionText', () => {
  const of = (suite: string, wish: Partial<QuestionWish>, label = 'T1') =>
    questionText(
      suiteOf({ info: { ocrasuite: `OCRA-1:HOTP-SHA1-6:${suite}` } }),
      { ...NOTHING, ...wish },
      DRAWN,
      label,
    );

  it.each([
    ['C-QN08', 'Pay 1234567890', /^12345678$/],
    ['C-QN08', 'Pay 12', /^120000\d\d$/],
    ['C-QN08', 'Pay', /^0000\d{4}$/],
    ['C-QN08', '', /^\d{8}$/],
    ['C-QA10', 'a b-C_ö1', /^abC10000\w\w$/],
    ['C-QH12', 'xyz DEAD beef', /^DEADbeef0000$/],
    ['C-QA64', 'a'.repeat(100), /^a{64}$/],
    // Without a counter the end is random.
    ['QN08', '12345678', /^1234\d{4}$/],
    ['QN08', '12', /^1200\d{4}$/],
    ['QA64-T1M', 'a'.repeat(100), /^a{56}\w{8}$/],
  ])('of %s and %j fits %s', (suite, text, question) => {
    expect(of(suite, { text })).toMatch(question);
  });

  it.each(['QN08', 'QA64', 'QH16-T1M'])('of %s is never all of a text, however long that is', (suite) => {
    const all = { text: '1'.repeat(64) };
    const [one, other] = ['T1', 'T2'].map((label) => of(suite, all, label));
    expect(one).not.toBe(other);
    expect(of(`C-${suite}`, all, 'T1')).toBe(of(`C-${suite}`, all, 'T2'));
  });

  // The SHA-1 of `test`, as hexadecimal and as a number.
  it.each([
    ['C-QN08', '96648223'],
    ['C-QH08', 'a94a8fe5'],
    ['C-QA10', 'a94a8fe5cc'],
  ])('of %s by a hash over the text is %s', (suite, question) => {
    expect(of(suite, { text: 'test', form: 'hash' })).toBe(question);
  });

  it('is another one for another token, and takes no notice of the text where it is to be random', () => {
    const random = of('C-QA64', { text: 'a'.repeat(64), form: 'random' });
    expect(random).toMatch(/^[0-9A-Za-z]{64}$/);
    expect(random).toBe(of('C-QA64', { text: '', form: 'random' }));
    expect(random).not.toBe(of('C-QA64', { form: 'random' }, 'T2'));
  });
});
