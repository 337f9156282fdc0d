import { Unavailable } from '@app/kernel';

/** Somebody else's server cannot be reached, broke off or is silent: another one may do better. */
export class ServerAway extends Unavailable {}

/** There was no connection over which it could have been asked: what it was to do, it has not done. */
export class NotReached extends ServerAway {}
