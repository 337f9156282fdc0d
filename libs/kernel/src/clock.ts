/** Where the time comes from. Port: the application reads the system's clock, tests set a literal. */
export abstract class Clock {
  abstract now(): Date;
}
