import request from 'supertest';

import { ADMINISTRATOR, type Installation } from '../application/installation.js';

export type Fields = Readonly<Record<string, string>>;

/** A browser with an administrator's session: cookies are kept, changes carry the CSRF header. */
export interface AdminAgent {
  get(path: string, query?: Fields): request.Test;
  /** A form, as LinOTP's clients send it. */
  post(path: string, form?: Fields): request.Test;
  /** The same as multipart, with a file under the name `file`. */
  upload(path: string, form: Fields, file: string | Buffer): request.Test;
}

/**
 * Logs in to a node.
 *
 * @param url   `http://127.0.0.1:<port>`
 * @param login somebody else than the first administrator
 */
export async function adminAgent(
  url: string,
  installation: Pick<Installation, 'password'>,
  login: Fields = { username: ADMINISTRATOR, password: installation.password },
): Promise<AdminAgent> {
  const agent = request.agent(url);
  const answer = await agent
    .post('/admin/login')
    .type('form')
    .send({ ...login });
  if (answer.body?.result?.value !== true) throw new Error(`login refused: ${answer.text}`);
  return {
    get: (path, query = {}) => agent.get(path).query(query),
    post: (path, form = {}) =>
      agent
        .post(path)
        .set('X-CSRF-TOKEN', csrfToken(agent, url))
        .type('form')
        .send({ ...form }),
    upload: (path, form, file) =>
      agent
        .post(path)
        .set('X-CSRF-TOKEN', csrfToken(agent, url))
        .field({ ...form })
        .attach('file', Buffer.from(file), 'users'),
  };
}

/** From the cookie that a script of the portal would read; a renewed session brings a new one. */
function csrfToken(agent: ReturnType<typeof request.agent>, url: string): string {
  const { hostname } = new URL(url);
  const cookie = agent.jar.getCookie('csrf_access_token', {
    domain: hostname,
    path: '/',
    secure: false,
    script: false,
  });
  if (!cookie) throw new Error('no csrf_access_token cookie');
  return cookie.value;
}
