import type { Token } from '@app/tokens';

import type { LoginQuestion, LoginSubject } from './login.js';

/** What logins wait by: those of one subject share a budget. */
export function subjectKey(subject: LoginSubject): string {
  switch (subject.kind) {
    case 'token':
      return `s\0${subject.serial}`;
    case 'user': {
      const reference = subject.owner.references[0];
      return `u\0${reference?.resolver ?? ''}\0${reference?.userId ?? subject.login}`;
    }
    case 'nobody':
      return `n\0${subject.realm.toLowerCase()}\0${spelledAlike(subject.login)}`;
  }
}

/** What logins of a token wait by, whatever names it. */
export function tokenKeys(tokens: readonly Token[]): string[] {
  return tokens.map(({ id }) => `t\0${id}`);
}

const LONGEST_LOGIN = 255;

/** However it is written: as directories compare names (case, blanks, forms of Unicode). */
function spelledAlike(login: string): string {
  return login.slice(0, LONGEST_LOGIN).normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

/** One answer serves whoever asks the same. */
export function keyOf(question: LoginQuestion): string {
  switch (question.kind) {
    case 'password-attempt':
      return `${question.kind}\0${question.ofAnybody ?? false}`;
    case 'unassigned-remote':
      return question.kind;
    case 'password-hash':
      return `${question.kind}\0${question.hash}\0${question.candidate}`;
    case 'user-password':
      return `${question.kind}\0${question.candidate}`;
    case 'unassigned-token':
      return `${question.kind}\0${question.hasPin}`;
    case 'server-check':
    case 'key-assertion':
      return `${question.kind}\0${question.about}`;
    case 'remote-login':
      return `${question.kind}\0${question.server}`;
  }
}
