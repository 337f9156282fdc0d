/** Whether this node is about to stop: those who ask whether it is ready hear of it while everybody is still served. */
export class Departure {
  #isAnnounced = false;

  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  announce(): void {
    this.#isAnnounced = true;
  }
}
