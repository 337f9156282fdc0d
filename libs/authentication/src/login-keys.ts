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
      return `n\0${subject.realm}\0${subject.login}`;
  }
}

/** One answer serves whoever asks the same. */
export function keyOf(question: LoginQuestion): string {
  switch (question.kind) {
    case 'password-attempt':
      return question.kind;
    case 'password-hash':
      return `${question.kind}\0${question.hash}\0${question.candidate}`;
    case 'user-password':
      return `${question.kind}\0${question.candidate}`;
    case 'remote-login':
      return `${question.kind}\0${question.server}`;
  }
}
