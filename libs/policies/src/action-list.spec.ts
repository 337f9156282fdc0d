import { parseActionList } from './action-list.js';

const read = (text: string) => Object.fromEntries(parseActionList(text));

describe('an action list', () => {
  it.each([
    // The verified examples of the specification.
    ['otppin = 1 , passthru', { otppin: '1', passthru: true }],
    ['!delete', { delete: false }],
    ['delete=False', { delete: false }],
    ['delete=true', { delete: 'true' }],
    ['smstext="Your code, <otp>"', { smstext: 'Your code, <otp>' }],
    ['f =,', { f: '' }],
    [`a="b'c"`, { a: "b'c" }],
    ['t,f = v,,,', { t: true, f: 'v' }],
    ['token_status=active&assigned', { token_status: 'active&assigned' }],
    // Its rules, one by one.
    ['', {}],
    [' , ,', {}],
    ['=x', {}],
    ['a=b=c', { a: 'b=c' }],
    ["a='x' 'y'", { a: "'x' 'y'" }],
    ["a='x'y'z'", { a: "'x'y'z'" }],
    ['a=" x "', { a: ' x ' }],
    ['a="" , b=\'\'', { a: '', b: '' }],
    ['a="FALSE"', { a: false }],
    ['max count=1', { 'max count': '1' }],
    ['!a=1', { '!a': '1' }],
    ['*', { '*': true }],
    ['!', {}],
    ['a=1, a = 1', { a: '1' }],
    ['a=false, !a', { a: false }],
    ['qrtanurl.here="https://a/?b=c,d"', { 'qrtanurl.here': 'https://a/?b=c,d' }],
    ['"a,b"=c', { '"a,b"': 'c' }],
    ['__proto__=1', Object.fromEntries([['__proto__', '1']])],
  ])('reads %j', (text, actions) => {
    expect(read(text)).toEqual(actions);
  });

  it.each([
    ['a=1,a=2', "duplicate key definition 'a'"],
    ['a,!a', "duplicate key definition 'a'"],
    ['a,a=true', "duplicate key definition 'a'"],
    ['a="x', `non terminated string value entry '"x'`],
    ["a='x, b=2", `non terminated string value entry "'x, b=2"`],
    ['"a', `non terminated action ['"a']`],
  ])('refuses %j', (text, message) => {
    expect(() => parseActionList(text)).toThrow(message);
  });

  it('keeps the order of its entries', () => {
    expect([...parseActionList('b, a, c=1').keys()]).toEqual(['b', 'a', 'c']);
  });
});
