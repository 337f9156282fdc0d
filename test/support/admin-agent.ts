import type { INestApplication } from '@nestjs/common';
import request from 'supertest';

import { ADMINISTRATOR, type Installation } from './installation.js';

export type Fields = Readonly<Record<string, string>>;

/** A browser with an administrator's session: cookies are kept, changes carry the CSRF header. */
export interface AdminAgent {
  get(path: string, query?: Fields): request.Test;
  /** A form, as LinOTP's clients send it. */
  post(path: string, form?: Fields): request.Test;
}

/** Logs in. @param login somebody else than the first administrator */
export async function adminAgent(
  app: INestApplication,
  installation: Installation,
  login: { readonly username: string; readonly password: string } = {
    username: ADMINISTRATOR,
    password: installation.password,
  },
): Promise<AdminAgent> {
  const agent = request.agent(app.getHttpServer());
  const answer = await agent.post('/admin/login').type('form').send(login);
  if (answer.body?.result?.value !== true) throw new Error(`login refused: ${answer.text}`);
  return {
    get: (path, query = {}) => agent.get(path).query(query),
    post: (path, form = {}) =>
      agent
        .post(path)
        .set('X-CSRF-TOKEN', csrfToken(agent))
        .type('form')
        .send({ ...form }),
  };
}

/** From the cookie that a script of the portal would read; a renewed session brings a new one. */
function csrfToken(agent: ReturnType<typeof request.agent>): string {
  const cookie = agent.jar.getCookie('csrf_access_token', {
    domain: '127.0.0.1',
    path: '/',
    secure: false,
    script: false,
  });
  if (!cookie) throw new Error('no csrf_access_token cookie');
  return cookie.value;
}
