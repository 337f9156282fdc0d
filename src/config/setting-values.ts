import { resolve } from 'node:path';

import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  Matches,
  Max,
  Min,
  ValidateBy,
  type ValidationArguments,
} from 'class-validator';
import type { ClientConfig } from 'pg';

import { parseAuditStreams } from './audit-streams.js';
import { DatabaseUrlError, parseDatabaseUrl } from './database-url.js';
import { Networks } from './networks.js';
import { parseControllers } from './served-controllers.js';

/*
 * How the text of a variable becomes a value. Each decorator parses and validates: text that does not parse stays text, which
 * the validation then refuses. Messages go on from the variable's name and never repeat the text.
 */

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

// Python's names, which LinOTP uses.
const OTHER_LEVELS: Readonly<Record<string, LogLevel>> = {
  notset: 'trace',
  warning: 'warn',
  critical: 'fatal',
};
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

const both =
  (parse: PropertyDecorator, validate: PropertyDecorator): PropertyDecorator =>
  (target, property) => {
    parse(target, property);
    validate(target, property);
  };

/** @param parse what it throws or `undefined` leaves the text as it is */
const parsed = (parse: (text: string) => unknown): PropertyDecorator =>
  Transform(({ value }) => (typeof value === 'string' ? (parse(value) ?? value) : value));

export function Text(pattern: RegExp, message: string): PropertyDecorator {
  return Matches(pattern, { message });
}

export function LowerCaseText(pattern: RegExp, message: string): PropertyDecorator {
  return both(
    parsed((text) => text.toLowerCase()),
    Matches(pattern, { message }),
  );
}

export function OneOf(values: readonly string[]): PropertyDecorator {
  return IsIn(values, { message: `must be one of ${values.join(', ')}` });
}

export function Flag(): PropertyDecorator {
  return both(
    parsed((text) => BOOLEANS[text.toLowerCase()]),
    IsBoolean({ message: 'must be true or false' }),
  );
}

export function WholeNumber(least: number, most: number): PropertyDecorator {
  const message = `must be a whole number from ${least} to ${most}`;
  return both(
    parsed((text) => (/^\d{1,10}$/.test(text) ? Number(text) : undefined)),
    both(IsInt({ message }), both(Min(least, { message }), Max(most, { message }))),
  );
}

/** A relative path starts where the process does. */
export function Path(): PropertyDecorator {
  return both(parsed(resolve), Matches(/^[^\0]+$/, { message: 'must be a path' }));
}

export function NetworkList(): PropertyDecorator {
  return both(
    parsed((text) => {
      const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
      try {
        return Networks.parse(entries);
      } catch {
        return undefined;
      }
    }),
    ValidateBy({
      name: 'networkList',
      validator: {
        validate: (value: unknown) => value instanceof Networks,
        defaultMessage: () => 'must be a comma separated list of networks such as 10.0.0.0/8 or 2001:db8::1',
      },
    }),
  );
}

export function Level(): PropertyDecorator {
  return both(
    parsed((text) => OTHER_LEVELS[text.toLowerCase()] ?? text.toLowerCase()),
    OneOf(LOG_LEVELS),
  );
}

export function AuditStreamList(): PropertyDecorator {
  return both(
    parsed(parseAuditStreams),
    ValidateBy({
      name: 'auditStreamList',
      validator: {
        validate: Array.isArray,
        defaultMessage: () =>
          'must list stdout, syslog+udp://host:port, syslog+tcp://host:port or syslog+tls://host:port',
      },
    }),
  );
}

export function ControllerList(): PropertyDecorator {
  return both(
    parsed(parseControllers),
    ValidateBy({
      name: 'controllerList',
      validator: {
        validate: Array.isArray,
        defaultMessage: () =>
          'must list known controllers, as "admin validate:/otp", with blanks between them',
      },
    }),
  );
}

export function DatabaseServers(): PropertyDecorator {
  return both(
    parsed((text): readonly ClientConfig[] | DatabaseUrlError => {
      try {
        return parseDatabaseUrl(text);
      } catch (error) {
        if (error instanceof DatabaseUrlError) return error;
        throw error;
      }
    }),
    ValidateBy({
      name: 'databaseServers',
      validator: {
        validate: Array.isArray,
        defaultMessage: (found?: ValidationArguments) =>
          found?.value instanceof DatabaseUrlError ? found.value.message : 'must be a PostgreSQL URL',
      },
    }),
  );
}
