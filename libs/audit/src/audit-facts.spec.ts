import { auditRecords } from './audit-facts.js';

const CONTEXT = {
  action: 'admin/remove',
  client: '192.0.2.1',
  administrator: 'admin',
  user: 'anna',
  realm: 'one',
};
const AT = new Date(0);
const recordsOf = (serials: readonly string[], more = {}) => [
  ...auditRecords(
    CONTEXT,
    {
      succeeded: true,
      serial: serials.join(' '),
      tokenType: 'HMAC pw',
      info: 'told',
      each: serials.map((serial) => ({ serial, tokenType: 'HMAC', ...more })),
    },
    AT,
    'node',
  ),
];

describe('records of several tokens', () => {
  it('are one where it names them all', () => {
    const serials = ['A234567890123', '1234567890123456'];
    expect(recordsOf(serials).map(({ serial }) => serial)).toEqual([serials.join(' ')]);
  });

  it('are one more for each where it does not', () => {
    const serials = ['A2345678901234', '1234567890123456'];
    const [all, ...each] = recordsOf(serials, { realm: 'two' });
    expect(all).toMatchObject({
      serial: 'A2345678901234 12345678901234…',
      tokenType: 'HMAC pw',
      realm: 'one',
    });
    expect(each).toEqual(
      serials.map((serial) => ({
        ...all,
        serial,
        tokenType: 'HMAC',
        realm: 'two',
        user: 'anna',
        info: 'told',
      })),
    );
  });
});
