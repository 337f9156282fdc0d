import { isLicense } from './support-license.js';

const LINES = Array.from({ length: 10 }, (_, i) => `key${i}=value ${i}`).join('\n');
const licenseOf = ({
  lines = LINES,
  signature = 'c2lnbmF0dXJl',
  before = '',
  between = '\n',
  after = '\n',
} = {}) =>
  `${before}-----BEGIN LICENSE-----\n${lines}\n-----END LICENSE-----${between}` +
  `-----BEGIN LICENSE SIGNATURE-----\n${signature}\n-----END LICENSE SIGNATURE-----${after}`;

describe('isLicense', () => {
  it.each([
    ['as it should be', licenseOf(), true],
    ['with lines that end as on Windows', licenseOf().replaceAll('\n', '\r\n'), true],
    ['with blanks around it', licenseOf({ before: ' \n', between: '\n\n', after: '\n \n' }), true],
    ['with fewer than ten keys', licenseOf({ lines: 'a=1\nb=2' }), false],
    ['with a line that is no pair', licenseOf({ lines: `${LINES}\nno pair` }), false],
    ['without a signature', licenseOf({ signature: '' }), false],
    ['with a signature that is not base64', licenseOf({ signature: 'not!base64' }), false],
    ['with something between its parts', licenseOf({ between: '\nx\n' }), false],
    ['without its last marker', licenseOf().replace('-----END LICENSE SIGNATURE-----', ''), false],
    [
      'of nothing but blanks where the signature should be',
      licenseOf({ signature: ' '.repeat(12_000) }),
      false,
    ],
    ['that is longer than any', licenseOf({ signature: 'A'.repeat(20_000) }), false],
  ])('takes a text %s', (_title, text, expected) => {
    expect(isLicense(text)).toBe(expected);
  });
});
