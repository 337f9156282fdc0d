import type { CompiledPolicy } from './compiled-policy.js';
import type { PolicySubject } from './subject.js';

/** With fewer policies each is as well looked at. */
const WORTH_INDEXING = 16;

/** Policies by the logins that they name. */
export class UserIndex {
  private readonly byTail = new Map<string, CompiledPolicy[]>();
  private readonly byHead = new Map<string, CompiledPolicy[]>();
  /** Those that may match any login. */
  private readonly others: CompiledPolicy[] = [];
  private longest = 0;

  /** @param policies  in order of rank */
  constructor(readonly policies: readonly CompiledPolicy[]) {
    if (policies.length < WORTH_INDEXING) return;
    for (const policy of policies) this.#add(policy);
  }

  /** In order of rank: at least those whose user condition matches. */
  find(subject: PolicySubject | undefined): readonly CompiledPolicy[] {
    if (subject === undefined || this.policies.length < WORTH_INDEXING) return this.policies;
    const { login, realm } = subject;
    // Such a login is cut at its `@` by some expressions and not by others.
    if (realm === '' && login.includes('@')) return this.policies;
    const found: CompiledPolicy[] = [];
    const longestTail = Math.min(this.longest, login.length - login.lastIndexOf('.') - 1);
    for (let length = 1; length <= longestTail; length++) push(found, this.byTail.get(login.slice(-length)));
    const dot = login.indexOf('.');
    const longestHead = Math.min(this.longest, dot < 0 ? login.length : dot);
    for (let length = 1; length <= longestHead; length++)
      push(found, this.byHead.get(login.slice(0, length)));
    if (found.length === 0) return this.others;
    push(found, this.others);
    return inOrder(found);
  }

  #add(policy: CompiledPolicy): void {
    if (policy.loginKeys === null) {
      this.others.push(policy);
      return;
    }
    for (const key of policy.loginKeys) {
      const [map, text] = 'tail' in key ? [this.byTail, key.tail] : [this.byHead, key.head];
      this.longest = Math.max(this.longest, text.length);
      const there = map.get(text);
      if (there === undefined) map.set(text, [policy]);
      else there.push(policy);
    }
  }
}

/** In order of rank, each once. */
export function inOrder(policies: CompiledPolicy[]): readonly CompiledPolicy[] {
  policies.sort((a, b) => a.rank - b.rank);
  return policies.filter((policy, place) => policy !== policies[place - 1]);
}

function push(list: CompiledPolicy[], more: readonly CompiledPolicy[] | undefined): void {
  if (more !== undefined) for (const policy of more) list.push(policy);
}
