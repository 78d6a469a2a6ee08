import type { SecretVersions, VersionRead } from "./secret-versions";

/** Versions of one secret that were read by their numbers, each at most once. */
export class VersionReader {
  readonly #read = new Map<number, Promise<VersionRead>>();

  constructor(
    private readonly versions: SecretVersions,
    readonly secret: string,
  ) {}

  read(number: number): Promise<VersionRead> {
    let reading = this.#read.get(number);
    if (reading === undefined) {
      reading = this.versions.read(this.secret, number);
      this.#read.set(number, reading);
    }
    return reading;
  }

  /**
   * The highest number that was given. Destroyed versions keep their numbers, so it can be searched for: with steps that
   * double, then by halves. Usually it is the hint, or one more.
   *
   * @param known - a number that was given, or 0.
   */
  async end(known: number): Promise<number> {
    let low = known;
    if (low === 0) {
      const hint = (await this.versions.hint(this.secret)) ?? 0;
      // It may be of a secret of the same name that somebody has deleted since.
      if (hint > 0 && (await this.exists(hint))) low = hint;
    }
    let step = 1;
    while (await this.exists(low + step)) {
      low += step;
      step *= 2;
    }
    let high = low + step;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (await this.exists(middle)) low = middle;
      else high = middle;
    }
    return low;
  }

  private async exists(number: number): Promise<boolean> {
    return (await this.read(number)).is !== "absent";
  }
}
