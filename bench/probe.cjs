// Preloaded into the provider host by NODE_OPTIONS: counts store calls, times the handlers, records peak memory, and
// with BENCH_PROFILE takes a CPU profile. Writes $BENCH_PROBE.<pid>.json whenever no handler runs, because the engine
// ends a host without notice.
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

const quietMs = 60;

if (process.env.BENCH_PROBE && /dynamic-provider/.test(process.argv[1] ?? "")) start(process.env.BENCH_PROBE);

function start(file) {
  const storeCalls = {};
  const verbs = {};
  let timer;
  let running = 0;
  let busySince = 0;
  let busyMs = 0;

  const profile = process.env.BENCH_PROFILE ? startProfile(process.env.BENCH_PROFILE) : undefined;
  const write = () => {
    const { user, system } = process.cpuUsage();
    const maxRssMb = process.resourceUsage().maxRSS / 1024;
    const report = { storeCalls, verbs, busyMs, cpuMs: (user + system) / 1000, maxRssMb };
    writeFileSync(`${file}.${process.pid}.json`, JSON.stringify(report));
  };
  const note = () => {
    if (running === 0) write();
    if (!profile) return;
    clearTimeout(timer);
    timer = setTimeout(() => running === 0 && profile.write(), quietMs).unref();
  };

  const provider = join(__dirname, "..", "dist", "provider");
  const registry = require(join(provider, "stores", "registry.js"));
  const { openStore } = registry;
  registry.openStore = async (address) => {
    const store = await openStore(address);
    return new Proxy(store, {
      get(target, name) {
        const member = target[name];
        if (typeof member !== "function") return member;
        return (...args) => {
          storeCalls[name] = (storeCalls[name] ?? 0) + 1;
          return member.apply(target, args);
        };
      },
    });
  };

  const { handlers } = require(join(provider, "handlers.js"));
  for (const [kind, handler] of Object.entries(handlers))
    for (const [verb, call] of Object.entries(handler))
      handler[verb] = async (...args) => {
        const began = performance.now();
        if (running++ === 0) busySince = began;
        try {
          return await call(...args);
        } finally {
          const ended = performance.now();
          if (--running === 0) busyMs += ended - busySince;
          const seen = (verbs[`${kind} ${verb}`] ??= { calls: 0, ms: 0 });
          seen.calls += 1;
          seen.ms += ended - began;
          note();
        }
      };
}

function startProfile(folder) {
  const { Session } = require("node:inspector");
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.start");
  let part = 0;
  return {
    write() {
      session.post("Profiler.stop", (error, result) => {
        part += 1;
        if (!error) writeFileSync(join(folder, `${process.pid}-${part}.cpuprofile`), JSON.stringify(result.profile));
        session.post("Profiler.start");
      });
    },
  };
}
