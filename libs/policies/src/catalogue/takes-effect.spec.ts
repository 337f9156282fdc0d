import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { ACTION_CATALOGUE } from './action-catalogue.js';
import type { CataloguedAction } from './catalogued-action.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

interface Source {
  readonly path: string;
  readonly text: string;
}

const SOURCES: readonly Source[] = ['libs', 'src']
  .flatMap((room) =>
    readdirSync(`${ROOT}${room}`, { recursive: true }).map((path) => `${room}/${String(path)}`),
  )
  .filter((path) => path.endsWith('.ts') && !/\.spec\.ts$|^libs\/policies\/src\/catalogue\//.test(path))
  .map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }));

/** As `admin/init`. */
const ROUTES: ReadonlySet<string> = new Set(
  SOURCES.flatMap(({ text }) => {
    const prefix = /@LegacyController\(\s*'([^']+)'/.exec(text)?.[1];
    if (prefix === undefined) return [];
    return [...text.matchAll(/@(?:Reads(?:Login)?|Changes|GetsOnly)\(\s*'([^']+)'/g)].map(
      ([, name]) => `${prefix}/${name}`,
    );
  }),
);

/** Scopes whose rights are asked for with their scope: the others' actions are looked for in files that name the scope. */
const RIGHTS = new Set(['admin', 'system', 'audit', 'tools', 'monitoring', 'reporting.access']);

/** `scope/action` of every right that some code asks for by its name. */
const RIGHTS_ASKED: readonly string[] = SOURCES.flatMap(({ text }) => [
  ...[...text.matchAll(/scope: '([^']+)',\s*action: ('[^;}]+)/g)].flatMap(([, scope, actions]) =>
    literals(actions).map((action) => `${scope}/${action}`),
  ),
  ...[...text.matchAll(/\bmay\(\s*'([^']+)',\s*'([^']+)'/g)].map(([, scope, action]) => `${scope}/${action}`),
  ...[...text.matchAll(/(?:realmsFor|tokenRights)\(([^)]*)/g)].flatMap(([, given]) =>
    literals(given).map((action) => `admin/${action}`),
  ),
  ...(/realmsFor\(`init\$\{/.test(text) ? ['admin/init<TYPE>'] : []),
  ...(/\.shownRealms\(\)/.test(text) ? ['admin/show'] : []),
]);

function literals(text = ''): readonly string[] {
  return [...text.matchAll(/'([^']+)'/g)].map(([, literal = '']) => literal);
}

function isConsulted({ scope, name }: CataloguedAction): boolean {
  const family = name.replace(/^(init|maxtoken|enroll)[A-Z0-9]+$/, '$1<TYPE>');
  if (RIGHTS.has(scope)) {
    return RIGHTS_ASKED.includes(`${scope}/${name}`) || RIGHTS_ASKED.includes(`${scope}/${family}`);
  }
  // Of users they are asked for through a class, too.
  const isOfScope = (text: string) =>
    text.includes(`'${scope}'`) || (scope === 'selfservice' && text.includes('SelfServicePolicies'));
  return SOURCES.filter(({ path, text }) => !path.startsWith('libs/policies/') && isOfScope(text)).some(
    ({ text }) => text.includes(`'${name}'`) || text.includes(`\`${family.replace('<TYPE>', '${')}`),
  );
}

const named = (action: CataloguedAction) => ({ ...action, title: `${action.scope}/${action.name}` });
const inEffect = ACTION_CATALOGUE.flatMap((action) =>
  typeof action.takesEffect === 'string' ? [{ ...named(action), surfaces: action.takesEffect }] : [],
);

/** Those of a token type are asked for by the name of whatever type there is. */
const notInEffect = ACTION_CATALOGUE.filter(
  ({ takesEffect, name }) => typeof takesEffect !== 'string' && !/^(init|maxtoken|enroll)[A-Z]/.test(name),
).map(named);

describe('where actions take effect', () => {
  it.each(inEffect)('$title: some code asks for it', (action) => {
    expect(isConsulted(action)).toBe(true);
  });

  it.each(inEffect)('$title: $surfaces are there', ({ surfaces }) => {
    const routes =
      surfaces.match(/\b(admin|audit|validate|userservice|tools|monitoring|reporting|system)\/\w+/g) ?? [];
    expect(routes.filter((route) => !ROUTES.has(route))).toEqual([]);
  });

  it.each(notInEffect)('$title: no code asks for it', (action) => {
    expect(isConsulted(action)).toBe(false);
  });

  it('has every right that some code asks for', () => {
    const known = new Set(ACTION_CATALOGUE.map(({ scope, name }) => `${scope}/${name}`));
    expect(RIGHTS_ASKED.filter((right) => !known.has(right) && right !== 'admin/init<TYPE>')).toEqual([]);
  });
});
