import { Unavailable } from '@app/kernel';

/** Somebody else's server cannot be reached, broke off or is silent: another one may do better. */
export class ServerAway extends Unavailable {}
