/**
 * One thing at a time. Signaling messages that are handled while an earlier one still awaits
 * produce "remote description was null"; a promise queue is the whole cure.
 */
export class PromiseQueue {
  #tail: Promise<void> = Promise.resolve();

  constructor(private readonly onError: (error: unknown) => void = () => {}) {}

  /** Runs `task` when everything queued before it is done; a failure does not stop the queue. */
  add(task: () => Promise<void> | void): Promise<void> {
    this.#tail = this.#tail.then(task).catch(this.onError);
    return this.#tail;
  }
}
