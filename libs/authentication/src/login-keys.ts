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
  if (question.kind === 'password-attempt') return question.kind;
  const about = question.kind === 'password-hash' ? question.hash : '';
  return `${question.kind}\0${about}\0${question.candidate}`;
}
