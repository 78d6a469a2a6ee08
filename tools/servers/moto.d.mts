export interface MotoServer {
  /** `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`. */
  url: string;
  region: string;
  /** What a process needs to use the emulator and nothing else: endpoint, region, invented credentials. */
  env: Record<string, string>;
  /** Forgets everything stored. */
  reset(): Promise<void>;
  /** Stops answering (connections hang) until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Starts an emulator of AWS Secrets Manager on loopback. */
export function startMoto(): Promise<MotoServer>;
