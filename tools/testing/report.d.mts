/** What one part of a test run did. */
export interface Outcome {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
  /** Wall time. */
  seconds: number;
  /** Seconds of each test file in its tests and hooks, where the part's files are worth telling apart. */
  files?: Record<string, number>;
}

/**
 * The end of a run: what each part did, where the time went, and the plain closing line alone at the end.
 *
 * @returns the exit code too: 1 when anything failed, or nothing ran.
 */
export function report(outcomes: Outcome[]): { text: string; code: 0 | 1 };
