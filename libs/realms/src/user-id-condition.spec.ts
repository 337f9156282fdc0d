import { fulfils, parseUserIdCondition } from './user-id-condition.js';

describe('conditions on user ids', () => {
  it.each([
    ['=2000', ['2000']],
    ['< 2000', ['5', '1999']],
    ['<=2000', ['5', '1999', '2000']],
    ['>2000', ['2001', '10000']],
    ['>= 2000', ['2000', '2001', '10000']],
    ['between 1999,2001', ['1999', '2000', '2001']],
    ['BETWEEN 1999 , 2000', ['1999', '2000']],
    ['between 2001,1999', []],
    ['between 1', []],
    ['between 1,2,3', []],
    ['< ten', []],
    ['=', []],
  ])('%s', (text, expected) => {
    const condition = parseUserIdCondition(text);
    const ids = ['5', '1999', '2000', '2001', '10000', 'anna', ''];
    expect(condition && ids.filter((id) => fulfils(condition, id))).toEqual(expected);
  });

  it.each(['2000', '20*', '*', '', 'betweenness', 'anna'])('are none in %j', (text) => {
    expect(parseUserIdCondition(text)).toBeNull();
  });
});
