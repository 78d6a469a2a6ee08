import { isKind } from "./errors";

/** One page as every list call of the client returns it. */
export interface Page<T> {
  metadata?: { _continue?: string };
  items?: T[] | null;
}

/** What a list call is asked for. */
export interface PageParameters {
  labelSelector: string;
  /** Objects of one answer. */
  limit: number;
  _continue?: string;
}

const MAX_LISTINGS = 3;

/**
 * Lists objects page by page: one consistent snapshot.
 *
 * @param limit - objects of one page.
 * @param list - one call, with its retries.
 * @throws the client's own error, see `isKind`.
 */
export async function listPages<T>(
  labelSelector: string,
  limit: number,
  list: (parameters: PageParameters) => Promise<Page<T>>,
): Promise<T[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listOnce({ labelSelector, limit }, list);
    } catch (error) {
      // The snapshot that the first page came from was compacted away while we read on.
      if (!isKind(error, "list-expired") || attempt >= MAX_LISTINGS) throw error;
    }
  }
}

async function listOnce<T>(
  parameters: PageParameters,
  list: (parameters: PageParameters) => Promise<Page<T>>,
): Promise<T[]> {
  const found: T[] = [];
  let next: string | undefined;
  do {
    const { items, metadata } = await list({ ...parameters, ...(next ? { _continue: next } : {}) });
    // An empty page of objects without their data has null instead of a list.
    for (const item of items ?? []) found.push(item);
    next = metadata?._continue;
  } while (next);
  return found;
}
