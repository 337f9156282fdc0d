import { BlockList } from 'node:net';

import type { PolicyQuery, PolicySubject, StoredPolicy } from '@app/policies';

/**
 * The specification once more, chapter by chapter and as plainly as it can be said, with nothing of the engine: every
 * text is read anew for each question. On `RegExp`, so that only harmless expressions may be given.
 */
export function referenceAnswer(
  stored: readonly StoredPolicy[],
  query: PolicyQuery & { readonly action: string },
) {
  const { action } = query;
  const readable = inOrder(stored).filter((policy) => !isBroken(policy));
  const candidates = readable.filter((policy) => isCandidate(policy, query));
  const found = select(candidates, query);
  const granting = found.filter((policy) => saysYes(actionsOf(policy.action), action));
  return {
    inUse: inOrder(stored).some((policy) => policy.scope === query.scope && policy.isActive),
    matching: found.map(({ name }) => name),
    matchingAll: candidates.map(({ name }) => name),
    granting: granting.map(({ name }) => name),
    grants: granting.length > 0,
    value: found.map((policy) => actionsOf(policy.action)[action]).find((value) => value !== undefined),
  };
}

/** Of a query that may name no action: the names of the most specific policies that match. */
export function referenceMatching(stored: readonly StoredPolicy[], query: PolicyQuery): readonly string[] {
  const readable = inOrder(stored).filter((policy) => !isBroken(policy));
  const candidates = readable.filter((policy) => isCandidate(policy, query));
  return select(candidates, query).map(({ name }) => name);
}

function inOrder(stored: readonly StoredPolicy[]) {
  return stored.map(normalise).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

type Normalised = ReturnType<typeof normalise>;

/** §1 */
function normalise(stored: StoredPolicy) {
  const text = (value: string | null) => (value === null || value.trim() === 'None' ? '' : value);
  const isOpen = ['selfservice', 'admin', 'enrollment', 'authorization', 'authentication'].includes(
    stored.scope,
  );
  return {
    name: stored.name,
    scope: stored.scope,
    action: stored.action,
    realm: text(stored.realm).toLowerCase(),
    user: text(stored.user) === '' && isOpen ? '*' : text(stored.user),
    client: text(stored.client) === '' && isOpen ? '*' : text(stored.client),
    time: text(stored.time) === '' ? '* * * * * *;' : text(stored.time),
    isActive: text(stored.active) === '' || text(stored.active).toLowerCase() === 'true',
  };
}

/** §3; a list that cannot be read throws. */
function actionsOf(list: string): Record<string, boolean | string> {
  if (/["']/.test(list.replaceAll(/"[^"]*"|'[^']*'/g, ''))) throw new SyntaxError('non terminated');
  const actions: Record<string, boolean | string> = {};
  for (const entry of list.match(/(?:"[^"]*"|'[^']*'|[^,"'])+/g) ?? []) {
    const [, key = '', value] = /^((?:"[^"]*"|'[^']*'|[^="'])*)(?:=(.*))?$/s.exec(entry) ?? [];
    let name = key.trim();
    let said: boolean | string;
    if (value === undefined) {
      said = !name.startsWith('!');
      name = name.replace(/^!/, '').trim();
    } else {
      const [, inner] = /^"([^"]*)"$/.exec(value.trim()) ?? /^'([^']*)'$/.exec(value.trim()) ?? [];
      said = inner ?? value.trim();
      if (said.toLowerCase() === 'false') said = false;
    }
    if (name === '') continue;
    if (name in actions && actions[name] !== said) throw new SyntaxError('duplicate');
    actions[name] = said;
  }
  return actions;
}

/** §3 'Matching a requested action' */
function requested(action: string): string[] {
  return action.includes('=') ? Object.keys(actionsOf(action)) : [action];
}

function saysYes(actions: Record<string, boolean | string>, action: string): boolean {
  const key = [...requested(action), '*'].find((one) => one in actions);
  return key !== undefined && !['false', '-1', '0', 'no'].includes(String(actions[key]));
}

/** §4.1: every filter that is installed matches. */
function isCandidate(policy: Normalised, query: PolicyQuery): boolean {
  const { action, realm, subject, client, time } = query;
  if (!policy.isActive || policy.scope !== query.scope) return false;
  const actions = actionsOf(policy.action);
  if (action !== undefined && ![...requested(action), '*'].some((key) => key in actions)) return false;
  if (realm !== undefined && realmClass(policy.realm, realm) === null) return false;
  if (subject !== undefined && userClass(policy.user, subject) === null) return false;
  if (client !== undefined && clientClass(policy.client, client) === null) return false;
  return time === undefined || isInTime(policy.time, time);
}

/** What cannot be read matches nobody. */
function isBroken({ action, user, client, time }: Normalised): boolean {
  try {
    actionsOf(action);
    entriesOf(user).forEach(
      ([, expression]) => new RegExp(expression.replace(/^.*#.*~=/, '').replaceAll('*', '.*')),
    );
    entriesOf(client).forEach(([, network]) => network === '*' || within(network, '10.0.0.1'));
    isInTime(time, new Date());
    return false;
  } catch {
    return true;
  }
}

/** §4.1: user, realm and client, one after the other, each by its most precise class. */
function select(
  candidates: readonly Normalised[],
  { subject, realm, client }: PolicyQuery,
): readonly Normalised[] {
  const classes = ['exact', 'regex', 'wildcard'];
  let left = candidates;
  for (const classOf of [
    (policy: Normalised) => (subject === undefined ? null : userClass(policy.user, subject)),
    (policy: Normalised) => (realm === undefined ? null : realmClass(policy.realm, realm)),
    (policy: Normalised) => (client === undefined ? null : clientClass(policy.client, client)),
  ]) {
    const best = classes.find((one) => left.some((policy) => classOf(policy) === one));
    if (best !== undefined) left = left.filter((policy) => classOf(policy) === best);
  }
  return left;
}

function entriesOf(list: string, separator = ','): [isNegated: boolean, text: string][] {
  return list
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => (/^[-!]/.test(entry) ? [true, entry.slice(1).trim()] : [false, entry]));
}

/** §4.2 */
function realmClass(list: string, realm: string): string | null {
  const entries = entriesOf(list);
  if (entries.some(([isNegated, name]) => !isNegated && name === '*')) return 'wildcard';
  const same = entries.filter(([, name]) => name.toLowerCase() === realm.toLowerCase());
  return same.length > 0 && same.every(([isNegated]) => !isNegated) ? 'exact' : null;
}

/** §4.3 */
function userClass(list: string, subject: PolicySubject): string | null {
  const found: string[] = [];
  for (const [isNegated, expression] of entriesOf(list)) {
    const result = expressionClass(expression, subject, isNegated);
    if (result === null) continue;
    if (isNegated) return null;
    found.push(result);
  }
  return ['exact', 'regex', 'wildcard'].find((one) => found.includes(one)) ?? null;
}

/** @param isExcluded who is not known is excluded by what may be so (a deviation: nothing unclear grants) */
function expressionClass(expression: string, subject: PolicySubject, isExcluded = false): string | null {
  const { login, realm, resolvers, attributes } = subject;
  const matches = (pattern: string, text: string, flags = '') =>
    new RegExp(`^(?:${pattern.replaceAll('.*', '*').replaceAll('*', '.*')})$`, flags).test(text);
  if (expression === '*') return 'wildcard';
  if (expression.includes('#')) {
    const [user = '', condition = ''] = expression.split('#');
    const [, key = '', operator, value = ''] = /^\s*(\w+)\s*(?:(==|!=|~=)\s*(.*))?$/.exec(condition) ?? [];
    if (user !== '' && expressionClass(user, subject) === null) return null;
    if (attributes === null) return isExcluded ? 'regex' : null;
    if (Object.keys(attributes).length === 0) return null;
    const text = attributes[key];
    if (operator === undefined) return text === undefined ? null : 'regex';
    if (operator === '==') return text === value ? 'regex' : null;
    if (operator === '!=') return text === value ? null : 'regex';
    return text !== undefined && text !== '' && new RegExp(value).test(text) ? 'regex' : null;
  }
  if (/^[^:].*:$/.test(expression)) {
    const [, pattern, resolver = ''] = /^(?:(.*)\.)?([^.]*):$/.exec(expression) ?? [];
    if (!resolvers.includes(resolver)) return null;
    if (pattern === login) return 'exact';
    return pattern === undefined || matches(pattern, login) ? 'regex' : null;
  }
  if (expression.includes('@')) {
    const [name = '', domain = ''] = realm === '' ? login.split('@') : [login, realm];
    if (domain === '') return null;
    if (expression === `${name}@${domain}`) return 'exact';
    const [pattern = '', ofRealm = ''] = expression.split('@');
    return matches(ofRealm, domain, 'i') && matches(pattern, name) ? 'regex' : null;
  }
  if (expression === login) return 'exact';
  return matches(expression, login) ? 'regex' : null;
}

/** §4.4 */
function clientClass(list: string, client: string): string | null {
  const entries = entriesOf(list);
  if (entries.some(([isNegated, network]) => !isNegated && network === '*')) return 'wildcard';
  if (client === '') return null;
  const covering = entries.filter(
    ([, network]) => network === '*' || within(network, client.replace('::ffff:', '')),
  );
  return covering.length > 0 && covering.every(([isNegated]) => !isNegated) ? 'exact' : null;
}

const familyOf = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
const networks = new Map<string, BlockList>();

function within(network: string, address: string): boolean {
  const covered = networks.get(network) ?? networkOf(network);
  networks.set(network, covered);
  return familyOf(network) === familyOf(address) && covered.check(address, familyOf(address));
}

function networkOf(network: string): BlockList {
  const [base = '', mask] = network.split('/');
  const bits = mask?.includes('.')
    ? mask.split('.').filter((part) => part === '255').length * 8
    : Number(mask);
  const covered = new BlockList();
  if (mask === undefined) covered.addAddress(base, familyOf(base));
  else covered.addSubnet(base, bits, familyOf(base));
  return covered;
}

/** §4.5 */
function isInTime(list: string, time: Date): boolean {
  const values = [
    time.getMinutes(),
    time.getHours(),
    time.getDate(),
    time.getMonth() + 1,
    time.getDay(),
    time.getFullYear(),
  ];
  const covering = entriesOf(list, ';').filter(([, cron]) => {
    const fields = cron.split(/\s+/);
    if (cron !== '*' && fields.length !== 6) throw new SyntaxError('Expected 6');
    return cron === '*' || values.every((value, i) => isInField(fields[i] ?? '', value));
  });
  return covering.length > 0 && covering.every(([isNegated]) => !isNegated);
}

function isInField(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [from, to] = part.split('-');
    const [base, step] = part.split('/');
    if (step !== undefined) return base === '*' && value % Number(step) === 0;
    return (
      part === '*' ||
      (to === undefined ? value === Number(part) : value >= Number(from) && value <= Number(to))
    );
  });
}
