import 'reflect-metadata';

import type { GlobalScope } from '@app/policies';
import type { Type } from '@nestjs/common';

import type { RawReply } from '../../server/raw-reply.js';
import type { LegacyReply } from '../envelope.js';

/** `reads`: GET and POST. `changes`: POST alone. `gets`: GET alone (v2). HEAD where GET works, OPTIONS everywhere. */
export type RouteKind = 'reads' | 'changes' | 'gets';

/** One parameter as the API's description tells of it. */
export interface DescribedParameter {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
}

/**
 * What an administrator needs besides a login. `own`: the function itself checks rights, per token or realm. `login`:
 * nothing more.
 */
export type RouteRight =
  | { readonly scope: 'system'; readonly action: 'read' | 'write' }
  | { readonly scope: Exclude<GlobalScope, 'system'>; readonly action: string }
  | 'own'
  | 'login'
  | UserRight;

/**
 * What a user of the self-service needs: the action of a policy, besides a login; `user`: a login alone (or the function
 * itself checks more); `user-login`: one that may still lack its second factor.
 */
export type UserRight = { readonly scope: 'selfservice'; readonly action: string } | 'user' | 'user-login';

/** What every route takes, whatever it says of itself. */
export const EVERYWHERE: readonly DescribedParameter[] = [
  { name: 'httperror', description: '400 … 599: an error is a page with this status' },
  { name: 'client', description: 'the client’s address, from whom a setting lets say it' },
];

/** Who calls the functions of a controller. */
export type Audience = 'administrators' | 'users';

/** What administrators send as files. */
export type FileKind = 'configuration' | 'tokens';

export type LegacyRouteOptions = RouteDescription &
  (
    | {
        /** No login is needed, and no CSRF token. */
        readonly public: true;
        readonly right?: undefined;
      }
    | { readonly public?: false; readonly right: RouteRight }
  );

interface RouteDescription {
  /** A login, or a part of one: turned away while too many wait. */
  readonly isLogin?: true;
  /** `false`: this route writes no record, neither of success nor of failure. */
  readonly audited?: boolean;
  /** Its records end with the number of active tokens, those of failures too (spec/admin-api §1.8). */
  readonly countsTokens?: boolean;
  /**
   * How the function fails in its own form. A text stands for every error, with that error's status; an envelope for
   * errors that nobody foresaw.
   */
  readonly failure?: LegacyReply | RawReply;
  /** Its body may be as large as a file of users or policies, or as one of tokens. */
  readonly takesFiles?: FileKind;
  readonly summary?: string;
  readonly parameters?: readonly DescribedParameter[];
}

/** What is fixed about a function's URL. */
export interface LegacyRoute {
  readonly kind: RouteKind;
  /** Below the controller's prefix: `show`, `:serial`, `/` for the collection itself. */
  readonly name: string;
  /** The URL ends with a slash; without it, clients are sent to the form that has it. */
  readonly isCollection: boolean;
  readonly isPublic: boolean;
  /** `null` on public routes alone. */
  readonly right: RouteRight | null;
  readonly isLogin: boolean;
  readonly isAudited: boolean;
  readonly countsTokens: boolean;
  readonly failure: LegacyReply | RawReply | null;
  readonly takesFiles: FileKind | null;
  readonly summary: string;
  readonly parameters: readonly DescribedParameter[];
}

/** A route as the API's description lists it. */
export interface DescribedRoute {
  /** Whole path, with Express parameters: `/admin/show`, `/api/v2/tokens/:serial`. */
  readonly path: string;
  readonly methods: readonly string[];
  /** Name of the controller's method. */
  readonly handler: string;
  readonly route: LegacyRoute;
}

const ROUTE = Symbol('legacy route');
const PREFIX = Symbol('legacy prefix');
const AUDIENCE = Symbol('legacy audience');

/** Old clients (2.x) call changing functions with GET; only while this is on. */
export class OldClients {
  constructor(readonly enabled: boolean) {}
}

export function defineRoute(
  handler: object,
  kind: RouteKind,
  name: string,
  options: LegacyRouteOptions,
): LegacyRoute {
  // For callers that the compiler did not see: a route that says nothing must not be one that everybody may use.
  if (!options.public && !options.right) throw new Error(`the route ${name} declares no right`);
  const route: LegacyRoute = {
    kind,
    name,
    isCollection: name.endsWith('/'),
    isPublic: options.public ?? false,
    right: options.right ?? null,
    isLogin: options.isLogin ?? false,
    isAudited: options.audited ?? true,
    countsTokens: options.countsTokens ?? false,
    failure: options.failure ?? null,
    takesFiles: options.takesFiles ?? null,
    summary: options.summary ?? '',
    parameters: options.parameters ?? [],
  };
  Reflect.defineMetadata(ROUTE, route, handler);
  return route;
}

export function definePrefix(controller: object, prefix: string, audience: Audience): void {
  Reflect.defineMetadata(PREFIX, prefix, controller);
  Reflect.defineMetadata(AUDIENCE, audience, controller);
}

export function audienceOf(controller: Type): Audience {
  return (Reflect.getMetadata(AUDIENCE, controller) as Audience | undefined) ?? 'administrators';
}

/** Whether it is a right of a user, and which. */
export function userRightOf({ right }: LegacyRoute): UserRight | null {
  if (right === 'user' || right === 'user-login') return right;
  return typeof right === 'object' && right?.scope === 'selfservice' ? right : null;
}

/** Below which path a controller's functions are; `null` for controllers of another kind. */
export function prefixOf(controller: Type): string | null {
  return (Reflect.getMetadata(PREFIX, controller) as string | undefined) ?? null;
}

/** The route that a controller's method serves; `null` for methods that serve none. */
export function routeOf(handler: object): LegacyRoute | null {
  return (Reflect.getMetadata(ROUTE, handler) as LegacyRoute | undefined) ?? null;
}

/** The methods a route answers, in the order in which `Allow` names them (recordings 10, 14). */
export function allowedMethods(kind: RouteKind, oldClients: boolean): readonly string[] {
  switch (kind) {
    case 'reads':
      return ['GET', 'HEAD', 'OPTIONS', 'POST'];
    case 'gets':
      return ['GET', 'HEAD', 'OPTIONS'];
    case 'changes':
      return oldClients ? ['GET', 'OPTIONS', 'POST'] : ['OPTIONS', 'POST'];
  }
}

/** All routes of a controller, for the API's description; empty for controllers of another kind. */
export function legacyRoutes(controller: Type, oldClients = false): readonly DescribedRoute[] {
  const prefix = prefixOf(controller);
  if (prefix === null) return [];
  const prototype = controller.prototype as Record<string, unknown>;
  return methodNames(prototype).flatMap((handler) => {
    const method = prototype[handler];
    const route = typeof method === 'function' ? routeOf(method) : null;
    if (!route) return [];
    const path = route.name === '/' ? `/${prefix}/` : `/${prefix}/${route.name}`;
    return [
      { path: path.replace('//', '/'), methods: allowedMethods(route.kind, oldClients), handler, route },
    ];
  });
}

/** Its own, then those of classes that it extends. */
function methodNames(prototype: object): string[] {
  const names = new Set<string>();
  for (let one: unknown = prototype; typeof one === 'object' && one !== null && one !== Object.prototype;) {
    for (const name of Object.getOwnPropertyNames(one)) names.add(name);
    one = Object.getPrototypeOf(one);
  }
  return [...names];
}
