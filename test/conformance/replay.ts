import { CarriedValues } from './carried-values.js';
import { type Answer, ReplayClient } from './client.js';
import { differences } from './compare.js';
import { FILES, RECORDINGS, type Recording } from './recordings.js';
import { RowIds } from './row-ids.js';

/** What came of one recording. */
export interface Replayed {
  readonly recording: Recording;
  readonly answer: Answer;
  readonly differences: readonly string[];
}

/** What LinOTP 4.0 wants besides, by the recording's name: with the right to set PINs, a user's new token needs one. */
const ADDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'userservice-enroll-ok': { pin: 'first pin' },
};

/** Serials of tokens that the recording enrolled, and nobody does here. */
const NOT_ENROLLED: ReadonlySet<string> = new Set(['GU2F1']);

/** Sends all recordings in their order: what they do here, they do to the ones behind them. */
export async function* replay(url: string): AsyncGenerator<Replayed> {
  const carried = new CarriedValues();
  for (const [placeholder, file] of Object.entries(FILES)) carried.learn(placeholder, file);
  const comparison = { carried, ids: new RowIds(), missingTokens: NOT_ENROLLED };
  const client = new ReplayClient(url, carried);
  for (const recording of RECORDINGS) {
    const answer = await client.send(asSent(recording));
    learn(carried, recording, answer);
    yield { recording, answer, differences: differences(recording.response, answer, comparison) };
  }
}

function asSent(recording: Recording): Recording {
  const { name, request } = recording;
  const added = ADDED[name];
  return added
    ? { ...recording, request: { ...request, params: { ...request.params, ...added } } }
    : recording;
}

function learn(carried: CarriedValues, { request, response }: Recording, answer: Answer): void {
  const params = request.params ?? {};
  if (response.json !== undefined && answer.json !== undefined) {
    carried.learnFromJson(response.json, answer.json, (key, value) => {
      if (key === 'transactionid') return true;
      if (key === 'sharedsecret') return true;
      // A list may lack rows here: then the others are no counterparts of each other.
      if (key === 'serial') return params['serial'] === undefined && !request.path.startsWith('/api/v2/');
      if (key === 'password') return request.path === '/admin/losttoken';
      return params['genkey'] === '1' && value.startsWith('seed://');
    });
  }
  const ours = new Map(answer.headers.getSetCookie().map(cookiePair));
  for (const [name, value] of (response.headers?.['set-cookie'] ?? []).map(cookiePair)) {
    carried.learn(value, ours.get(name) ?? value);
  }
}

function cookiePair(cookie: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? [];
  return [name, value];
}
