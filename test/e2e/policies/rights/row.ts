import { type AdminAgent, type Fields } from '../../../support/clients/admin-agent.js';

export interface Answer {
  readonly status: number;
  readonly text: string;
}
export type Call = (admin: AdminAgent) => PromiseLike<Answer>;
export type Check = (answer: Answer) => void;

export interface Row {
  /** The right: a policy with this action of this scope, and nothing else. */
  readonly right: { readonly scope: string; readonly action: string };
  readonly call: Call;
  /** What is said without it; `null`: nothing but that it failed. */
  readonly refusal: string | null;
  readonly status?: 403;
  /** With the right in the realm `two` alone, where what is called for is in `one`; absent: refused with the same words. */
  readonly elsewhere?: Check | string | null;
  /** Rights of the installation as a whole have no realm. */
  readonly isGlobal?: true;
  /** With the right; absent: done. */
  readonly done?: Check;
}

export const body = ({ text }: Answer) =>
  JSON.parse(text) as {
    result: { status: boolean; value?: unknown; error?: { code: number; message: string } };
  };
export const isDone: Check = (answer) => expect(body(answer).result).toMatchObject({ status: true });
export const isRefusedWithoutReason: Check = (answer) =>
  expect(body(answer).result).toEqual({ status: false, value: false });
export const lacks =
  (text: string): Check =>
  (answer) => {
    isDone(answer);
    expect(answer.text).not.toContain(text);
  };
export const holds =
  (text: string): Check =>
  (answer) => {
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(text);
  };
/** It came as far as the function, which has something else to say. */
export const failsWith =
  (message: string): Check =>
  (answer) =>
    expect(body(answer).result.error?.message).toContain(message);

export const NO_RIGHT = 'ERR410: You do not have the administrative right to';
const READ_REFUSED = 'ERR410: Policy check failed. You are not allowed to read system config.';
const WRITE_REFUSED = 'ERR410: Policy check failed. You are not allowed to write system config.';

export const get =
  (path: string, query: Fields = {}): Call =>
  (admin) =>
    admin.get(path, query);
export const post =
  (path: string, form: Fields = {}): Call =>
  (admin) =>
    admin.post(path, form);
export const reads = (call: Call, done: Check = isDone): Row => ({
  right: { scope: 'system', action: 'read' },
  call,
  refusal: READ_REFUSED,
  isGlobal: true,
  done,
});
export const writes = (call: Call, done: Check = isDone): Row => ({
  right: { scope: 'system', action: 'write' },
  call,
  refusal: WRITE_REFUSED,
  isGlobal: true,
  done,
});
export const tools = (action: string, call: Call, done: Check = isDone): Row => ({
  right: { scope: 'tools', action },
  call,
  refusal: `${NO_RIGHT} manage tools. You are missing a policy scope=tools, action=${action}`,
  isGlobal: true,
  done,
});
export const onToken = (action: string, refusal: string, form: Fields = {}, path = action): Row => ({
  right: { scope: 'admin', action },
  call: post(`/admin/${path}`, { serial: 'ONE', ...form }),
  refusal: `${NO_RIGHT} ${refusal}. Check the policies.`,
});
export const NOT_SHOWN = 'ERR410: You do not have any rights in any realm! Check the policies.';
export const SHOWN = { scope: 'admin', action: 'disable' };
export const USERS = { scope: 'admin', action: 'userlist' };
export const REALM_USERS = 'ERR410: Admin has no rights to list users in the requested realm.';
export const RESOLVER_USERS = 'ERR410: Admin has no rights to list users in the requested resolver.';
export const FIRST = 'useridresolver.SQLIdResolver.IdResolver.first';

/**
 * By path. `login`: for everybody who is logged in. `public`: for everybody. `users`: for users of the self-service, and no
 * administrator.
 */
export type Rows = Readonly<Record<string, readonly Row[] | 'login' | 'public' | 'users'>>;

export function realmsOfRecords(text: string): string[] {
  const { rows } = JSON.parse(text) as { rows: { cell: string[] }[] };
  return [...new Set(rows.map(({ cell }) => String(cell[9])))].toSorted();
}
