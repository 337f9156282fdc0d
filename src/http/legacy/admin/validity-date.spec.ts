import { validityDate } from './validity-date.js';

const mismatch = (text: string) => `time data '${text}' does not match format '%d/%m/%y %H:%M'`;

describe('validityDate', () => {
  it.each([
    { text: '22/05/14 22:00', date: '2014-05-22T22:00:00' },
    { text: '1/2/20 3:4', date: '2020-02-01T03:04:00' },
    { text: '01/01/20  00:00', date: '2020-01-01T00:00:00' },
    { text: '29/02/24 23:59', date: '2024-02-29T23:59:00' },
    { text: '31/12/68 23:59', date: '2068-12-31T23:59:00' },
    { text: '01/01/69 00:00', date: '1969-01-01T00:00:00' },
  ])('"$text" is $date', ({ text, date }) => {
    expect(validityDate(text)).toEqual(new Date(`${date}Z`));
  });

  it.each([
    { text: '2026-01-01', error: mismatch('2026-01-01') },
    { text: '', error: mismatch('') },
    { text: '00/01/20 00:00', error: mismatch('00/01/20 00:00') },
    { text: '01/13/20 00:00', error: mismatch('01/13/20 00:00') },
    { text: '01/01/20', error: mismatch('01/01/20') },
    { text: '01/01/2020 00:00', error: mismatch('01/01/2020 00:00') },
    { text: '01/01/20 24:00', error: mismatch('01/01/20 24:00') },
    { text: '01/01/20 00:00:30', error: 'unconverted data remains: :30' },
    { text: '31/02/20 00:00', error: 'day is out of range for month' },
    { text: '29/02/23 00:00', error: 'day is out of range for month' },
  ])('"$text" is none: $error', ({ text, error }) => {
    expect(validityDate(text)).toBe(error);
  });
});
