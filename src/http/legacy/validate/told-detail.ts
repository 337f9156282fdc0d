import type { LoginReport, LoginResult } from '@app/authentication';
import { type UserRecord, userFields } from '@app/realms';
import { tokenType } from '@app/tokens';

/** What `detail_on_success` and `detail_on_fail` add to an answer (spec/validate-api §1.2). */
export function toldDetail({ told, verdict }: LoginResult): object {
  if (!told) return {};
  if (!told.succeeded) return { error: told.error };
  const { user } = told;
  const token = verdict.kind === 'accepted' && user ? verdict.token : null;
  return {
    ...toldUser(user),
    tokentype: token && tokenType(token.type).label,
    serial: token?.serial ?? null,
  };
}

type ToldUser = NonNullable<Extract<LoginReport, { readonly succeeded: true }>['user']>;

/** @param user `null`: nobody is known */
export function toldUser(user: ToldUser | null): object {
  return {
    user: user && shownUser(user),
    realm: user?.realm || null,
    is_linotp_admin: user?.realm ? user.isAdministrator : null,
  };
}

function shownUser({ record, login }: ToldUser): object {
  if (!record) return { username: login };
  const known: Record<string, unknown> = { ...userFields(record), ...record.attributes };
  const { cryptpass: _, ...fields } = known;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value || null]));
}

const SAML_ATTRIBUTES = ['username', 'surname', 'mobile', 'phone', 'givenname', 'email'] as const;

/** What `samlcheck` tells of a user (spec/validate-api §1.9). */
export function samlAttributes(record: UserRecord | null): object {
  const known: Readonly<Record<string, unknown>> = record ? userFields(record) : {};
  return Object.fromEntries(SAML_ATTRIBUTES.map((name) => [name, known[name] || null]));
}
