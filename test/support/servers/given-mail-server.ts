import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';

import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly isSecure: boolean;
  readonly content: string;
}

export interface GivenMailServer {
  readonly port: number;
  readonly received: ReceivedMail[];
  close(): Promise<void>;
}

export interface MailTls {
  readonly certificate: string;
  readonly key: string;
}

/** Who may log in. */
export const MAIL_USER = { user: 'twinlock', password: 'geheim:0815' };

/** An SMTP server: STARTTLS where it has a certificate, a login (after STARTTLS only) where `more` does not switch it off. */
export async function givenMailServer(
  tls: MailTls | null,
  more: SMTPServerOptions = {},
): Promise<GivenMailServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    ...(tls
      ? { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) }
      : { disabledCommands: ['STARTTLS', 'AUTH'] }),
    authOptional: true,
    logger: false,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) => {
      const isRight = username === MAIL_USER.user && password === MAIL_USER.password;
      if (isRight) done(null, { user: username });
      else done(new Error(`no such login: ${password}`));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          user: session.user as string | undefined,
          isSecure: session.secure,
          content: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...more,
  });
  // Clients that break off are part of the tests.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, received, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
