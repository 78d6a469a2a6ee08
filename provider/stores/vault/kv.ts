import { z } from "zod";

import { MANAGED_BY } from "../shared/entries";
import type { Deadline } from "../shared/tombstone";
import type { VaultClient } from "./client";
import { isManaged, type CustomMetadata } from "./custom-metadata";
import { isNotFound, isStale, notVault } from "./failures";
import type { VaultOptions } from "./options";

/** What is at one path. `number` counts versions; 0 means that there never was one, or that all trace of it is gone. */
export type Entry =
  | { kind: "absent"; number: number; custom: CustomMetadata | undefined }
  | {
      kind: "document";
      number: number;
      version: string;
      write: string;
      text: string;
      custom: CustomMetadata | undefined;
    }
  /** Deleted, but whoever deletes it has not finished. */
  | { kind: "tombstone"; number: number; write: string; custom: CustomMetadata | undefined }
  | { kind: "foreign"; number: number; custom: CustomMetadata | undefined }
  /** Marked as ours, with contents that are not. */
  | { kind: "corrupt"; number: number; custom: CustomMetadata | undefined };

/** What the metadata of one path says, without the right to read the secret. */
export interface EntryMetadata {
  version: string;
  custom: CustomMetadata;
}

/** KV version 2 of one mount, below one prefix; keys are documents' keys. */
export interface KeyValue {
  read(key: string, number?: number): Promise<Entry>;
  /** @returns the new version, or undefined when the number of versions is not `expected`. */
  write(key: string, data: Written, expected: number): Promise<string | undefined>;
  writeCustom(key: string, custom: CustomMetadata): Promise<void>;
  /** Marks versions as deleted; they can be undeleted. */
  softDelete(key: string, numbers: number[]): Promise<void>;
  /** Removes all versions and the metadata for good; one try, neither sent nor waited for past the deadline. */
  destroy(key: string, within: Deadline): Promise<void>;
  /** @returns undefined when there is no live version of ours. */
  metadata(key: string): Promise<EntryMetadata | undefined>;
  /** Names directly below a prefix; those of folders end with a slash. */
  names(prefix: string): Promise<string[]>;
}

/** Contents of one version: a document, or a tombstone when `text` is missing. */
export interface Written {
  /** Random, so that a writer whose reply was lost can find out that it was this write that took effect. */
  write: string;
  text?: string;
}

const versionInfo = z.object({
  version: z.number(),
  created_time: z.string(),
  custom_metadata: z.record(z.string(), z.string()).nullish(),
});
const readReply = z.object({
  data: z.object({ data: z.record(z.string(), z.unknown()).nullable(), metadata: versionInfo }),
});
const writeReply = z.object({ data: z.object({ version: z.number(), created_time: z.string() }) });
const metadataReply = z.object({
  data: z.object({
    current_version: z.number(),
    custom_metadata: z.record(z.string(), z.string()).nullish(),
    versions: z.record(
      z.string(),
      z.object({ created_time: z.string(), deletion_time: z.string(), destroyed: z.boolean() }),
    ),
  }),
});
const listReply = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const mountReply = z.object({
  data: z.object({ type: z.string(), options: z.record(z.string(), z.string()).nullish() }),
});

/** Wraps a client; the first call also checks that the mount is KV version 2, since version 1 answers "not found". */
export function keyValue(client: VaultClient, options: VaultOptions): KeyValue {
  let checked: Promise<void> | undefined;

  async function call(...args: Parameters<VaultClient["call"]>): ReturnType<VaultClient["call"]> {
    checked ??= checkMount().catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    await checked;
    return client.call(...args);
  }

  async function checkMount(): Promise<void> {
    const path = `sys/internal/ui/mounts/${options.mount}`;
    const mount = mountReply.safeParse((await client.call({ method: "GET", path })).body);
    if (!mount.success || mount.data.data.type !== "kv" || mount.data.data.options?.version !== "2") {
      throw notVault(path, `"${options.mount}" is not a KV version 2 engine; enable one, or name another mount`);
    }
  }

  const pathOf = (part: "data" | "metadata" | "delete", key: string): string =>
    `${options.mount}/${part}/${options.prefix}/${key}`;

  function parsed<T>(schema: z.ZodType<T>, body: unknown, path: string): T {
    const result = schema.safeParse(body);
    if (result.success) return result.data;
    throw notVault(path, "the answer is not that of a KV version 2 engine; check address and mount");
  }

  return {
    async read(key, number) {
      const path = pathOf("data", key) + (number === undefined ? "" : `?version=${String(number)}`);
      const reply = await call({ method: "GET", path });
      if (!isNotFound(reply)) return toEntry(parsed(readReply, reply.body, path).data);
      const deleted = readReply.safeParse(reply.body);
      if (!deleted.success) return { kind: "absent", number: 0, custom: undefined };
      const { version, custom_metadata: custom } = deleted.data.data.metadata;
      return { kind: "absent", number: version, custom: custom ?? undefined };
    },

    async write(key, data, expected) {
      const path = pathOf("data", key);
      const body = { options: { cas: expected }, data: { "managed-by": MANAGED_BY, ...data } };
      const reply = await call({ method: "POST", path, body });
      if (isStale(reply)) return undefined;
      const { version, created_time } = parsed(writeReply, reply.body, path).data;
      return versionOf(version, created_time);
    },

    async writeCustom(key, custom) {
      await call({ method: "POST", path: pathOf("metadata", key), body: { custom_metadata: custom } });
    },

    async softDelete(key, versions) {
      await call({ method: "POST", path: pathOf("delete", key), body: { versions } });
    },

    async destroy(key, within) {
      await call({ method: "DELETE", path: pathOf("metadata", key), within }, 1);
    },

    async metadata(key) {
      const path = pathOf("metadata", key);
      const reply = await call({ method: "GET", path });
      if (isNotFound(reply)) return undefined;
      const {
        current_version: number,
        custom_metadata: custom,
        versions,
      } = parsed(metadataReply, reply.body, path).data;
      const current = versions[String(number)];
      if (current === undefined || current.destroyed || isPast(current.deletion_time)) return undefined;
      if (!custom || !isManaged(custom)) return undefined;
      return { version: versionOf(number, current.created_time), custom };
    },

    async names(prefix) {
      const path = `${pathOf("metadata", prefix)}?list=true`;
      const reply = await call({ method: "GET", path });
      return isNotFound(reply) ? [] : parsed(listReply, reply.body, path).data.keys;
    },
  };
}

function toEntry({ data, metadata }: z.infer<typeof readReply>["data"]): Entry {
  const { version: number, created_time } = metadata;
  const custom = metadata.custom_metadata ?? undefined;
  if (data === null) return { kind: "absent", number, custom };
  const { text } = data;
  const write = typeof data.write === "string" ? data.write : "";
  if (data["managed-by"] !== MANAGED_BY && !isManaged(custom)) return { kind: "foreign", number, custom };
  if (typeof text === "string") {
    return { kind: "document", number, version: versionOf(number, created_time), write, text, custom };
  }
  return write !== "" && text === undefined
    ? { kind: "tombstone", number, write, custom }
    : { kind: "corrupt", number, custom };
}

/** Numbers start again when all is deleted, so the time, which Vault keeps to the nanosecond, is part of the version. */
function versionOf(number: number, createdTime: string): string {
  return `${String(number)}@${createdTime}`;
}

/** `delete_version_after` sets a time in the future. */
function isPast(time: string): boolean {
  return time !== "" && Date.parse(time) <= Date.now();
}
