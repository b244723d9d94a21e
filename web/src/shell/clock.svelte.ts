/** The time that "5 minutes ago" counts from. It moves every ten seconds, for the whole page at once. */
class Clock {
  nowMs = $state(Date.now());

  start(): void {
    setInterval(() => (this.nowMs = Date.now()), 10_000);
  }
}

export const clock = new Clock();
