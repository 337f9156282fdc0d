import SMTPConnection from 'nodemailer/lib/smtp-connection';

import { type Target, type Timeouts, type TlsTerms, openSocket, within } from '../../outbound/connection.js';
import { ServerAway } from '../../outbound/server-away.js';

/** How a mail server is spoken to. */
export interface MailServer extends Target {
  /** `wrapped`: TLS from the start; `upgraded`: STARTTLS, or nothing. */
  readonly security: 'none' | 'upgraded' | 'wrapped';
  readonly tls: TlsTerms;
  /** `null`: without a login. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  readonly timeouts: Timeouts;
}

export interface Mail {
  readonly from: string;
  readonly to: string;
  /** The message with its headers (RFC 5322). */
  readonly content: Buffer;
}

/** The server took no part of it. The reason names the step and the reply's number, and none of its words. */
export class MailRefused extends Error {}

/**
 * Hands one mail over.
 *
 * @throws MailRefused; ServerAway
 */
export async function sendMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<void> {
  const { timeouts, tls, security, credentials } = server;
  const socket = await openSocket(server, within(signal, timeouts.connectMs));
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    connection: socket,
    secure: security === 'wrapped',
    requireTLS: security === 'upgraded',
    // Where it is not configured, what a server offers is not tried out: its certificate might not be one to trust.
    ignoreTLS: security === 'none',
    tls: { secureContext: tls.context, rejectUnauthorized: tls.isChecked },
    greetingTimeout: timeouts.readMs,
    socketTimeout: timeouts.readMs,
    socketCloseTimeout: 0,
    maxResponseSize: 16 * 1024,
  });
  const end = () => connection.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    await step(connection, 'greeting', signal, (done) => connection.connect(done));
    // Nothing goes out, not even the login, where TLS was asked for and did not come about.
    if (security !== 'none' && !connection.secure) throw new MailRefused('the connection is not encrypted');
    if (credentials) {
      if (!connection.allowsAuth) throw new MailRefused('the server offers no login (AUTH)');
      const { user, password } = credentials;
      await step(connection, 'login', signal, (done) => connection.login({ user, pass: password }, done));
    }
    await step(connection, 'message', signal, (done) =>
      connection.send({ from: mail.from, to: [mail.to] }, mail.content, done),
    );
    // It has the message; nobody waits for its goodbye.
    socket.unref();
    connection.quit();
  } catch (error) {
    connection.close();
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

type Done = (error?: Error | null) => void;

async function step(
  connection: SMTPConnection,
  name: string,
  signal: AbortSignal,
  act: (done: Done) => void,
): Promise<void> {
  let fail: (error: Error) => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      fail = reject;
      connection.once('error', reject);
      connection.once('end', () => reject(new Error('the server broke the connection off')));
      act((error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    throw mailFailure(error, name, signal);
  } finally {
    connection.off('error', fail);
    // A late error that nobody listens to would end the process.
    connection.on('error', () => undefined);
  }
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** RFC 5321 §4.2.1. */
function mailFailure(error: unknown, name: string, signal: AbortSignal): Error {
  const { code = '', originalCode = '', responseCode, command = name } = error as SmtpError;
  if (signal.aborted || code === 'ETIMEDOUT') return new ServerAway(`no answer in time (${name})`);
  if (responseCode !== undefined) {
    const text = `the server answered ${command} with ${responseCode}`;
    // 421: it closes down. What it says of a sender, a recipient or a login is an answer.
    return responseCode === 421 ? new ServerAway(text) : new MailRefused(text);
  }
  if (['EAUTH', 'EENVELOPE', 'EMESSAGE'].includes(code)) return new MailRefused(`${name}: ${code}`);
  const reason = originalCode === '' ? `no answer (${name})` : `no answer (${name}): ${originalCode}`;
  return new ServerAway(reason, { cause: error });
}
