import type { LoginReport, LoginResult } from '@app/authentication';
import { userFields } from '@app/realms';
import { tokenType } from '@app/tokens';

/** What `detail_on_success` and `detail_on_fail` add to an answer (spec/validate-api §1.2). */
export function toldDetail({ told, verdict }: LoginResult): object {
  if (!told) return {};
  if (!told.succeeded) return { error: told.error };
  const { user } = told;
  const token = verdict.kind === 'accepted' && user ? verdict.token : null;
  return {
    user: user && shownUser(user),
    realm: user?.realm || null,
    is_linotp_admin: user?.realm ? user.isAdministrator : null,
    tokentype: token && tokenType(token.type).label,
    serial: token?.serial ?? null,
  };
}

type ToldUser = NonNullable<Extract<LoginReport, { readonly succeeded: true }>['user']>;

function shownUser({ record, login }: ToldUser): object {
  if (!record) return { username: login };
  const known: Record<string, unknown> = { ...userFields(record), ...record.attributes };
  const { cryptpass: _, ...fields } = known;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value || null]));
}
