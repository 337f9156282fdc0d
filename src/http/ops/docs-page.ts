import type { DescribedRoute } from '../envelope/routes/legacy-route.js';
import { escapeHtml } from '../envelope/parameters/page.js';

/** The API's description as a page without scripts. */
export function docsPage(routes: readonly DescribedRoute[]): string {
  const sections = routes.map(({ path, methods, route }) => {
    const parameters = route.parameters.map(
      ({ name, description, required }) =>
        `<tr><td><code>${escapeHtml(name)}</code></td><td>${required ? 'required' : ''}</td><td>${escapeHtml(description)}</td></tr>`,
    );
    const shown = methods.filter((method) => method === 'GET' || method === 'POST').join(', ');
    return `<h2><code>${escapeHtml(path)}</code></h2>
<p>${escapeHtml(shown)}: ${escapeHtml(route.summary)}${route.isPublic ? '' : ' (administrators)'}</p>
${parameters.length > 0 ? `<table>${parameters.join('')}</table>` : ''}`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Twinlock API</title>
<h1>Twinlock API</h1>
<p>The same as <a href="/api/docs/openapi.json">OpenAPI 3.1</a>.</p>
${sections.join('\n')}
</html>
`;
}
