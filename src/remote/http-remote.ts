import type { RemoteAnswer } from '@app/authentication';

import { type LinotpReply, type LinotpServers, failed } from './linotp-servers.js';
import type { RemoteProtocol, RemoteQuestion } from './remote-servers.js';

const CHECKED = 'verify_ssl_certificate';

/**
 * A server that speaks the API of LinOTP's `/validate/check` (spec/validate-api §2.11). Certificates are checked unless the
 * URL says `verify_ssl_certificate=false`.
 */
export class HttpRemote implements RemoteProtocol {
  constructor(private readonly servers: LinotpServers) {}

  async ask({ server, login, realm, password, options, signal }: RemoteQuestion): Promise<RemoteAnswer> {
    const url = new URL(server.url);
    const isChecked = url.searchParams.get(CHECKED)?.trim().toLowerCase() !== 'false';
    url.searchParams.delete(CHECKED);
    const form = new URLSearchParams([...options, ['user', login], ['pass', password]]);
    if (realm !== '') form.set('realm', realm);
    const { user } = server;
    const headers = { accept: 'application/json', ...(user && { authorization: basic(user) }) };
    return readReply(await this.servers.post({ url, form, isChecked, headers, signal }));
  }
}

/** Nobody is let in but by `true` itself, and by nothing beside it. */
function readReply(reply: LinotpReply): RemoteAnswer {
  if ('reason' in reply) return failed(reply.reason);
  const { value, detail } = reply;
  if (detail !== null) return { kind: 'detail', detail };
  return { kind: value ? 'accepted' : 'rejected' };
}

function basic({ name, password }: { readonly name: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}
