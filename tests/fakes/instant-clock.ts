import type { Clock } from "../../provider/clock";

/** A clock whose sleeps end at once and only move its own time, in ms. */
export function instantClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
}
