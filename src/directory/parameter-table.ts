import type { ResolverParameter } from '@app/realms';

/** The settings of a type of resolvers in Markdown, as docs/resolvers.md has them. */
export function parameterTable(parameters: readonly ResolverParameter[]): string {
  const rows = parameters.map(({ name, isRequired, isSecret, fallback, meaning }) => {
    const marks = `${isRequired ? ', required' : ''}${isSecret ? ', sealed' : ''}`;
    return `| \`${name}\`${marks} | ${fallback ? `\`${fallback}\`` : ''} | ${meaning.replaceAll('<', '&lt;')} |`;
  });
  return ['| Parameter | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
