import type { SecretVersions, VersionRead } from "../../../../provider/stores/google-secret-manager/secret-versions";

interface MemoryVersion {
  data: Buffer;
  destroyed: boolean;
}

/**
 * Google Secret Manager as its documentation describes it, with the worst of what is only eventually consistent: no
 * hint is ever given. Destroyed payloads are kept, so that a test knows the truth.
 */
export class MemoryVersions {
  readonly secrets = new Map<string, MemoryVersion[]>();

  /** @param gate - runs one call; it decides when the call takes effect. */
  calls(gate: <T>(label: string, effect: () => T) => Promise<T>): SecretVersions {
    return {
      add: (secret, data) =>
        gate(`add ${secret}`, () => {
          const versions = this.secrets.get(secret);
          return versions?.push({ data, destroyed: false });
        }),
      read: (secret, number) =>
        gate(`read ${secret} ${number}`, (): VersionRead => {
          const version = this.secrets.get(secret)?.[number - 1];
          if (version === undefined) return { is: "absent" };
          return version.destroyed ? { is: "destroyed" } : { is: "payload", data: version.data };
        }),
      hint: () => Promise.resolve(undefined),
      create: (secret) =>
        gate(`create ${secret}`, () => {
          if (this.secrets.has(secret)) return "exists";
          this.secrets.set(secret, []);
          return "created";
        }),
      isManaged: () => Promise.resolve(true),
      destroy: (secret, number) =>
        gate(`destroy ${secret} ${number}`, () => {
          this.secrets.get(secret)![number - 1]!.destroyed = true;
        }),
    };
  }
}

/** Calls that take effect at once. */
export const atOnce = <T>(_label: string, effect: () => T): Promise<T> => Promise.resolve(effect());
