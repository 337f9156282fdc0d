import { type ChainedRecord, recordObject } from '@app/audit';

/** RFC 5424 §6.2.1: "log audit". */
const FACILITY = 13;
const NOTICE = 5;
const INFORMATIONAL = 6;
const NIL = '-';
const NOT_ASCII = /[\u007f-\uffff]/g;

/** Who speaks (RFC 5424 §6.2). */
export interface SyslogSender {
  readonly host: string;
  readonly program: string;
  readonly process: number;
}

/**
 * A record as a message (RFC 5424): the action is its MSGID, the record as JSON its text. In ASCII, so that no receiver has to know
 * an encoding (§6.4: anything but UTF-8 with its mark).
 */
export function syslogMessage(record: ChainedRecord, sender: SyslogSender): string {
  const priority = FACILITY * 8 + (record.succeeded ? INFORMATIONAL : NOTICE);
  const header = [
    `<${priority}>1`,
    record.at.toISOString(),
    name(sender.host, 255),
    name(sender.program, 48),
    String(sender.process),
    name(record.action, 32),
    NIL,
  ];
  return `${header.join(' ')} ${asciiJson(recordObject(record))}`;
}

/** Length first, in bytes (RFC 5425 §4.3, RFC 6587 §3.4.1): a message may then hold anything. */
export function framed(message: string): string {
  return `${message.length} ${message}`;
}

/** Printable ASCII without blanks. */
function name(text: string, longest: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, longest) || NIL;
}

function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
