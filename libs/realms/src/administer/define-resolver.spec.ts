import { Invalid, Secret, Unavailable } from '@app/kernel';

import {
  CONTEXT,
  ConfigurationInMemory,
  DirectoryInMemory,
  TABLE_TYPE,
  tableResolver,
  type UserTable,
} from '../../../../test/support/domain/configuration-in-memory.js';
import {
  MalformedResolverName,
  MissingSecrets,
  OwnersWouldChange,
  ResolverExists,
  ResolverReadonly,
  ResolverTypeFixed,
  ResolverUnusable,
  UnknownResolver,
} from '../realms.errors.js';
import { DefineResolver, type ResolverWish } from './define-resolver.js';

const STAFF: UserTable = {
  anna: { number: '1', badge: 'A7' },
  bernd: { number: '2', badge: 'B8' },
};

const textOf = (secret: Secret | undefined) => secret?.use((bytes) => Buffer.from(bytes).toString('utf8'));
const stored = (more: Parameters<typeof tableResolver>[2] = {}, parameters = {}) =>
  tableResolver('staff', parameters, { secrets: { password: Secret.fromText('stored') }, ...more });

function given({ resolvers = [stored()], staff = STAFF } = {}) {
  const configuration = new ConfigurationInMemory({
    resolvers,
    realms: [{ name: 'home', resolvers: ['staff'] }],
  });
  const fixed = { ...TABLE_TYPE, isDefinable: false };
  const types = { table: TABLE_TYPE, other: TABLE_TYPE, managed: fixed, 'local-administrators': fixed };
  const directory = new DirectoryInMemory(types, { staff, elsewhere: staff });
  const useCase = new DefineResolver(configuration, configuration, directory);
  const define = (wish: Partial<ResolverWish> = {}) =>
    useCase.execute(
      {
        name: 'staff',
        type: 'table',
        parameters: { source: 'staff', password: 'secret' },
        readonly: false,
        previousName: null,
        ...wish,
      },
      CONTEXT,
    );
  /** As a change of the resolver that is there. */
  const change = (parameters: Record<string, string>, wish: Partial<ResolverWish> = {}) =>
    define({ previousName: 'staff', parameters: { source: 'staff', ...parameters }, ...wish });
  return {
    configuration,
    directory,
    define,
    change,
    resolver: () => configuration.stored.resolvers.get('staff'),
  };
}

describe('DefineResolver', () => {
  describe('creates', () => {
    it('a resolver with its parameters, their defaults and its secrets, and leaves a record', async () => {
      const { define, resolver, configuration } = given({ resolvers: [] });
      await define({ parameters: { source: 'staff', password: 'secret', unknown: 'x', note: '' } });
      expect(resolver()).toMatchObject({
        type: 'table',
        parameters: { source: 'staff', ids: 'number' },
        readonly: false,
      });
      expect(Object.keys(resolver()?.parameters ?? {})).toEqual(['source', 'ids']);
      expect(textOf(resolver()?.secrets['password'])).toBe('secret');
      expect(configuration.records).toEqual([{ succeeded: true, info: 'staff' }]);
    });

    it.each([
      ['whose name is taken', {}, ResolverExists],
      ['whose name is too short', { name: 'abc' }, MalformedResolverName],
      ['whose name has other characters', { name: 'staff!' }, MalformedResolverName],
      ['without a required parameter', { name: 'crew', parameters: { password: '' } }, ResolverUnusable],
      ['without a required secret', { name: 'crew', parameters: { source: 'staff' } }, MissingSecrets],
      ['of an unknown type', { name: 'crew', type: 'nothing' }, Invalid],
      ['of a type that is not defined this way', { name: 'crew', type: 'managed' }, Invalid],
    ])('none %s', async (_why, wish, error) => {
      const { define, configuration } = given();
      await expect(define(wish as Partial<ResolverWish>)).rejects.toThrow(error);
      expect(configuration.version).toBe(1);
      expect(configuration.records).toEqual([]);
    });

    it('none that cannot be opened', async () => {
      const { define, directory, configuration } = given({ resolvers: [] });
      directory.away.add('staff');
      await expect(define()).rejects.toThrow(ResolverUnusable);
      expect(configuration.stored.resolvers.size).toBe(0);
    });

    it('one with an empty secret, when it is given', async () => {
      const { define, resolver } = given({ resolvers: [] });
      await define({ parameters: { source: 'staff', password: '' } });
      expect(textOf(resolver()?.secrets['password'])).toBe('');
    });

    it('none over one that came into being meanwhile', async () => {
      const { define, configuration } = given({ resolvers: [] });
      configuration.meanwhile = () =>
        configuration.elsewhere(({ resolvers }) => resolvers.set('staff', stored({ revision: 'theirs' })));
      await expect(define()).rejects.toThrow(ResolverExists);
    });
  });

  describe('changes', () => {
    it.each([
      ['absent', {}, 'stored'],
      ['empty', { password: '' }, 'stored'],
      ['given', { password: 'new' }, 'new'],
    ])('keeping or replacing a secret: %s', async (_what, parameters, expected) => {
      const { change, resolver } = given();
      await change({ ...parameters, note: 'changed' });
      expect(resolver()?.parameters['note']).toBe('changed');
      expect(textOf(resolver()?.secrets['password'])).toBe(expected);
    });

    it('nothing of what the secret belongs to, without the secret', async () => {
      const { change, directory } = given();
      await expect(change({ source: 'elsewhere' })).rejects.toThrow(MissingSecrets);
      // Or the stored secret would have been sent there.
      expect(directory.probed).toEqual([]);
      await change({ source: 'elsewhere', password: 'theirs' });
    });

    it.each([
      ['to another type', { type: 'other' }, ResolverTypeFixed],
      ['when there is none', { previousName: 'nobody' }, UnknownResolver],
    ])('none %s', async (_why, wish, error) => {
      await expect(given().change({}, wish)).rejects.toThrow(error);
    });

    it('what somebody else left there meanwhile, and not what was there before', async () => {
      const { change, configuration, resolver } = given();
      configuration.meanwhile = () =>
        configuration.elsewhere(({ resolvers }) =>
          resolvers.set(
            'staff',
            stored({ revision: 'theirs', secrets: { password: Secret.fromText('theirs') } }),
          ),
        );
      await change({ note: 'mine' });
      expect(resolver()?.parameters['note']).toBe('mine');
      expect(textOf(resolver()?.secrets['password'])).toBe('theirs');
      // The first try left no trace.
      expect(configuration.records).toEqual([{ succeeded: true, info: 'staff' }]);
    });

    it('nothing when others keep being faster', async () => {
      const { change, configuration } = given();
      let round = 0;
      const interfere = () => {
        configuration.elsewhere(({ resolvers }) =>
          resolvers.set('staff', stored({ revision: `${round++}` })),
        );
        queueMicrotask(() => {
          configuration.meanwhile = interfere;
        });
      };
      configuration.meanwhile = interfere;
      await expect(change({ note: 'mine' })).rejects.toThrow(Unavailable);
    });
  });

  describe('of what is read-only', () => {
    const readonly = [stored({ readonly: true }, { note: 'fixed' })];

    it.each([
      ['a parameter', { note: 'changed' }],
      ['a default', { ids: 'badge' }],
      ['a secret', { password: 'new' }],
    ])('changes nothing: %s', async (_what, parameters) => {
      const { change, configuration } = given({ resolvers: readonly });
      await expect(change(parameters)).rejects.toThrow(ResolverReadonly);
      expect(configuration.version).toBe(1);
    });

    it.each([
      ['as it is', { note: 'fixed', ids: 'number' }],
      ['without what it has', {}],
    ])('takes a call that names it %s, and keeps it read-only', async (_what, parameters) => {
      const { change, resolver } = given({ resolvers: readonly });
      await change(parameters, { readonly: false });
      expect(resolver()).toMatchObject({ readonly: true, parameters: { note: 'fixed' } });
      expect(textOf(resolver()?.secrets['password'])).toBe('stored');
    });

    it('changes the name of managed users’ resolver, and nothing else', async () => {
      const managed = stored({
        type: 'managed',
        readonly: true,
        parameters: { source: 'staff', Where: 'x' },
      });
      const { change, configuration } = given({ resolvers: [managed] });
      await change({}, { name: 'crew', type: 'managed' });
      expect(configuration.stored.resolvers.get('crew')).toMatchObject({
        type: 'managed',
        readonly: true,
        parameters: { source: 'staff', Where: 'x' },
      });
    });

    it('never the name of the local administrators’ resolver', async () => {
      const local = stored({ type: 'local-administrators', readonly: true });
      const { change } = given({ resolvers: [local] });
      await expect(change({}, { name: 'crew', type: 'local-administrators' })).rejects.toThrow(
        ResolverReadonly,
      );
    });
  });

  describe('renames', () => {
    it('with realms and tokens', async () => {
      const { change, configuration } = given();
      configuration.tokens = [
        { serial: 'T1', resolver: 'staff', resolverType: 'table', userId: '1', realms: ['home'] },
      ];
      await change({}, { name: 'crew' });
      expect([...configuration.stored.resolvers.keys()]).toEqual(['crew']);
      expect(configuration.stored.realms.get('home')?.resolvers).toEqual(['crew']);
      expect(configuration.tokens).toMatchObject([{ resolver: 'crew', userId: '1' }]);
    });

    it('not to a name that is taken, nor to one that is none', async () => {
      const { change } = given({ resolvers: [stored(), tableResolver('crew')] });
      await expect(change({}, { name: 'crew' })).rejects.toThrow(ResolverExists);
      await expect(change({}, { name: 'a b c d' })).rejects.toThrow(MalformedResolverName);
    });
  });

  describe('when user ids are made of something else', () => {
    const owned = (serial: string, userId: string) => ({
      serial,
      resolver: 'staff',
      resolverType: 'table',
      userId,
      realms: [],
    });

    it('gives tokens to the same logins under their new ids', async () => {
      const { change, configuration } = given();
      configuration.tokens = [owned('T1', '1'), owned('T2', '2'), owned('T3', '2')];
      await change({ ids: 'badge' });
      expect(configuration.tokens.map(({ userId }) => userId)).toEqual(['A7', 'B8', 'B8']);
    });

    it('leaves those of users who are gone where they were', async () => {
      const { change, configuration } = given();
      configuration.tokens = [owned('T1', '1'), owned('T9', '9')];
      await change({ ids: 'badge' });
      expect(configuration.tokens.map(({ userId }) => userId)).toEqual(['A7', '9']);
    });

    it('swaps ids without mixing people up', async () => {
      const staff = { anna: { number: '1', badge: '2' }, bernd: { number: '2', badge: '1' } };
      const { change, configuration } = given({ staff });
      configuration.tokens = [owned('T1', '1'), owned('T2', '2')];
      await change({ ids: 'badge' });
      expect(configuration.tokens.map(({ userId }) => userId)).toEqual(['2', '1']);
    });

    it('refuses to make tokens of somebody who is gone those of somebody else', async () => {
      const staff = { anna: { number: '1', badge: '9' } };
      const { change, configuration } = given({ staff });
      configuration.tokens = [owned('T9', '9')];
      await expect(change({ ids: 'badge' })).rejects.toThrow(OwnersWouldChange);
      expect(configuration.version).toBe(1);
    });

    it('changes nothing when the directory does not answer', async () => {
      const { change, configuration, directory } = given();
      configuration.tokens = [owned('T1', '1')];
      // It is there for the new settings, and away for the old ones.
      configuration.elsewhere(({ resolvers }) =>
        resolvers.set('staff', stored({ revision: 'theirs' }, { source: 'elsewhere' })),
      );
      await configuration.atLeast(2);
      directory.away.add('elsewhere');
      await expect(change({ ids: 'badge', password: 'x' })).rejects.toThrow(Unavailable);
      expect(configuration.tokens.map(({ userId }) => userId)).toEqual(['1']);
    });
  });
});
