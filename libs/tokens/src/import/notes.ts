import type { LineNote } from './token-file.js';

/** The first of many, and how many there are. */
export interface NoteList {
  readonly notes: readonly LineNote[];
  readonly count: number;
}

const MOST_NOTES = 100;

export class Notes implements NoteList {
  readonly notes: LineNote[] = [];
  count = 0;

  add({ line, reason }: LineNote): void {
    this.count++;
    if (this.notes.length < MOST_NOTES) this.notes.push({ line, reason });
  }
}
