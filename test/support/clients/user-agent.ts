import request from 'supertest';

import type { Fields } from './admin-agent.js';

/** A browser with a user's session of the self-service: cookies are kept, each request repeats what its cookie says. */
export interface UserAgent {
  /** What the cookie says now; `null`: there is none. */
  session(): string | null;
  get(path: string, query?: Fields): request.Test;
  /** JSON, as LinOTP's portal sends it. */
  post(path: string, parameters?: object): request.Test;
}

/** Nobody is logged in yet. */
export function anonymousAgent(url: string): UserAgent {
  const agent = request.agent(url);
  const { hostname } = new URL(url);
  const session = () =>
    agent.jar.getCookie('user_selfservice', { domain: hostname, path: '/', secure: false, script: false })
      ?.value ?? null;
  const proven = <T extends object>(parameters: T) => {
    const value = session();
    return value === null ? parameters : { ...parameters, session: value };
  };
  return {
    session,
    get: (path, query = {}) => agent.get(path).query(proven(query)),
    post: (path, parameters = {}) => agent.post(path).send(proven(parameters)),
  };
}

/**
 * Logs in to a node with the user's password alone.
 *
 * @param url `http://127.0.0.1:<port>`
 */
export async function userAgent(url: string, login: string, password: string): Promise<UserAgent> {
  const agent = anonymousAgent(url);
  const answer = await agent.post('/userservice/login', { login, password });
  if (answer.body?.result?.value !== true) throw new Error(`login refused: ${answer.text}`);
  return agent;
}
