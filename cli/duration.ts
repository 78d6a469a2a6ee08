import { InvalidArgumentError } from "commander";

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads `90s`, `15m`, `12h` or `7d`, in milliseconds. @throws InvalidArgumentError, for Commander to show. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined)
    throw new InvalidArgumentError("It takes a number and a unit, such as 90s, 15m, 12h or 7d.");
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** A duration in its largest whole unit, such as `3 h`. @param ms - of at least 0. */
export function describeDuration(ms: number): string {
  const unit = (["d", "h", "m", "s"] as const).find((candidate) => ms >= UNITS_MS[candidate]) ?? "s";
  return `${Math.floor(ms / UNITS_MS[unit])} ${unit === "m" ? "min" : unit}`;
}
