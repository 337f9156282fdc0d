import { type Token, type UpcomingOtp, tokenType } from '@app/tokens';

import { escapeHtml } from '../../envelope/parameters/page.js';
import { RawReply } from '../../server/raw-reply.js';

/** Several OTPs as `getmultiotp` gives them; its members are in the order of recorded answers (spec/admin-api §5.7). */
export function otpList(token: Token, count: number, now: Date): object {
  const { label } = tokenType(token.type);
  const values = upcomingOtps(token, count, now);
  if (token.type === 'day-password') {
    const days = values.map(({ otp, from }) => [localDay(from), otp]);
    return { type: label, otp: Object.fromEntries(days), result: true, serial: token.serial };
  }
  if (!token.time) {
    const otp = Object.fromEntries(values.map((value, place) => [String(place), value.otp]));
    return { type: label, otp, result: true, serial: token.serial };
  }
  const otp = Object.fromEntries(
    values.map(({ counter, otp: otpval, from }) => [String(counter), { otpval, time: secondOf(from) }]),
  );
  const { shiftSeconds: shift, stepSeconds: timeStepping } = token.time;
  return { type: label, otp, shift, timeStepping, result: true, serial: token.serial };
}

export function upcomingOtps(token: Token, count: number, now: Date): readonly UpcomingOtp[] {
  return tokenType(token.type).upcoming?.(token, count, now) ?? [];
}

/** The same as a page for people. */
export function otpPage(token: Token, count: number, now: Date): RawReply {
  const rows = upcomingOtps(token, count, now).map(({ counter, otp, from }) => {
    const cells = [String(counter), otp, secondOf(from)].map((text) => `<td>${escapeHtml(text)}</td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  const title = `OTP values of token ${escapeHtml(token.serial)}`;
  const head = '<tr><th>counter</th><th>OTP</th><th>from (UTC)</th></tr>';
  const body = `<!doctype html>\n<html lang=en>\n<title>${title}</title>\n<h1>${title}</h1>\n<table>\n${[head, ...rows].join('\n')}\n</table>\n`;
  return new RawReply(body, 'text/html; charset=utf-8');
}

/** `YYYY-MM-DD HH:MM:SS`, UTC. */
function secondOf(date: Date | null): string {
  return date === null ? '' : date.toISOString().slice(0, 19).replace('T', ' ');
}

/** `YY-MM-DD`: day passwords follow the local time (spec/token-types §7). */
function localDay(date: Date | null): string {
  if (date === null) return '';
  const parts = [date.getFullYear() % 100, date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, '0')).join('-');
}
