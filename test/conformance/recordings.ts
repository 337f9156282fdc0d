import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One exchange with a real LinOTP 3.4.4, as golden/README.md describes it. */
export interface Recording {
  readonly n: number;
  readonly name: string;
  readonly at: string;
  readonly request: RecordedRequest;
  readonly response: RecordedResponse;
}

export interface RecordedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly as: 'admin' | 'nocsrf' | 'badcookie' | 'anon';
  readonly params?: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly multipart?: { readonly field: string; readonly name: string; readonly content: string };
  readonly headers?: { readonly cookie?: string };
}

export interface RecordedResponse {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: {
    readonly location?: string;
    readonly allow?: string;
    readonly 'content-disposition'?: string;
    readonly 'set-cookie'?: readonly string[];
  };
  readonly json?: Json;
  readonly text?: string;
}

const GOLDEN = new URL('golden/', import.meta.url);

/** What stands for files in the recordings. */
export const FILES = {
  '{PASSWD_FILE}': fileURLToPath(new URL('passwd', GOLDEN)),
  // In the data folder. Nobody reads it: the recordings know what is sent.
  '{SMS_FILE}': 'sms.txt',
} as const;

/** The administrator's password in the recordings. */
export const ADMIN_PASSWORD = 'Test123!';

export const RECORDINGS: readonly Recording[] = readFileSync(new URL('recordings.jsonl', GOLDEN), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Recording);
