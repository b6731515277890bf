/** The one way to the API: GraphQL by POST, subscriptions by one socket, both known by the session's cookie. */
import { cacheExchange, Client, fetchExchange, mapExchange, subscriptionExchange } from "urql";
import { createClient as createSocket } from "graphql-ws";

type Listener = (isConnected: boolean) => void;

const listeners = new Set<Listener>();
let isConnected = true;

function tell(now: boolean): void {
  isConnected = now;
  for (const listener of listeners) listener(now);
}

/** Hear when the socket of live events opens and closes; gives what ends the hearing. */
export function onConnection(listener: Listener): () => void {
  listeners.add(listener);
  listener(isConnected);
  return () => listeners.delete(listener);
}

let whenSignedOut: () => void = () => undefined;

/** What is done when the API no longer knows who calls. */
export function onSignedOut(act: () => void): void {
  whenSignedOut = act;
}

export function makeClient(): Client {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = createSocket({
    url: `${scheme}://${location.host}/graphql`,
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    // Also after 4403: the token has ended, which `askWho` finds out, or too many sockets were open, of which one may close.
    shouldRetry: () => true,
    retryWait: (tries) =>
      new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** tries, 15_000) * (0.75 + Math.random() / 2))),
    on: {
      connected: () => tell(true),
      closed: (event) => {
        tell(event instanceof CloseEvent && event.code === 1000);
        if (event instanceof CloseEvent && event.code === 4403) askWho();
      },
    },
  });
  const client = new Client({
    url: "/graphql",
    preferGetMethod: false,
    requestPolicy: "cache-and-network",
    exchanges: [
      cacheExchange,
      mapExchange({
        onError(error) {
          if (error.graphQLErrors.some((one) => one.extensions?.code === "UNAUTHENTICATED")) whenSignedOut();
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription(request) {
          const input = { ...request, query: request.query ?? "" };
          return { subscribe: (sink) => ({ unsubscribe: socket.subscribe(input, sink) }) };
        },
      }),
    ],
  });
  // A page that only listens would wait for ever where nobody is signed in any more: what is asked says so.
  const askWho = () => void client.query("{ viewer { id } }", {}, { requestPolicy: "network-only" }).toPromise();
  return client;
}
