import type { FilledFilter } from './filter.js';
import { asksFor, filled, matches } from './filter.js';
import { MalformedFilter, parseFilter } from './parse-filter.js';

const VALUES = { login: 'anna', now: '17' };
const parsed = (text: string) => filled(parseFilter(text, ['login', 'now']), VALUES);

/** Each value in brackets, its bytes as Latin-1: nothing in one can be mistaken for syntax. */
function shown(filter: FilledFilter): string {
  const value = (bytes: Buffer) => `[${bytes.toString('latin1')}]`;
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `${filter.kind}(${filter.filters.map(shown).join(' ')})`;
    case 'not':
      return `not(${shown(filter.filter)})`;
    case 'present':
      return `${filter.attribute}?`;
    case 'compare':
      return `${filter.attribute}${filter.operator}${value(filter.value)}`;
    case 'substrings':
      return `${filter.attribute}=${filter.parts.map(value).join('*')}`;
    case 'extensible':
      return `${filter.attribute}:${filter.withDn ? 'dn' : ''}:${filter.rule}:=${value(filter.value)}`;
  }
}

describe('parseFilter', () => {
  it.each([
    ['(uid=%s)', 'uid=[anna]'],
    ['uid=%s', 'uid=[anna]'],
    ['(uid=*)', 'uid?'],
    ['(|(uid=%s)(mail=%s@example.test))', 'or(uid=[anna] mail=[anna@example.test])'],
    ['(uid=*)(objectClass=person)', 'and(uid? objectClass=[person])'],
    [' ( & ( uid = %s) (! (cn=x)) ) '.replace('= %s', '=%s'), 'and(uid=[anna] not(cn=[x]))'],
    ['(cn=a*b*c)', 'cn=[a]*[b]*[c]'],
    ['(cn=*%s*)', 'cn=[]*[anna]*[]'],
    ['(cn=a**b)', 'cn=[a]*[b]'],
    ['(cn=**)', 'cn?'],
    ['(cn=)', 'cn=[]'],
    [String.raw`(cn=\28\2a\29\5c\00)`, 'cn=[(*)\\\0]'],
    [String.raw`(cn=J\c3\b6rg)`, 'cn=[J\u00c3\u00b6rg]'],
    ['(cn=Jörg)', 'cn=[J\u00c3\u00b6rg]'],
    [String.raw`(objectGUID=\ff\00)`, 'objectGUID=[\u00ff\0]'],
    ['(expires>=%(now)s)', 'expires>=[17]'],
    ['(&(a<=1)(b~=2))', 'and(a<=[1] b~=[2])'],
    ['(userAccountControl:1.2.840.113556.1.4.803:=2)', 'userAccountControl::1.2.840.113556.1.4.803:=[2]'],
    ['(ou:dn:=a:b)', 'ou:dn::=[a:b]'],
    ['(:dn:2.4.6.8.10:=x)', ':dn:2.4.6.8.10:=[x]'],
    ['(cn;lang-de=x)', 'cn;lang-de=[x]'],
    ['(2.5.4.3=x)', '2.5.4.3=[x]'],
    ['(&)', 'and()'],
    ['(share=100%)', 'share=[100%]'],
    ['(share=%(then)s)'.replace('(then)', '-then-'), 'share=[%-then-s]'],
    ['(a=1=2>3)', 'a=[1=2>3]'],
  ])('reads %s', (text, meaning) => {
    expect(shown(parsed(text))).toBe(meaning);
  });

  it.each([
    '',
    '()',
    '(',
    ')',
    '(uid=%s',
    '(uid=%s))',
    '(uid=%s)x',
    '(uid)',
    '(=x)',
    '(%s=x)',
    '(uid=(x))',
    '(!(a=b)(c=d))',
    '(!)',
    '(&a=b)',
    String.raw`(cn=\zz)`,
    String.raw`(cn=\2)`,
    '(a>=*)',
    '(a:rule:more:=x)',
    '(:=x)',
    '(a:=x*)',
    '(a>b)',
    `${'(!'.repeat(100)}(a=b)${')'.repeat(100)}`,
  ])('refuses %s', (text) => {
    expect(() => parseFilter(text, ['login', 'now'])).toThrow(MalformedFilter);
  });

  it('knows which places there are', () => {
    expect(asksFor(parseFilter('(&(a=b)(!(c=x%s*)))', ['login']), 'login')).toBe(true);
    expect(asksFor(parseFilter('(&(a=b)(!(c=x*))(d:=e))', ['login']), 'login')).toBe(false);
    // In a list nobody logs in.
    expect(asksFor(parseFilter('(uid=%s)', ['now']), 'login')).toBe(false);
  });

  it.each(['*', 'x)(uid=*', '\\2a', '%s', '%(now)s', 'a\0b'])('leaves the login %j a value', (login) => {
    const filter = filled(parseFilter('(&(uid=%s)(cn=*%s))', ['login', 'now']), { login, now: '17' });
    expect(shown(filter)).toBe(`and(uid=[${login}] cn=[]*[${login}])`);
  });
});

describe('matches', () => {
  it.each([
    ['anna', 'a=[anna]'],
    ['*', 'a?'],
    ['***', 'a?'],
    ['', 'not(a?)'],
    ['an*', 'a=[an]*[]'],
    ['*n*a*', 'a=[]*[n]*[a]*[]'],
    ['x)(uid=*', 'a=[x)(uid=]*[]'],
    ['\\2a', 'a=[\\2a]'],
  ])('takes %j for %s', (pattern, meaning) => {
    expect(shown(matches('a', pattern))).toBe(meaning);
  });
});
