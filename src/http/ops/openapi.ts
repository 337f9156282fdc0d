import {
  type DescribedRoute,
  EVERYWHERE,
  type LegacyRoute,
  userRightOf,
} from '../envelope/routes/legacy-route.js';

/** The API's description (OpenAPI 3.1), made out of what the routes say of themselves. */
export function openApiDocument(routes: readonly DescribedRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const operations: Record<string, object> = {};
    for (const method of ['GET', 'POST']) {
      if (route.methods.includes(method)) operations[method.toLowerCase()] = operation(route, method);
    }
    paths[path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Twinlock',
      version,
      description:
        'LinOTP-compatible interfaces. Errors are answered with status 200 and result.status false, unless httperror asks for another one.',
    },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'access_token_cookie' },
        userSession: { type: 'apiKey', in: 'cookie', name: 'user_selfservice' },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-TOKEN' },
      },
    },
  };
}

function operation({ path, handler, route }: DescribedRoute, method: string): object {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const named = parametersOf(route).map(({ name, description, required = false }) => ({
    name,
    description,
    required,
    schema: { type: 'string' },
  }));
  return {
    operationId: `${path.split('/').filter(Boolean).join('_').replaceAll(':', '')}_${handler}_${method.toLowerCase()}`,
    summary: route.summary,
    ...(!route.isPublic && { security: [securityOf(route, method)] }),
    ...(method === 'GET'
      ? { parameters: [...inPath, ...named.map((parameter) => ({ ...parameter, in: 'query' }))] }
      : { parameters: inPath, requestBody: formBody(named) }),
    responses: {
      200: { description: 'The envelope, with the value or an error' },
      ...(!route.isPublic && { 401: { description: 'Not authenticated' } }),
      503: { description: 'The service is not available' },
    },
  };
}

/** Users repeat the value of their cookie. */
const SESSION = { name: 'session', description: 'value of the session’s cookie', required: true };

function parametersOf(route: LegacyRoute): LegacyRoute['parameters'] {
  const more = EVERYWHERE.filter(({ name }) => route.parameters.every((own) => own.name !== name));
  return [...route.parameters, ...(userRightOf(route) ? [SESSION] : []), ...more];
}

function securityOf(route: LegacyRoute, method: string): object {
  if (userRightOf(route)) return { userSession: [] };
  return method === 'GET' ? { session: [] } : { session: [], csrf: [] };
}

function formBody(parameters: readonly { name: string; description: string; required: boolean }[]): object {
  const properties = Object.fromEntries(
    parameters.map(({ name, description }) => [name, { type: 'string', description }]),
  );
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  const schema = { type: 'object', properties, ...(required.length > 0 && { required }) };
  return {
    content: { 'application/x-www-form-urlencoded': { schema }, 'application/json': { schema } },
  };
}
