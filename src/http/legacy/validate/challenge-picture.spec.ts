import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Parameters } from '../../envelope/parameters/parameters.js';
import { RawReply } from '../../server/raw-reply.js';
import { asAsked } from './challenge-picture.js';

const DETAIL = { transactionid: '123456789', message: 'say <b>"it"</b>', linotp_tokenserial: "O'ATH<i>" };
const ANSWER = reply(false, { id: 0, detail: DETAIL });
const SECRET = 'pin1<script>';

function shown(asked: Readonly<Record<string, string>>, answer = ANSWER): RawReply {
  const given = asAsked(
    new Parameters(new Map(Object.entries({ pass: SECRET, user: 'anna', ...asked }))),
    answer,
  );
  if (!(given instanceof RawReply)) throw new Error('no picture');
  return given;
}

describe('asAsked', () => {
  it.each<{ title: string; asked: Readonly<Record<string, string>>; answer: LegacyReply }>([
    { title: 'nobody asked for a picture', asked: {}, answer: ANSWER },
    { title: 'qr is empty', asked: { qr: '' }, answer: ANSWER },
    { title: 'there is no detail', asked: { qr: 'img' }, answer: reply(true, { id: 0 }) },
    { title: 'there is no message', asked: { qr: 'img' }, answer: reply(true, { detail: { serial: 'A' } }) },
    {
      title: 'the message is too long',
      asked: { qr: 'img' },
      answer: reply(false, { detail: { message: 'x'.repeat(2332) } }),
    },
  ])('answers as always where $title', ({ asked, answer }) => {
    const parameters = new Parameters(new Map(Object.entries(asked)));
    expect(asAsked(parameters, answer)).toBe(answer);
  });

  it('shows the longest message', () => {
    expect(shown({ qr: 'png' }, reply(false, { detail: { message: 'x'.repeat(2331) } })).contentType).toBe(
      'image/png',
    );
  });

  it('gives a PNG', () => {
    const { body, contentType } = shown({ qr: 'png' });
    expect(contentType).toBe('image/png');
    expect(Buffer.from(body).subarray(1, 4).toString()).toBe('PNG');
  });

  it.each(['img', 'embed'])('gives one element for %s', (qr) => {
    const { body, contentType, headers } = shown({ qr, width: '200' });
    expect(contentType).toBe('text/html; charset=utf-8');
    expect(headers).toEqual({ 'content-security-policy': "default-src 'none'; img-src data:" });
    expect(body).toMatch(
      /^<img id="challenge_qrcode" {2}alt='[^'<>]*' {4}width=200 {3}src="data:image\/png;base64,[\w+/=]+"\/>$/,
    );
    const alt = /alt='([^']*)'/.exec(String(body))?.[1] ?? '';
    expect(JSON.parse(decodeURIComponent(alt.replaceAll('&#39;', "'")))).toEqual(DETAIL);
  });

  it.each(['-1', '0', '1e3', '12345', '" onload="x'])('passes over the width %s', (width) => {
    expect(shown({ qr: 'img', width }).body).not.toContain('width=');
  });

  it('gives a page with the fields of the answer, and none of the request', () => {
    const { body } = shown({ qr: 'html' });
    expect(body).toContain('<ul id="challenge_data">');
    expect(body).toContain('<span class="transactionid">123456789</span>');
    expect(body).toContain('<span class="message">say &lt;b&gt;&quot;it&quot;&lt;/b&gt;</span>');
    expect(body).not.toMatch(/pin1|anna|<script|<i>/);
  });
});
