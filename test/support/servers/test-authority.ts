import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate authority for one suite, made on the fly: a key in the repository would be found by every scanner. */
export interface TestAuthority {
  /** Its certificate, PEM. */
  readonly file: string;
  /** @param names subject alternative names: `DNS:localhost,IP:127.0.0.1` */
  issue(name: string, names: string): Promise<{ readonly certificate: string; readonly key: string }>;
}

export async function givenAuthority(folder: string, name = 'test-ca'): Promise<TestAuthority> {
  const file = join(folder, `${name}.pem`);
  const key = join(folder, `${name}-key.pem`);
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  await run('openssl', [...request, '-keyout', key, '-out', file, '-subj', `/CN=${name}`]);
  return {
    file,
    issue: async (server, names) => {
      const certificate = join(folder, `${server}.pem`);
      const serverKey = join(folder, `${server}-key.pem`);
      const signed = ['-CA', file, '-CAkey', key, '-keyout', serverKey, '-out', certificate];
      const extensions = [
        '-addext',
        `subjectAltName=${names}`,
        '-addext',
        'basicConstraints=critical,CA:false',
      ];
      await run('openssl', [...request, ...signed, '-subj', `/CN=${server}`, ...extensions]);
      return { certificate, key: serverKey };
    },
  };
}
