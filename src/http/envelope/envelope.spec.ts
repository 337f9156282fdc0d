import { Envelopes, EnvelopeVersion, reply } from './envelope.js';
import { NotAuthenticated, WireError, missingParameter } from './errors/wire-error.js';

const envelopes = new Envelopes(new EnvelopeVersion('LinOTP 3.4.4', '3.4.4'));

describe('the success envelope', () => {
  it('has its keys in order, indented by three', () => {
    const { body, contentType, httpStatus } = envelopes.success(reply(1, { detail: { message: 'done' } }));
    expect(httpStatus).toBe(200);
    expect(contentType).toBe('application/json');
    expect(body).toBe(`{
   "jsonrpc": "2.0802",
   "result": {
      "status": true,
      "value": 1
   },
   "version": "LinOTP 3.4.4",
   "versionNumber": "3.4.4",
   "id": 1,
   "detail": {
      "message": "done"
   }
}`);
  });

  it.each([
    ['no detail', undefined],
    ['an empty detail', {}],
  ])('leaves out %s', (_why, detail) => {
    expect(envelopes.success(reply('x', { detail })).body).not.toContain('detail');
  });

  it('escapes everything that is not ASCII', () => {
    const { body } = envelopes.success(reply('jürgen €\u007f 😀 "\\'));
    expect(body).toContain('"value": "j\\u00fcrgen \\u20ac\\u007f \\ud83d\\ude00 \\"\\\\"');
    expect(JSON.parse(String(body))).toMatchObject({ result: { value: 'jürgen €\u007f 😀 "\\' } });
  });

  it.each([true, false])('answers %s with id 0 as it would answer any other value', (value) => {
    const long = envelopes.success(reply(value, { id: 0, detail: {} }));
    expect(envelopes.success(reply(value, { id: 0 }))).toEqual(long);
    expect(JSON.parse(String(long.body))).toEqual({
      jsonrpc: '2.0802',
      result: { status: true, value },
      version: 'LinOTP 3.4.4',
      versionNumber: '3.4.4',
      id: 0,
    });
  });

  it('tells the verdict of no login that nobody has recorded', () => {
    const accepted = reply(true, { id: 0 });
    expect(() => envelopes.ofLogin(accepted, { isRecorded: false })).toThrow('without its record');
    expect(envelopes.ofLogin(accepted, { isRecorded: true })).toEqual(envelopes.success(accepted));
  });

  it.each([
    ['another status', { id: 0, status: false }, { status: false, value: false }, 200],
    ['another HTTP status', { id: 0, httpStatus: 401 }, { status: true, value: false }, 401],
  ])('does not mistake %s for a verdict', (_why, options, result, httpStatus) => {
    const rendered = envelopes.success(reply(false, options));
    expect(JSON.parse(String(rendered.body))).toMatchObject({ result });
    expect(rendered.httpStatus).toBe(httpStatus);
  });
});

describe('the error envelope', () => {
  it('has its keys in order, indented by three', () => {
    const { body, contentType } = envelopes.error(missingParameter('serial'), 200);
    expect(contentType).toBe('application/json');
    expect(body).toBe(`{
   "jsonrpc": "2.0802",
   "result": {
      "status": false,
      "error": {
         "code": 905,
         "message": "ERR905: Missing parameter: 'serial'"
      }
   },
   "version": "LinOTP 3.4.4",
   "versionNumber": "3.4.4",
   "id": 1
}`);
  });

  it.each<[error: WireError, code: number, message: string, id: number]>([
    [new WireError(-311, 'bare text'), -311, 'bare text', 1],
    [new WireError(905, 'text', { envelopeId: 0 }), 905, 'ERR905: text', 0],
    [new NotAuthenticated(), -311, 'Not authenticated', 1],
  ])('writes %s', (error, code, message, id) => {
    expect(JSON.parse(String(envelopes.error(error, 200).body))).toMatchObject({
      result: { status: false, error: { code, message } },
      id,
    });
  });
});
