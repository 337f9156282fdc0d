import { compilePolicy } from './compiled-policy.js';
import { normalisePolicy } from './normalise.js';
import { UserIndex } from './user-index.js';

const EXPRESSIONS = `anna|bert|an*|a*a|*a|a.na|.nna|ann.|.*|*|b?ert|[ab]*|j.doe|j.d*|*.doe|.|anna@r1|a*@R1|*@r1|@r1|a.na@r*|
  s1:|anna.s1:|j.doe.s1:|b*.s1:|:s1|#mail|anna#mail|j.*@r1#mail|s1:#mail|a+b|a(b|x.y.z|x.y.*|é*|*é|doe|oe`;
const LOGINS = `anna|bert|a|an|ann|annas|aanna|ana|axna|j.doe|jxdoe|j-doe|doe|oe|k.l.doe|.doe|a+b|x.y.z|xxyxz|x.y.z.z|é|née|
  anna@r1|j.doe@r1|an*|*|.|`;

const POLICY = normalisePolicy({
  name: 'p',
  scope: 'system',
  action: 'read',
  realm: '*',
  user: null,
  client: null,
  time: null,
  active: null,
});

const texts = EXPRESSIONS.split(/\|\s*/);
const policies = [...texts, ...texts.map((text, i) => `${text}, ${texts[(i * 7) % texts.length]}`)]
  .flatMap((text) => [text, `-bert, ${text}`])
  .map((user, rank) => compilePolicy({ ...POLICY, name: `p${rank}`, user }, rank));
const index = new UserIndex(policies);

describe('the index of policies by login', () => {
  it.each(LOGINS.split(/\|\s*/).flatMap((login) => [[login, 'r1'] as const, [login, ''] as const]))(
    'finds for login %j in realm %j all policies that match, in order and each once',
    (login, realm) => {
      const subject = { login, realm, resolvers: ['s1'], attributes: { mail: 'x' } };
      const found = index.find(subject);
      const matching = policies.filter(({ user }) => user.match(subject).precision !== null);
      expect(found.filter(({ user }) => user.match(subject).precision !== null)).toEqual(matching);
      expect(found.map(({ rank }) => rank)).toEqual(
        [...new Set(found.map(({ rank }) => rank))].toSorted((a, b) => a - b),
      );
    },
  );

  it('does not look at policies that name others', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `user${i}, first.last${i}, nobody.s1:, n${i}*@r1`);
    const naming = new UserIndex(
      many.map((user, rank) => compilePolicy({ ...POLICY, name: `p${rank}`, user }, rank)),
    );
    const subject = { realm: 'r1', resolvers: [], attributes: null };
    expect(naming.find({ ...subject, login: 'user7' }).map(({ rank }) => rank)).toEqual([7]);
    expect(naming.find({ ...subject, login: 'first.last8' }).map(({ rank }) => rank)).toEqual([8]);
    expect(naming.find({ ...subject, login: 'n9x' }).map(({ rank }) => rank)).toEqual([9]);
    expect(naming.find({ ...subject, login: 'somebody' })).toEqual([]);
  });
});
