import { describeError, summarizeError } from './describe-error.js';

describe('describeError', () => {
  it('tells kind, code, text and place of an error and its causes', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const text = describeError(new TypeError('it failed', { cause }));
    expect(text).toMatch(/^TypeError: it failed\n +at /);
    expect(text).toMatch(/\ncaused by\nError \[ECONNREFUSED\]: connect ECONNREFUSED 10\.0\.0\.1:5432\n +at /);
  });

  it.each([
    ['invalid input syntax for type bigint: "geheim1"'],
    [`Unexpected token 'g', "{geheim1" is not valid JSON`],
    ['no such value: "a"geheim1"b"'],
    ['unknown `geheim1`\n"geheim1"'],
  ])('keeps quoted words to itself: %s', (message) => {
    expect(describeError(new Error(message))).not.toContain('geheim1');
  });

  it('tells nothing of the properties of an error', () => {
    const error = Object.assign(new Error('query failed'), {
      parameters: ['geheim1'],
      query: 'geheim1',
      code: 7,
    });
    expect(describeError(error)).not.toContain('geheim1');
  });

  it('does not follow causes for ever', () => {
    const error = new Error('round');
    error.cause = error;
    expect(describeError(error).match(/caused by/g)).toHaveLength(3);
  });

  it.each([
    ['geheim1', 'a thrown string'],
    [undefined, ''],
  ])('survives what is no error', (thrown, text) => {
    expect(describeError(thrown)).toBe(text);
  });
});

describe('several errors at once', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:389'), { code: 'ECONNREFUSED' });
  const none = new AggregateError([refused, 'no error'], 'ldap://one: refused');

  it('are all named', () => {
    expect(describeError(new Error('outer', { cause: none }))).toContain(
      'one of them: Error [ECONNREFUSED]: connect ECONNREFUSED 127.0.0.1:389\none of them: a thrown string',
    );
  });

  it('make one line without stacks for operators', () => {
    expect(summarizeError(new Error('outer "a secret"', { cause: none }))).toBe(
      "Error: outer '…'; caused by AggregateError: ldap://one: refused",
    );
    expect(summarizeError('text')).toBe('a thrown string');
  });
});
