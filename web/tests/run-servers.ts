/** A server of a test's own, which the blocks of a run ask. */
import { createServer } from "node:http";

/** Of all addresses of this machine, the one that `./run browser` lets blocks reach; see tests/browser. */
const [HOST, PORT] = ["127.0.0.66", 8443] as const;

/** Answer with each of these in turn, and with the last ever after; 0 is a connection that breaks. */
export async function answering(...statuses: number[]): Promise<{ url: string; asked: () => number; close: () => void }> {
  let asked = 0;
  const server = createServer((request, response) => {
    const status = statuses[Math.min(asked, statuses.length - 1)] ?? 200;
    asked += 1;
    if (status === 0) return void request.socket.destroy();
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(status === 200 ? { weather: "dry" } : { error: "busy" }));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(PORT, HOST, resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://${HOST}:${PORT}/weather`, asked: () => asked, close };
}
