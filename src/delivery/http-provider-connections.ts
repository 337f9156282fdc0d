import { readFile, readdir, stat } from 'node:fs/promises';
import http from 'node:http';
import https, { type RequestOptions } from 'node:https';
import { join } from 'node:path';

import { Invalid } from '@app/kernel';
import {
  ProviderConnections,
  type ProviderDefinition,
  parseProviderConfig,
  providerClass,
} from '@app/realms';

const USUAL_SECONDS = 8;
const LONGEST_SECONDS = 30;

/** Asks the servers of providers over HTTP. Certificates are checked, unless the provider's configuration says no. */
export class HttpProviderConnections extends ProviderConnections {
  /** Voice alone has a test: an empty object, which its server finds wanting (spec/system-api §6.2). */
  async test(provider: ProviderDefinition): Promise<boolean> {
    if (providerClass(provider.type, provider.className)?.name !== 'CustomVoiceProvider') return false;
    const config = provider.config.use((bytes) => parseProviderConfig(Buffer.from(bytes).toString('utf8')));
    if (config['proxy']) {
      throw new Invalid('proxy', 'the connection test does not go through a proxy');
    }
    const url = serverUrl(config['server_url']);
    const tls = await tlsOptions(config['server_certificate'], config['access_certificate']);
    return answersEmptyObject(url, tls, secondsOf(provider.timeout));
  }
}

function serverUrl(value: unknown): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  if (url && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new Invalid('server_url', 'server_url is no http or https URL');
}

/** The sum of `connect,read`, within bounds: an administrator waits for it. */
function secondsOf(timeout: string): number {
  const seconds = timeout.split(',').reduce((sum, text) => sum + Number(text), 0);
  return seconds > 0 ? Math.min(seconds, LONGEST_SECONDS) : USUAL_SECONDS;
}

async function tlsOptions(server: unknown, access: unknown): Promise<RequestOptions> {
  const isChecked = server !== false && String(server).toLowerCase() !== 'false';
  const ca = isChecked && typeof server === 'string' && server !== '' ? await authorities(server) : undefined;
  const own =
    typeof access === 'string' && access !== '' ? await pem(access, 'access_certificate') : undefined;
  return {
    rejectUnauthorized: isChecked,
    ...(ca !== undefined && { ca }),
    ...(own !== undefined && { cert: own, key: own }),
  };
}

/** A file, or all files of a folder. */
async function authorities(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const files = isFolder ? (await readdir(path)).map((name) => join(path, name)) : [path];
  return Promise.all(files.map((file) => pem(file, 'server_certificate')));
}

async function pem(path: string, member: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Invalid(member, `${member} cannot be read`, { cause });
  }
}

function answersEmptyObject(url: URL, tls: RequestOptions, seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = {
      ...(url.protocol === 'https:' && tls),
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': 2 },
      signal: AbortSignal.timeout(seconds * 1000),
    };
    const onAnswer = ({ statusCode = 500, statusMessage }: http.IncomingMessage) => {
      resolve(statusCode < 400 || statusMessage === 'Bad Request');
      // What it says does not matter, however long it is.
      request.destroy();
    };
    const refuse = () => resolve(false);
    let request: http.ClientRequest;
    try {
      request = (url.protocol === 'https:' ? https : http).request(url, options, onAnswer);
    } catch {
      // Certificates that are none.
      return refuse();
    }
    request.on('error', refuse);
    request.end('{}');
  });
}
