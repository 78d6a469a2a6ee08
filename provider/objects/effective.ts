import type { InputProblem } from "../errors";
import type { ObjectKind } from "./kind";

/** One shared object as one Deployment gets it. What is derived from it is derived when it is first asked, and once. */
export class EffectiveObject<Base extends object = object> {
  #problems: readonly InputProblem[] | undefined;
  #entry: string | undefined;

  constructor(
    readonly kind: ObjectKind<Base>,
    readonly id: string,
    /** Base, then the link's values, then the Override's. Not to be changed: others hold it too. */
    readonly value: Base,
  ) {}

  /** What Airflow would refuse, change or lose of it. */
  get problems(): readonly InputProblem[] {
    return (this.#problems ??= this.kind.problemsOf(this.id, this.value));
  }

  /** Its JSON text in the file, ASCII. */
  get entry(): string {
    return (this.#entry ??= this.kind.render(this.value));
  }
}
