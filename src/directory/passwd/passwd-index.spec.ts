import { PasswdIndex } from './passwd-index.js';

const line = (name: string, id: number | string) => `${name}:$6$${name}:${id}:1:${name} of ü:/:/bin/sh`;

describe('PasswdIndex', () => {
  it('finds each of many users by login and by id, and nobody else', () => {
    const places = Array.from({ length: 3_000 }, (_, place) => place);
    const index = new PasswdIndex(places.map((place) => line(`user${place}`, 7 * place)).join('\n'));
    expect(places.map((place) => index.byLogin(`user${place}`)?.user.userId)).toEqual(
      places.map((place) => String(7 * place)),
    );
    expect(places.map((place) => index.byId(String(7 * place))?.user.username)).toEqual(
      places.map((place) => `user${place}`),
    );
    expect(index.byLogin('user3000')).toBeNull();
    expect(index.byLogin('User1')).toBeNull();
    expect(index.byId('1')).toBeNull();
  });

  it('does not take one user for another whose name has the same hash', () => {
    const names = ['498a96f', 'e6df50e'];
    const index = new PasswdIndex(names.map((name) => line(name, name)).join('\n'));
    expect(names.map((name) => index.byLogin(name)?.user.username)).toEqual(names);
    expect(new PasswdIndex(line('498a96f', 1)).byLogin('e6df50e')).toBeNull();
  });

  it('reads what is behind lines of several bytes a character', () => {
    const index = new PasswdIndex(`${line('añez', 'ü1')}\n# remark\n\n${line('dörr', '二')}\r\n`);
    expect(index.byLogin('dörr')?.user).toMatchObject({ userId: '二', surname: 'of ü' });
    expect(index.byId('ü1')?.password).toBe('$6$añez');
    expect(index.byLogin('# remark')).toBeNull();
  });

  it('takes the first of two with one key', () => {
    const index = new PasswdIndex([line('anna', 1), line('anna', 2), line('toor', 1)].join('\n'));
    expect(index.byLogin('anna')?.user.userId).toBe('1');
    expect(index.byId('1')?.user.username).toBe('anna');
    expect(index.byId('2')?.user.username).toBe('anna');
  });

  it.each(['', '\n', '# nobody'])('knows nobody of %j', (text) => {
    const index = new PasswdIndex(text);
    expect(index.byLogin('')).toBeNull();
    expect([...index.pages()].flat()).toEqual([]);
  });

  it('tells all users in their order, in pages', () => {
    const names = Array.from({ length: 2_500 }, (_, place) => `user${place}`);
    const pages = [...new PasswdIndex(names.map((name) => line(name, name)).join('\n')).pages()];
    expect(pages.map(({ length }) => length)).toEqual([1000, 1000, 500]);
    expect(pages.flat().map(({ username }) => username)).toEqual(names);
  });
});
