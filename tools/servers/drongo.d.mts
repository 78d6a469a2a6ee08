export interface DrongoServer {
  /** `http://127.0.0.1:PORT` */
  url: string;
  stop(): Promise<void>;
}

/** Starts an emulator of Google Secret Manager's REST interface on loopback. */
export function startDrongo(): Promise<DrongoServer>;
