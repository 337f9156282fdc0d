import { MalformedResolverName } from '../realms.errors.js';

const NAME = /^[a-zA-Z0-9_-]{4,}$/;

/** The name of a new resolver. @throws MalformedResolverName */
export function checkedResolverName(name: string): string {
  if (!NAME.test(name)) throw new MalformedResolverName(name);
  return name;
}
