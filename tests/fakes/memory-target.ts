import { bytesOf, type FileTexts, textsOf } from "../../provider/airflow/file";
import { StaleVersionError, UnsupportedError } from "../../provider/errors";
import type { Target, TargetMarks, TargetState } from "../../provider/targets/target";

/** One call to the target, as a hook sees it. */
export interface TargetStep {
  operation: "read" | "write" | "remove";
  address: string;
}

/** Options of one handle on a memory place. */
export interface MemoryTargetOptions {
  /** Default `memory:target`. */
  address?: string;
  /** Default `memory`. */
  group?: string;
  /** Default Infinity. */
  maxBytes?: number;
  /**
   * Awaited before each operation takes effect, which then happens at once, in the same tick. Let a test decide here who
   * goes next, or throw here as a target that was not reached.
   */
  before?: (step: TargetStep) => void | Promise<void>;
  /** Awaited after each operation took effect: throw here for a crash or a reply lost after the commit. */
  after?: (step: TargetStep) => void | Promise<void>;
}

let places = 0;

/** What several handles share: the place itself. Versions are never used twice. */
export class MemoryPlace {
  object: { version: string; files: FileTexts; marks: TargetMarks | undefined } | undefined;
  /** What carries the marks is gone; the next write puts it back. */
  isUnanchored = false;
  /** Writes that took effect. */
  writes = 0;
  /** Tells places apart. */
  readonly id = `place-${++places}`;
  private sequence = 0;

  /** Puts something there as another tool would, without marks unless given. */
  plant(connections: string | undefined, marks?: TargetMarks): void {
    const files = { ...this.object?.files };
    delete files.connections;
    this.object = {
      version: this.nextVersion(),
      files: { ...files, ...(connections !== undefined && { connections }) },
      marks,
    };
  }

  /** Text of the connections there. */
  get text(): string | undefined {
    return this.object?.files.connections;
  }

  nextVersion(): string {
    return String(++this.sequence);
  }

  /** A place of its own with the same content, that goes on from here. */
  copy(): MemoryPlace {
    const copy = new MemoryPlace();
    copy.object = structuredClone(this.object);
    copy.sequence = this.sequence;
    return copy;
  }
}

/** A target in memory that keeps the whole contract, for tests of everything above a target. */
export function memoryTarget(place = new MemoryPlace(), options: MemoryTargetOptions = {}): Target {
  const { address = "memory:target", group = "memory", maxBytes = Infinity } = options;

  async function step<T>(operation: TargetStep["operation"], effect: () => T): Promise<T> {
    await options.before?.({ operation, address });
    const result = effect();
    await options.after?.({ operation, address });
    return result;
  }

  function requireVersion(expected: TargetState | undefined): void {
    if (place.object?.version !== expected?.version)
      throw new StaleVersionError(`${address}: somebody else changed it meanwhile; read it again`);
  }

  const current = (): TargetState | undefined =>
    place.object && {
      ...structuredClone(place.object),
      ...(place.isUnanchored && { unanchored: true as const }),
      objectId: place.id,
    };

  return {
    kind: "memory",
    address,
    group,
    maxBytes,
    identity: () => Promise.resolve(["memory", place.id]),
    read: () => step("read", current),
    write: (rendered, marks, expected) =>
      step("write", () => {
        if (bytesOf(rendered) > maxBytes)
          throw new UnsupportedError(`${address}: the content is larger than ${maxBytes} bytes`);
        requireVersion(expected);
        place.object = { version: place.nextVersion(), files: textsOf(rendered), marks: { ...marks } };
        place.isUnanchored = false;
        place.writes++;
        return current() as TargetState;
      }),
    remove: (expected) =>
      step("remove", () => {
        if (place.object) requireVersion(expected);
        place.object = undefined;
      }),
  };
}
