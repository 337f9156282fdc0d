import { fillIn } from './fill-in.js';
import { renderedMail } from './mail-template.js';

describe('text that leaves something open', () => {
  it.each([
    ['<otp> ${otp}', '287082 287082'],
    ['<serial>: ${unknown} <name>', 'S1: ${unknown} <name>'],
    ['${constructor} ${__proto__}', '${constructor} ${__proto__}'],
    // Code of LinOTP's template language is text here.
    ['${otp.upper()} <% x %> ${1+1}', '${otp.upper()} <% x %> ${1+1}'],
    // What a value holds is no place.
    ['${surname}!', '<otp> ${otp} $&!'],
  ])('%j becomes %j', (text, filled) => {
    expect(fillIn(text, { otp: '287082', serial: 'S1', surname: '<otp> ${otp} $&' })).toBe(filled);
  });
});

describe('a template', () => {
  const values = {
    otp: '287082',
    To: 'anna@example.com',
    surname: 'Müller\r\nBcc: eve@example.com\r\n\r\n--b\r\n<script>=',
  };
  const DEFAULTS = { To: 'anna@example.com', 'X-A': 'b\r\nc' };
  const lines = (template: string) => renderedMail(template, values, DEFAULTS).toString().split('\r\n');

  it('is filled in, and given the headers that it lacks', () => {
    expect(lines('Subject: Your ${otp}\nto: ${To}\n\nIt is <otp>.\n')).toEqual([
      'Subject: Your 287082',
      'to: anna@example.com',
      'X-A: b c',
      '',
      'It is 287082.',
      '',
    ]);
  });

  it('gets no header, part or HTML from a value', () => {
    const [subject, ...rest] = lines(
      [
        'Subject: Hi ${surname}',
        'Content-Type: multipart/alternative;',
        ' boundary="b"',
        '',
        '--b',
        'Content-Type: text/plain',
        '',
        '${surname}',
        '--b',
        'Content-Type: text/html; charset=utf-8',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        '<b>${surname}</b>',
        '--b--',
      ].join('\n'),
    );
    const words = subject?.slice('Subject: Hi '.length).split(' ') ?? [];
    for (const word of words) expect(word).toMatch(/^=\?UTF-8\?B\?[\w+/=]{1,60}\?=$/);
    const decoded = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString()).join('');
    expect(decoded).toBe('Müller Bcc: eve@example.com --b <script>=');
    expect(rest).toEqual([
      'Content-Type: multipart/alternative;',
      ' boundary="b"',
      'To: anna@example.com',
      'X-A: b c',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'Müller Bcc: eve@example.com --b <script>=',
      '--b',
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<b>M=C3=BCller Bcc: eve@example.com --b &#60;script&#62;=3D</b>',
      '--b--',
    ]);
  });

  it.each([
    ['${place}', ' --b'],
    ['--${more}', ' --b'],
    ['<b>', '<b>'],
  ])('gets no part from a value at the beginning of a line: %s', (line, rendered) => {
    const template = `Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${line}\nSubject: no header\n--b--`;
    const text = renderedMail(template, { place: '--b', more: 'b' }, {}).toString();
    expect(text.split('\r\n').slice(4)).toEqual([rendered, 'Subject: no header', '--b--']);
  });

  it.each(['', 'Your OTP is ${otp}', '\nSubject: x\n\n', 'Subject: x'])('is not %j', (template) => {
    expect(() => lines(template)).toThrow('TEMPLATE');
  });
});
